"""Labels that are likely wrong, by what a model says that has not seen the sentence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from stance.annotations import Annotation
from stance.labels import LABELS, Label
from stance.rows import Row, refuse

if TYPE_CHECKING:
    from stance.assessment import Assessment
    from stance.lexicon import Sources

Floats = npt.NDArray[np.float64]
OutOfFold = Callable[[Sequence[str], Sequence[Label], Sequence[str]], Floats]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that deserves a second look.

    Attributes
    ----------
    annotation : Annotation
        The sentence with the label it stands with.
    suggested : Label
        The label the held-out model takes it for.
    given, rival : float
        Its probabilities of the label given and the label suggested.
    words : tuple[str, ...]
        What speaks most for the suggested label against the one given.
    """

    annotation: Annotation
    suggested: Label
    given: float
    rival: float
    words: tuple[str, ...] = ()

    def record(self) -> Row:
        """Fields as they stand in a JSONL line."""
        return {
            **self.annotation.record(),
            "suspect": {
                "suggested": self.suggested.value,
                "given": round(self.given, 4),
                "rival": round(self.rival, 4),
                "words": list(self.words),
            },
        }


def find_suspects(
    annotations: Sequence[Annotation],
    out_of_fold: OutOfFold,
    *,
    evidence: Callable[[str, Label, Label], Sequence[str]] | None = None,
    top: int | None = None,
) -> list[Suspect]:
    """Rank labels that confident learning holds for errors, the likeliest first.

    A label is suspect where the model gives another label at least the probability it gives on
    average to sentences that carry that other label, and more than it gives the label at hand.
    Suspects are ranked by the ratio of the two probabilities.

    Parameters
    ----------
    annotations : sequence of Annotation
        The labels under review.
    out_of_fold : callable
        From texts, labels and groups to probabilities, each row by a model that has seen nothing
        of its group.
    evidence : callable, optional
        From a text, the label suggested and the label given to the words that speak for the one
        against the other.
    top : int, optional
        How many to return; all of them by default.

    Raises
    ------
    AnnotationError
        Fewer than two of the labels occur.
    """
    order = {label: place for place, label in enumerate(LABELS)}
    labels = np.array([order[item.label] for item in annotations], dtype=np.int64)
    if len(np.unique(labels)) < 2:
        refuse("all labels are alike, so none can stand out; label sentences of another kind")
    probabilities = np.asarray(
        out_of_fold(
            [item.text for item in annotations],
            [item.label for item in annotations],
            [item.group for item in annotations],
        ),
        dtype=np.float64,
    )
    rivals, leads = _suspicions(probabilities, labels)
    ranked = np.argsort(-leads, kind="stable")[: int(np.isfinite(leads).sum())][:top]
    suspects = []
    for place in ranked.tolist():
        item, suggested = annotations[place], LABELS[rivals[place]]
        words = () if evidence is None else tuple(evidence(item.text, suggested, item.label))
        given, rival = probabilities[place, labels[place]], probabilities[place, rivals[place]]
        suspects.append(Suspect(item, suggested, float(given), float(rival), words))
    return suspects


def pipeline_out_of_fold(sources: "Sources", *, rounds: int = 1, jobs: int = 1) -> OutOfFold:
    """Probabilities by this project's own pipeline, averaged over `rounds` ways to fold."""
    from stance.training import out_of_fold

    def predict(texts: Sequence[str], labels: Sequence[Label], groups: Sequence[str]) -> Floats:
        items = [
            Annotation(str(place), text, label, group)
            for place, (text, label, group) in enumerate(zip(texts, labels, groups, strict=True))
        ]
        parts = [out_of_fold(items, sources, seed=seed, jobs=jobs) for seed in range(rounds)]
        mean: Floats = np.mean(parts, axis=0)
        return mean

    return predict


def weigh_words(
    assess: Callable[[str], "Assessment"], count: int = 5
) -> Callable[[str, Label, Label], list[str]]:
    """Evidence for `find_suspects`: the words of a text that a model counts most."""

    def evidence(text: str, suggested: Label, given: Label) -> list[str]:
        weights = [
            (cue.contributions[suggested] - cue.contributions[given], cue.text)
            for cue in assess(text).cues
        ]
        return [word for weight, word in sorted(weights, reverse=True)[:count] if weight > 0]

    return evidence


def _suspicions(
    probabilities: Floats, labels: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], Floats]:
    rows = np.arange(len(labels))
    usual = np.array(
        [
            probabilities[labels == label, label].mean() if (labels == label).any() else np.inf
            for label in range(len(LABELS))
        ]
    )
    given = probabilities[rows, labels]
    others = np.where(probabilities >= usual, probabilities, 0.0)
    others[rows, labels] = 0.0
    rivals = others.argmax(axis=1)
    leads = others[rows, rivals] / np.maximum(given, 1e-12)
    return rivals, np.where(leads > 1, leads, -np.inf)
