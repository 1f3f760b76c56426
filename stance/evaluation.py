"""How good probabilities are, judged against labelled sentences, with intervals by group."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stance import tallies
from stance.annotations import Annotation
from stance.bootstrap import Figure, Flags, Floats, Sample, Statistic
from stance.errors import AnnotationError
from stance.labels import LABELS, Label

_NEUTRAL = LABELS.index(Label.NEUTRAL)
_LABELS = len(LABELS)
_FIELDS = ("genre", "period", "theme", "origin")
_LENGTHS = (
    (10, "1-10 words"),
    (20, "11-20 words"),
    (30, "21-30 words"),
    (0, "over 30 words"),
)


class Bin(NamedTuple):
    """A row of the reliability table: what was promised and what came of it.

    Attributes
    ----------
    low, high : float
        Edges of the confidences in this row.
    statements : int
    confidence, accuracy : float
        Mean confidence, and share of right labels.
    """

    low: float
    high: float
    statements: int
    confidence: float
    accuracy: float


class Level(NamedTuple):
    """Accuracy on the statements the model is most confident of.

    Attributes
    ----------
    share : float
        Of all statements.
    confidence : float
        Of the least confident of them.
    accuracy : float
    """

    share: float
    confidence: float
    accuracy: float


class Slice(NamedTuple):
    """Figures on a part of the statements.

    Attributes
    ----------
    field, value : str
        What the part has in common, such as `genre` and `wire`.
    statements : int
    macro_f1 : Figure
        Over the labels that occur in the part.
    accuracy : Figure
    """

    field: str
    value: str
    statements: int
    macro_f1: Figure
    accuracy: Figure


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `evaluate` finds.

    Attributes
    ----------
    statements, groups : int
        Statements and the groups they come in.
    macro_f1, accuracy : Figure
    f1, precision, recall : Mapping[Label, Figure]
    confusion : tuple of tuple of int
        Rows are annotated, columns assigned labels, both in the order of `LABELS`.
    polarity : Figure or None
        Of the statements annotated with a stance, the share on which the right one of the two
        stances has the higher probability, whatever that of neutral; None where there are none.
    stance_or_neutral : Figure
        Share on which assigned and annotated label agree in whether there is a stance at all.
    pairs : Figure or None
        Share of contrasting sets (`pair`) of which every member is right; None without any.
    pair_sets : int
        How many such sets there are.
    unlike_pairs : Figure or None
        Of two members of such a set with unlike labels, the share of which both are right.
    calibration_error : Figure
        Expected calibration error in ten bins of equal width (Naeini et al. 2015). Its interval
        leans upward, as that of any absolute difference.
    reliability : tuple of Bin
        Empty bins are left out.
    confident_half : Figure
        Accuracy on the more confident half.
    by_confidence : tuple of Level
        The same for other shares.
    slices : tuple of Slice
        By genre, period, theme, origin, length and zone, as far as known.
    seed, draws : int
        Of the bootstrap.
    """

    statements: int
    groups: int
    macro_f1: Figure
    accuracy: Figure
    f1: Mapping[Label, Figure]
    precision: Mapping[Label, Figure]
    recall: Mapping[Label, Figure]
    confusion: tuple[tuple[int, ...], ...]
    polarity: Figure | None
    stance_or_neutral: Figure
    pairs: Figure | None
    pair_sets: int
    unlike_pairs: Figure | None
    calibration_error: Figure
    reliability: tuple[Bin, ...]
    confident_half: Figure
    by_confidence: tuple[Level, ...]
    slices: tuple[Slice, ...]
    seed: int
    draws: int

    def record(self) -> dict[str, object]:
        """Plain dicts, lists and numbers (to four decimals), fit for JSON."""
        found = {name: plain(getattr(self, name)) for name in self.__slots__}
        return {**found, "labels": [label.value for label in LABELS]}

    def to_json(self) -> str:
        """The figures as indented JSON."""
        return json.dumps(self.record(), ensure_ascii=False, indent=2) + "\n"

    def to_text(self) -> str:
        """The figures as a page to read."""
        from stance.evaluation_text import page

        return page(self)


def evaluate(
    annotations: Sequence[Annotation],
    probabilities: Floats,
    *,
    zones: Sequence[str] | None = None,
    seed: int = 0,
    draws: int = 1000,
) -> Evaluation:
    """Judge probabilities against annotations.

    The label with the highest probability counts as assigned. F1, precision and recall are 0 where
    nothing of a label was found; macro-F1 is the mean over the labels that the annotations hold.

    Parameters
    ----------
    annotations : sequence of Annotation
    probabilities : ndarray of float64, shape (annotations, labels)
        Columns in the order of `LABELS`.
    zones : sequence of str, optional
        Which parties each statement names, one entry each.
    seed, draws : int
        Of the bootstrap; the same seed gives the same intervals.

    Raises
    ------
    AnnotationError
        No annotations.
    ValueError
        Probabilities or zones of another shape, or probabilities that are not finite.

    Examples
    --------
    >>> both = [Annotation("a", "Ties are warming.", Label.SUPPORTIVE, "a"),
    ...         Annotation("b", "Ties have soured.", Label.SKEPTICAL, "b")]
    >>> evaluate(both, np.array([[0.8, 0.1, 0.1], [0.5, 0.3, 0.2]])).accuracy.value
    0.5
    """
    probabilities = _checked(annotations, probabilities)
    if zones is not None and len(zones) != len(annotations):
        raise ValueError(f"expected {len(annotations)} zones, one an annotation; got {len(zones)}")
    gold = tallies.label_indices(annotations)
    assigned = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    right = assigned == gold
    every = np.ones(len(gold), bool)
    sample = Sample([item.group for item in annotations], seed, draws)

    cells = tallies.cells(gold, assigned)
    stances = [column for column in range(_LABELS) if column != _NEUTRAL]
    leaning = np.array(stances)[probabilities[:, stances].argmax(axis=1)]
    carries = gold != _NEUTRAL
    pairs = tallies.whole_pairs(annotations, right)
    return Evaluation(
        statements=len(gold),
        groups=sample.size,
        macro_f1=sample.figure(tallies.macro_f1, cells),
        accuracy=sample.figure(tallies.accuracy, cells),
        f1=_by_label(sample, cells, tallies.f1),
        precision=_by_label(sample, cells, tallies.precision),
        recall=_by_label(sample, cells, tallies.recall),
        confusion=tuple(
            tuple(row) for row in tallies.confusion(cells.sum(axis=0)[None])[0].astype(int).tolist()
        ),
        polarity=_share(sample, tallies.among(leaning == gold, carries)),
        stance_or_neutral=sample.figure(
            tallies.share, tallies.among(carries == (assigned != _NEUTRAL), every)
        ),
        pairs=_share(sample, pairs),
        pair_sets=int(pairs[:, 1].sum()),
        unlike_pairs=_share(sample, tallies.unlike_pairs(annotations, right)),
        calibration_error=sample.figure(
            tallies.calibration_error, tallies.excess(confidence, right)
        ),
        reliability=_reliability(confidence, right),
        confident_half=sample.confident_half(confidence, right),
        by_confidence=_levels(confidence, right),
        slices=tuple(
            Slice(
                field,
                value,
                int(part.sum()),
                sample.figure(tallies.macro_f1, cells, part),
                sample.figure(tallies.accuracy, cells, part),
            )
            for field, value, part in _parts(annotations, zones)
        ),
        seed=seed,
        draws=draws,
    )


def gain(
    annotations: Sequence[Annotation],
    probabilities: Floats,
    baseline: Floats,
    *,
    seed: int = 0,
    draws: int = 1000,
) -> Figure:
    """Macro-F1 less that of a baseline, on the same samples of groups.

    The interval of a difference is much narrower than two intervals side by side suggest.

    Parameters
    ----------
    annotations : sequence of Annotation
    probabilities, baseline : ndarray of float64, shape (annotations, labels)
        Columns in the order of `LABELS`.
    seed, draws : int
        Of the bootstrap.

    Raises
    ------
    AnnotationError, ValueError
        As in `evaluate`.

    Examples
    --------
    >>> both = [Annotation("a", "Ties are warming.", Label.SUPPORTIVE, "a"),
    ...         Annotation("b", "Ties have soured.", Label.SKEPTICAL, "b")]
    >>> perfect = np.array([[1, 0, 0], [0, 1, 0]])
    >>> gain(both, perfect, np.array([[0, 0, 1], [0, 0, 1]])).value
    1.0
    """
    gold = tallies.label_indices(annotations)
    ours, theirs = (
        tallies.cells(gold, _checked(annotations, found).argmax(axis=1))
        for found in (probabilities, baseline)
    )
    half = ours.shape[1]

    def difference(sums: Floats) -> Floats:
        return tallies.macro_f1(sums[:, :half]) - tallies.macro_f1(sums[:, half:])

    sample = Sample([item.group for item in annotations], seed, draws)
    return sample.figure(difference, np.hstack([ours, theirs]))


def plain(value: object) -> object:
    """Reduce results to dicts, lists and numbers to four decimals, as JSON knows them.

    Examples
    --------
    >>> plain(Figure(0.81234, None, None))
    {'value': 0.8123, 'low': None, 'high': None}
    """
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value


def _checked(annotations: Sequence[Annotation], probabilities: Floats) -> Floats:
    count = len(annotations)
    if not count:
        raise AnnotationError("no annotations to evaluate on; give at least one")
    array = np.asarray(probabilities, np.float64)
    if array.shape != (count, _LABELS) or not np.isfinite(array).all():
        raise ValueError(
            f"expected finite probabilities of shape ({count}, {_LABELS}), one row an annotation; "
            f"got shape {array.shape}"
        )
    return array


def _share(sample: Sample, counts: Floats) -> Figure | None:
    return sample.figure(tallies.share, counts) if counts[:, 1].any() else None


def _by_label(sample: Sample, cells: Floats, statistic: Statistic) -> dict[Label, Figure]:
    def column(index: int) -> Statistic:
        return lambda sums: statistic(sums)[:, index]

    return {label: sample.figure(column(i), cells) for i, label in enumerate(LABELS)}


def _reliability(confidence: Floats, right: Flags) -> tuple[Bin, ...]:
    places = tallies.bins(confidence)
    return tuple(
        Bin(
            index / tallies.BINS,
            (index + 1) / tallies.BINS,
            int(inside.sum()),
            float(confidence[inside].mean()),
            float(right[inside].mean()),
        )
        for index in range(tallies.BINS)
        if (inside := places == index).any()
    )


def _levels(confidence: Floats, right: Flags) -> tuple[Level, ...]:
    order = np.argsort(-confidence, kind="stable")
    found = []
    for tenths in range(1, 11):
        taken = order[: max(1, len(order) * tenths // 10)]
        found.append(Level(tenths / 10, float(confidence[taken[-1]]), float(right[taken].mean())))
    return tuple(found)


def _parts(
    annotations: Sequence[Annotation], zones: Sequence[str] | None
) -> Iterator[tuple[str, str, Flags]]:
    """Field, value and members of every slice, the largest of a field first, lengths in order."""
    known = {name: [getattr(item, name) for item in annotations] for name in _FIELDS}
    known["length"] = [_length(item.text) for item in annotations]
    if zones is not None:
        known["zone"] = list(zones)
    for field, entries in known.items():
        sizes = Counter(entry for entry in entries if entry)
        if field == "length":
            order = [name for _, name in _LENGTHS if name in sizes]
        else:
            order = sorted(sizes, key=lambda value: (-sizes[value], value))
        for value in order:
            yield field, value, np.array([entry == value for entry in entries])


def _length(text: str) -> str:
    words = len(text.split())
    return next(name for most, name in _LENGTHS if words <= most or not most)
