"""How far annotators agree, with 95% bootstrap intervals over sentences."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from nltk.metrics.agreement import AnnotationTask
from numpy.typing import NDArray

from stance.bootstrap import DRAWN_AT_ONCE, Figure
from stance.errors import AnnotationError
from stance.labels import LABELS, Label

Votes = Mapping[str, Mapping[str, Label]]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two annotators compared on the sentences both labelled.

    Attributes
    ----------
    first, second : str
        The annotators.
    sentences : int
        How many both labelled.
    observed : Figure
        Share on which they gave the same label.
    kappa : Figure
        Cohen's kappa.
    confusion : Mapping[tuple[Label, Label], int]
        Sentences by the label of the first and of the second.
    """

    first: str
    second: str
    sentences: int
    observed: Figure
    kappa: Figure
    confusion: Mapping[tuple[Label, Label], int]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of all annotators on a set of sentences.

    Attributes
    ----------
    annotators : tuple[str, ...]
        Everyone who labelled a sentence that counts here.
    sentences, judgements : int
        Sentences with two labels or more, and the labels they carry.
    observed : Figure
        Share of pairs of judgements on one sentence that agree.
    alpha : Figure
        Krippendorff's alpha (nominal).
    fleiss : Figure or None
        Fleiss' kappa; None where no sentence was labelled by every annotator.
    labels : Mapping[Label, Figure]
        For each label used: where one annotator gave it, how often another did too.
    pairs : tuple[PairAgreement, ...]
        Each pair of annotators with sentences in common.
    dividing : tuple[str, ...]
        Ids of the sentences with more than one label, the most divided first.
    """

    annotators: tuple[str, ...]
    sentences: int
    judgements: int
    observed: Figure
    alpha: Figure
    fleiss: Figure | None
    labels: Mapping[Label, Figure]
    pairs: tuple[PairAgreement, ...]
    dividing: tuple[str, ...]


def measure_agreement(votes: Votes, *, draws: int = 1000, seed: int = 0) -> Agreement:
    """Compare annotators.

    The figures are nltk's; the intervals come from drawing sentences with replacement.

    Parameters
    ----------
    votes : Mapping[str, Mapping[str, Label]]
        For each sentence id the label each annotator gave. Sentences with one label are passed
        over.
    draws : int
        Bootstrap draws.
    seed : int
        Seed of the draws.

    Raises
    ------
    AnnotationError
        No sentence has labels of two annotators.

    Examples
    --------
    >>> yes, no = Label.SUPPORTIVE, Label.SKEPTICAL
    >>> votes = {"a": {"ann": yes, "bo": yes}, "b": {"ann": no, "bo": no}}
    >>> measure_agreement(votes).alpha.value
    1.0
    """
    shared = {name: given for name, given in votes.items() if len(given) > 1}
    if not shared:
        raise AnnotationError("no sentence has labels of two annotators; have some labelled twice")
    annotators = tuple(sorted({name for given in shared.values() for name in given}))
    counts = np.array([_count(given) for given in shared.values()])
    drawn = _draw_totals(_coincidences(counts), draws, seed)
    triples = _triples(shared)
    return Agreement(
        annotators=annotators,
        sentences=len(shared),
        judgements=len(triples),
        observed=_measure(_observed(_draw_totals(_paired(counts), draws, seed))),
        alpha=_measure(_alpha(drawn), float(AnnotationTask(triples).alpha())),
        fleiss=_fleiss(shared, annotators, draws, seed),
        labels=_by_label(drawn),
        pairs=tuple(_pairs(shared, annotators, draws, seed)),
        dividing=_dividing(shared),
    )


def _count(given: Mapping[str, Label]) -> list[int]:
    votes = list(given.values())
    return [votes.count(label) for label in LABELS]


def _triples(votes: Votes) -> list[tuple[str, str, str]]:
    return [
        (name, item, vote.value) for item, given in votes.items() for name, vote in given.items()
    ]


def _draw_totals(features: _Floats, draws: int, seed: int) -> _Floats:
    """Column sums of the sentences' features: as they are (row 0), then drawn with replacement."""
    generator = np.random.default_rng(seed)
    size = len(features)
    rows = [features.sum(axis=0, keepdims=True)]
    at_once = max(1, DRAWN_AT_ONCE // size)
    for start in range(0, draws, at_once):
        block = min(at_once, draws - start)
        chosen = generator.integers(0, size, (block, size)) + size * np.arange(block)[:, None]
        weights = np.bincount(chosen.ravel(), minlength=block * size).reshape(block, size)
        rows.append(weights.astype(np.float64) @ features)
    return np.concatenate(rows)


def _measure(values: _Floats, value: float | None = None) -> Figure:
    low, high = np.quantile(values, (0.025, 0.975))
    return Figure(float(values[0]) if value is None else value, float(low), float(high))


def _chance_corrected(observed: _Floats, expected: _Floats) -> _Floats:
    # Where chance alone explains everything there is one label only: agreement is whole.
    room = 1 - expected
    flat = room < 1e-12
    return np.where(flat, 1.0, (observed - expected) / np.where(flat, 1.0, room))


def _coincidences(counts: NDArray[np.int64]) -> _Floats:
    """Agreeing coincidences by label, then labels counted: what Krippendorff's alpha is made of."""
    judges = counts.sum(axis=1, keepdims=True)
    return np.concatenate([counts * (counts - 1) / (judges - 1), counts], axis=1)


def _alpha(totals: _Floats) -> _Floats:
    """Krippendorff's alpha from sums of coincidences, a row each."""
    agreeing, given = np.split(totals, 2, axis=1)
    number = given.sum(axis=1)
    expected = (given * (given - 1)).sum(axis=1) / (number * (number - 1))
    return _chance_corrected(agreeing.sum(axis=1) / number, expected)


def _by_label(totals: _Floats) -> dict[Label, Figure]:
    agreeing, given = np.split(totals, 2, axis=1)
    found: dict[Label, Figure] = {}
    for column, label in enumerate(LABELS):
        used = given[:, column] > 0
        if used[0]:
            found[label] = _measure(agreeing[used, column] / given[used, column])
    return found


def _paired(counts: NDArray[np.int64]) -> _Floats:
    judges = counts.sum(axis=1)
    agreeing = (counts * (counts - 1)).sum(axis=1)
    return np.stack([agreeing, judges * (judges - 1)], axis=1).astype(np.float64)


def _observed(totals: _Floats) -> _Floats:
    return np.asarray(totals[:, 0] / totals[:, 1])


def _fleiss(votes: Votes, annotators: Sequence[str], draws: int, seed: int) -> Figure | None:
    whole = {item: given for item, given in votes.items() if len(given) == len(annotators)}
    if not whole:
        return None
    counts = np.array([_count(given) for given in whole.values()])
    totals = _draw_totals(np.concatenate([_paired(counts), counts], axis=1), draws, seed)
    shares = totals[:, 2:] / totals[:, 2:].sum(axis=1, keepdims=True)
    values = _chance_corrected(_observed(totals), (shares**2).sum(axis=1))
    return _measure(values, float(AnnotationTask(_triples(whole)).pi()))


def _pairs(
    votes: Votes, annotators: Sequence[str], draws: int, seed: int
) -> Iterator[PairAgreement]:
    size = len(LABELS)
    order = {label: place for place, label in enumerate(LABELS)}
    for first, second in combinations(annotators, 2):
        both = {
            item: {first: given[first], second: given[second]}
            for item, given in votes.items()
            if first in given and second in given
        }
        if not both:
            continue
        cells = [order[given[first]] * size + order[given[second]] for given in both.values()]
        totals = _draw_totals(np.eye(size * size)[cells], draws, seed).reshape(-1, size, size)
        shares = totals / len(both)
        observed = np.trace(shares, axis1=1, axis2=2)
        expected = (shares.sum(axis=1) * shares.sum(axis=2)).sum(axis=1)
        kappa = AnnotationTask(_triples(both)).kappa_pairwise(first, second)
        yield PairAgreement(
            first=first,
            second=second,
            sentences=len(both),
            observed=_measure(observed),
            kappa=_measure(_chance_corrected(observed, expected), float(kappa)),
            confusion=dict(Counter((given[first], given[second]) for given in both.values())),
        )


def _dividing(votes: Votes) -> tuple[str, ...]:
    agreed = {
        item: max(Counter(given.values()).values()) / len(given) for item, given in votes.items()
    }
    return tuple(sorted((item for item in agreed if agreed[item] < 1), key=agreed.__getitem__))
