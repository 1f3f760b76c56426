"""Which raw sentences to label next."""

import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from stance.annotations import comparable
from stance.labels import LABELS
from stance.rows import Row
from stance.workbench.overlaps import Shingle, likeness, shingles_of

Guess = Callable[[Sequence[str]], Iterable[Sequence[float]]]

RANDOM_SHARE = 0.2
_CHUNK = 2000
_KEPT = 10
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A sentence worth labelling.

    Attributes
    ----------
    row : Row
        The pool's row, with `id` and `text`.
    reason : str
        `uncertain`, or `random` for those that make an honest sample of the pool.
    told : str
        The reason in words.
    probabilities : tuple[float, ...]
        The model's, in the order of the labels.
    """

    row: Row
    reason: str
    told: str
    probabilities: tuple[float, ...]

    def record(self) -> Row:
        """The row with the reason beside it, and without the model's word."""
        return {**self.row, "suggested": self.reason}


@dataclass(order=True, slots=True)
class _Candidate:
    worth: float
    order: str
    key: str = field(compare=False)
    row: Row = field(compare=False)
    probabilities: tuple[float, ...] = field(compare=False)


def suggest(
    pool: Iterable[Row],
    guess: Guess,
    count: int,
    *,
    known: Iterable[str] = (),
    random_share: float = RANDOM_SHARE,
    seed: int = 0,
) -> list[Suggestion]:
    """Choose sentences to label next.

    Most are those between whose two likeliest labels the model is most torn, passing over any
    that share half of their three-word runs with one already chosen. A share is drawn at random:
    once labelled, it tells how the model does on the pool. The order is random, so that it does
    not tell which is which.

    Parameters
    ----------
    pool : iterable of rows
        With `id` and `text`; read once, in memory that depends on `count` alone.
    guess : callable
        Texts to the probabilities of the labels.
    count : int
        How many to choose; fewer come back from a small pool.
    known : iterable of str
        Texts labelled before, which are not chosen again.
    random_share : float
        Share of random ones among those chosen, from 0 to 1.
    seed : int
        The same seed, pool and model give the same choice, whatever the order of the pool.

    Examples
    --------
    >>> pool = [{"id": "1", "text": "It may work."}, {"id": "2", "text": "It will not."}]
    >>> torn = lambda texts: [(0.5, 0.4, 0.1) if "may" in text else (0, 1, 0) for text in texts]
    >>> [found.row["id"] for found in suggest(pool, torn, 1, random_share=0)]
    ['1']
    """
    labelled = {comparable(text) for text in known}
    drawn = _Best(2 * count)
    torn = _Best(_KEPT * count)
    for row, key, probabilities in _judged(pool, guess, labelled):
        order = hashlib.blake2b(f"{seed}\n{key}".encode(), digest_size=8).hexdigest()
        first, second = sorted(probabilities, reverse=True)[:2]
        drawn.offer(_Candidate(-int(order, 16), order, key, row, probabilities))
        torn.offer(_Candidate(second - first, order, key, row, probabilities))
    fresh = drawn.best()
    by_chance = fresh[: round(min(count, len(fresh)) * random_share)]
    chosen = {candidate.key: _suggestion(candidate, "random") for candidate in by_chance}
    for candidate in _unlike(torn.best(), [candidate.key for candidate in by_chance]):
        if len(chosen) >= count:
            break
        chosen[candidate.key] = _suggestion(candidate, "uncertain")
    for candidate in torn.best():
        if len(chosen) >= count:
            break
        chosen.setdefault(candidate.key, _suggestion(candidate, "uncertain"))
    shuffled = sorted(chosen, key=lambda key: hashlib.blake2b(f"{key}\n{seed}".encode()).digest())
    return [chosen[key] for key in shuffled]


class _Best:
    """The candidates of most worth, each text once."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._heap: list[_Candidate] = []
        self._keys: set[str] = set()

    def offer(self, candidate: _Candidate) -> None:
        if candidate.key in self._keys:
            return
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, candidate)
        elif self._heap and self._heap[0] < candidate:
            self._keys.discard(heapq.heapreplace(self._heap, candidate).key)
        else:
            return
        self._keys.add(candidate.key)

    def best(self) -> list[_Candidate]:
        return sorted(self._heap, reverse=True)


def _judged(
    pool: Iterable[Row], guess: Guess, labelled: set[str]
) -> Iterator[tuple[Row, str, tuple[float, ...]]]:
    rows = iter(pool)
    while chunk := list(islice(rows, _CHUNK)):
        keyed = [(row, comparable(row["text"])) for row in chunk]
        fresh = [(row, key) for row, key in keyed if key not in labelled]
        guesses = guess([row["text"] for row, _ in fresh]) if fresh else ()
        for (row, key), probabilities in zip(fresh, guesses, strict=True):
            yield row, key, tuple(map(float, probabilities))


def _unlike(candidates: Iterable[_Candidate], chosen: Iterable[str]) -> Iterator[_Candidate]:
    index: dict[Shingle, list[set[Shingle]]] = {}

    def remember(runs: set[Shingle]) -> None:
        for run in runs:
            index.setdefault(run, []).append(runs)

    for key in chosen:
        remember(shingles_of(key))
    for candidate in candidates:
        runs = shingles_of(candidate.key)
        rivals = {id(other): other for run in runs for other in index.get(run, ())}
        if all(likeness(runs, other) < _ALIKE for other in rivals.values()):
            remember(runs)
            yield candidate


def _suggestion(candidate: _Candidate, reason: str) -> Suggestion:
    ranked = sorted(zip(candidate.probabilities, LABELS, strict=True), reverse=True)
    (first, likely), (second, rival) = ranked[:2]
    told = f"{likely} {first:.2f}, {rival} {second:.2f}"
    return Suggestion(candidate.row, reason, told, candidate.probabilities)
