"""What is counted per statement, and the figures that sums of these counts give.

Tallies have shape (statements, quantities); a statistic takes sums of shape (samples, quantities)
and gives nan where a sample does not define it.
"""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from stance.annotations import Annotation
from stance.bootstrap import Flags, Floats
from stance.labels import LABELS

BINS = 10
_LABELS = len(LABELS)


def label_indices(annotations: Sequence[Annotation]) -> npt.NDArray[np.int64]:
    """Labels as indices into `LABELS`."""
    return np.array([LABELS.index(item.label) for item in annotations], np.int64)


def one_hot(places: npt.ArrayLike, size: int) -> Floats:
    """Rows with a 1 at the place given for each."""
    found: Floats = np.eye(size)[np.asarray(places, np.int64)]
    return found


def among(part: Flags, whole: Flags) -> Floats:
    """Tallies of a share: numerator and denominator."""
    return np.stack([part & whole, whole], axis=1).astype(np.float64)


def share(sums: Floats) -> Floats:
    """First quantity by the second."""
    with np.errstate(invalid="ignore"):
        found: Floats = sums[:, 0] / sums[:, 1]
    return found


def cells(annotated: npt.NDArray[np.int64], assigned: npt.NDArray[np.int64]) -> Floats:
    """Tallies of the confusion matrix, from indices of labels."""
    return one_hot(annotated * _LABELS + assigned, _LABELS**2)


def confusion(sums: Floats) -> Floats:
    """Sums over cells as matrices: rows annotated, columns assigned."""
    return sums.reshape(len(sums), _LABELS, _LABELS)


def precision(sums: Floats) -> Floats:
    """By label; 0 where a label was never assigned."""
    return _by_label(sums, lambda found: found.sum(axis=1))


def recall(sums: Floats) -> Floats:
    """By label; 0 where a label was never annotated."""
    return _by_label(sums, lambda found: found.sum(axis=2))


def f1(sums: Floats) -> Floats:
    """By label; 0 where a label was neither annotated nor assigned."""
    return _by_label(sums, lambda found: (found.sum(axis=1) + found.sum(axis=2)) / 2)


def macro_f1(sums: Floats) -> Floats:
    """Mean over the labels that were annotated."""
    held = confusion(sums).sum(axis=2) > 0
    with np.errstate(invalid="ignore"):
        found: Floats = (f1(sums) * held).sum(axis=1) / held.sum(axis=1)
    return found


def accuracy(sums: Floats) -> Floats:
    """Share on the diagonal."""
    with np.errstate(invalid="ignore"):
        found: Floats = np.trace(confusion(sums), axis1=1, axis2=2) / sums.sum(axis=1)
    return found


def _by_label(sums: Floats, whole: Callable[[Floats], Floats]) -> Floats:
    found = confusion(sums)
    hits = np.diagonal(found, axis1=1, axis2=2)
    below = whole(found)
    return np.divide(hits, below, out=np.zeros_like(hits), where=below > 0)


def bins(confidence: Floats) -> Floats:
    """Bin of equal width that each confidence falls in."""
    found: Floats = np.minimum(np.floor(confidence * BINS), BINS - 1)
    return found


def excess(confidence: Floats, right: Flags) -> Floats:
    """By how much confidence exceeds accuracy, in the statement's bin, and 1 at the end."""
    found = one_hot(bins(confidence), BINS) * (confidence - right)[:, None]
    return np.hstack([found, np.ones((len(confidence), 1))])


def calibration_error(sums: Floats) -> Floats:
    """Expected calibration error from tallies of excess."""
    with np.errstate(invalid="ignore"):
        found: Floats = np.abs(sums[:, :BINS]).sum(axis=1) / sums[:, BINS]
    return found


def whole_pairs(annotations: Sequence[Annotation], right: Flags) -> Floats:
    """At the first member of each contrasting set: whether all members are right, and 1."""
    tallies = np.zeros((len(annotations), 2))
    for places in _contrasting(annotations):
        tallies[places[0]] = right[places].all(), 1
    return tallies


def unlike_pairs(annotations: Sequence[Annotation], right: Flags) -> Floats:
    """At the first member of each contrasting set: its pairs of unlike labels; both right, all."""
    tallies = np.zeros((len(annotations), 2))
    for places in _contrasting(annotations):
        for one, other in combinations(places, 2):
            if annotations[one].label != annotations[other].label:
                tallies[places[0]] += right[one] & right[other], 1
    return tallies


def _contrasting(annotations: Sequence[Annotation]) -> list[list[int]]:
    members: dict[str, list[int]] = {}
    for i, item in enumerate(annotations):
        if item.pair:
            members.setdefault(item.pair, []).append(i)
    return [places for places in members.values() if len(places) > 1]
