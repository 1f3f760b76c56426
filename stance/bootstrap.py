"""Figures with intervals, resampled by group.

Sentences of a group stand or fall together, so drawing single sentences would make figures look
surer than they are (Efron and Tibshirani 1993, "An Introduction to the Bootstrap").
"""

from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Statistic = Callable[[Floats], Floats]

_TAILS = (2.5, 97.5)
DRAWN_AT_ONCE = 4_000_000


class Figure(NamedTuple):
    """A figure with its 95 % interval.

    Attributes
    ----------
    value : float
    low, high : float or None
        None where fewer than two groups leave nothing to resample.

    Examples
    --------
    >>> print(Figure(0.8123, 0.79, 0.83))
    0.812 [0.790, 0.830]
    """

    value: float
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def standard_error(figure: Figure) -> float:
    """Standard error of a figure whose interval is taken for that of a normal distribution.

    Raises
    ------
    ValueError
        The figure has no interval.

    Examples
    --------
    >>> round(standard_error(Figure(0.80, 0.78, 0.82)), 4)
    0.0102
    """
    if figure.low is None or figure.high is None:
        raise ValueError("a figure without an interval has no standard error")
    return (figure.high - figure.low) / (2 * NormalDist().inv_cdf(_TAILS[1] / 100))


class Sample:
    """Bootstrap samples of groups, from which the interval of any figure is computed.

    Parameters
    ----------
    groups : sequence of str
        Group of each statement.
    seed, draws : int
        The same seed gives the same intervals.
    """

    def __init__(self, groups: Sequence[str], seed: int, draws: int) -> None:
        names, self._group = np.unique(np.array(groups, object).astype(str), return_inverse=True)
        self.size = len(names)
        random = np.random.default_rng(seed)
        # How often each sample holds each group.
        self._times = random.multinomial(self.size, np.full(self.size, 1 / self.size), size=draws)

    def figure(self, statistic: Statistic, tallies: Floats, part: Flags | None = None) -> Figure:
        """Compute a figure that depends on sums over statements only.

        Parameters
        ----------
        statistic : callable
            From sums, shape (samples, quantities), to figures, shape (samples,); nan where a
            sample has none.
        tallies : ndarray of float64, shape (statements, quantities)
        part : ndarray of bool, optional
            Statements to which the figure is confined.
        """
        where = np.arange(len(tallies)) if part is None else np.flatnonzero(part)
        present, group = np.unique(self._group[where], return_inverse=True)
        sums = np.zeros((len(present), tallies.shape[1]))
        np.add.at(sums, group, tallies[where])
        value = float(statistic(sums.sum(axis=0)[None])[0])
        return _interval(value, statistic(self._times[:, present] @ sums), len(present))

    def confident_half(self, confidence: Floats, right: Flags) -> Figure:
        """Accuracy on the more confident half, which differs from sample to sample."""
        order = np.argsort(-confidence, kind="stable")
        group, ordered = self._group[order], right[order].astype(np.float64)
        step = max(1, DRAWN_AT_ONCE // len(order))
        spread = [
            _head_accuracy(self._times[at : at + step, group].astype(np.float64), ordered)
            for at in range(0, len(self._times), step)
        ]
        value = _head_accuracy(np.ones((1, len(order))), ordered)[0]
        return _interval(float(value), np.concatenate([np.zeros(0), *spread]), self.size)


def _head_accuracy(weights: Floats, right: Floats) -> Floats:
    """Accuracy on the first half of each row's weight; items in descending confidence."""
    half = np.maximum(weights.sum(axis=1, keepdims=True) // 2, 1)
    before = np.cumsum(weights, axis=1) - weights
    taken = np.clip(half - before, 0, weights)
    accuracy: Floats = (taken @ right) / half[:, 0]
    return accuracy


def _interval(value: float, spread: Floats, groups: int) -> Figure:
    found = spread[np.isfinite(spread)]
    if groups < 2 or not len(found):
        return Figure(value)
    low, high = np.percentile(found, _TAILS)
    return Figure(value, float(low), float(high))
