"""Sentences that are nearly the same, found by the runs of words they share."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import ceil

from stance.annotations import comparable

Shingle = tuple[str, ...]

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two texts, by their places, and the share of three-word runs they have in common."""

    first: int
    second: int
    likeness: float


def words_of(text: str) -> list[str]:
    """Words of a text, folded for comparison."""
    return _WORD.findall(comparable(text))


def shingles_of(text: str, length: int = 3) -> set[Shingle]:
    """Runs of `length` words; the whole text where it is shorter.

    Examples
    --------
    >>> sorted(shingles_of("No deal is in sight."))
    [('deal', 'is', 'in'), ('is', 'in', 'sight'), ('no', 'deal', 'is')]
    """
    words = words_of(text)
    starts = range(max(1, len(words) - length + 1) if words else 0)
    return {tuple(words[start : start + length]) for start in starts}


def likeness(first: set[Shingle], second: set[Shingle]) -> float:
    """Shared runs among all runs (Jaccard)."""
    return len(first & second) / len(first | second)


def find_near_copies(
    texts: Sequence[str], others: Sequence[str] | None = None, *, threshold: float = 0.5
) -> Iterator[Overlap]:
    """Pairs of texts at least as alike as the threshold: among themselves, or with others.

    Every such pair is found: with the runs of all texts in one order, rare ones first, two texts
    that are alike must share one among their first few.
    """
    ours = [shingles_of(text) for text in texts]
    theirs = ours if others is None else [shingles_of(text) for text in others]
    usual = Counter(chain.from_iterable(ours if others is None else chain(ours, theirs)))
    rank = {run: place for place, run in enumerate(sorted(usual, key=usual.__getitem__))}
    unshared = sum(number == 1 for number in usual.values())

    def leading(runs: set[Shingle]) -> list[int]:
        ordered = sorted(map(rank.__getitem__, runs))
        first = ordered[: len(runs) - ceil(threshold * len(runs) - 1e-9) + 1]
        return first[bisect_left(first, unshared) :]

    index: dict[int, list[int]] = defaultdict(list)
    for place, runs in enumerate(theirs):
        for run in leading(runs):
            index[run].append(place)
    for place, runs in enumerate(ours):
        candidates = {other for run in leading(runs) for other in index[run]}
        for other in sorted(candidates):
            if others is None and other <= place:
                continue
            alike = likeness(runs, theirs[other])
            if alike >= threshold:
                yield Overlap(place, other, alike)


def find_shared_runs(
    texts: Sequence[str], others: Sequence[str], *, length: int = 8
) -> Iterator[tuple[int, int, str]]:
    """Texts that share `length` words in a row with another: both places and the words."""
    index: dict[Shingle, int] = {}
    for place, text in enumerate(others):
        for run in _runs(text, length):
            index.setdefault(run, place)
    for place, text in enumerate(texts):
        shared = next((run for run in _runs(text, length) if run in index), None)
        if shared is not None:
            yield place, index[shared], " ".join(shared)


def _runs(text: str, length: int) -> Iterator[Shingle]:
    words = words_of(text)
    yield from (tuple(words[i : i + length]) for i in range(len(words) - length + 1))
