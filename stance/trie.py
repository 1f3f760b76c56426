"""Sets of integer sequences as a double array: two look-ups a step, no hashing, no objects."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]

NO_VALUE = -1
_WINDOW = 1024


class Trie(NamedTuple):
    """Double-array trie.

    Aoe 1989, "An efficient digital search algorithm by using a double-array structure", IEEE
    Trans. Softw. Eng. 15(9).

    From state `s`, symbol `c` leads to slot `base[s] + c` if `check` there equals `s`; the slot
    is the next state. State 0 is the root.

    Attributes
    ----------
    base, check, value : ndarray of int32, one entry a slot
        `value` is what a sequence that ends there maps to, `NO_VALUE` where none does.
    """

    base: Ints
    check: Ints
    value: Ints

    def longest_matches(self, symbols: Ints) -> tuple[Ints, Ints, Ints]:
        """Find the sequences in a stream, leftmost and longest first, none overlapping.

        Returns
        -------
        starts, lengths, values : ndarray of int32
            One entry a match, in order of `starts`.
        """
        total = len(symbols)
        here = np.arange(total, dtype=np.int32)
        state = np.zeros(total, dtype=np.int32)
        lengths = np.zeros(total, dtype=np.int32)
        values = np.full(total, NO_VALUE, dtype=np.int32)
        depth = 0
        while len(here):
            slot = self.base[state] + symbols[here + depth]
            going = self.check[slot] == state
            here, state = here[going], slot[going]
            depth += 1
            found = self.value[state]
            ends = found != NO_VALUE
            lengths[here[ends]] = depth
            values[here[ends]] = found[ends]
            inside = here + depth < total
            here, state = here[inside], state[inside]
        starts = np.flatnonzero(lengths).astype(np.int32)
        taken = lengths[starts]
        if len(starts) and (starts[1:] < starts[:-1] + taken[:-1]).any():
            starts = starts[_without_overlap(starts.tolist(), taken.tolist())]
        return starts, lengths[starts], values[starts]


def _without_overlap(starts: list[int], lengths: list[int]) -> list[int]:
    kept = []
    end = 0
    for index, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        if start >= end:
            kept.append(index)
            end = start + length
    return kept


def build(sequences: Mapping[tuple[int, ...], int], symbols: int) -> Trie:
    """Lay out the double array for sequences of symbols in ``range(symbols)``.

    The layout is a function of the set alone, not of the order in which it is given.
    """
    children: list[dict[int, int]] = [{}]
    node_value = [NO_VALUE]
    for sequence in sorted(sequences):
        node = 0
        for symbol in sequence:
            if symbol not in children[node]:
                children[node][symbol] = len(children)
                children.append({})
                node_value.append(NO_VALUE)
            node = children[node][symbol]
        node_value[node] = sequences[sequence]
    rows = {node: np.array(sorted(edges)) for node, edges in enumerate(children) if edges}
    offsets, size = displace(rows, symbols)
    slot_of = {0: 0}
    base = np.zeros(size, dtype=np.int32)
    check = np.full(size, -1, dtype=np.int32)
    value = np.full(size, NO_VALUE, dtype=np.int32)
    for node, edges in enumerate(children):
        slot = slot_of[node]
        value[slot] = node_value[node]
        base[slot] = offsets.get(node, 0)
        for symbol, child in edges.items():
            slot_of[child] = base[slot] + symbol
            check[slot_of[child]] = slot
    return Trie(base, check, value)


def displace(rows: Mapping[int, npt.NDArray[np.int64]], width: int) -> tuple[dict[int, int], int]:
    """Lay sparse rows over one another so that no two entries share a slot.

    First fit, densest row first (Tarjan and Yao 1979, Comm. ACM 22(11), "Storing a sparse table").

    Parameters
    ----------
    rows : mapping
        Row number to the sorted columns in use, each in ``range(width)``.

    Returns
    -------
    offsets : dict
        Row number to its offset; entry (row, column) has slot ``offset + column``.
        Slot 0 is left free.
    size : int
        Slots in all, such that every ``offset + column`` with a column below `width` is inside.
    """
    entries = sum(len(columns) for columns in rows.values())
    free = np.ones(2 * entries + 2 * width + _WINDOW, dtype=bool)
    offsets: dict[int, int] = {}
    lowest = 1
    for row in sorted(rows, key=lambda row: (-len(rows[row]), row)):
        columns = rows[row]
        lowest += int(np.argmax(free[lowest:]))
        start = max(1, lowest - int(columns[0]))
        while True:
            if start + width + _WINDOW > len(free):
                free = np.concatenate([free, np.ones(len(free), dtype=bool)])
            fits = np.ones(_WINDOW, dtype=bool)
            for column in columns.tolist():
                fits &= free[start + column : start + column + _WINDOW]
            if fits.any():
                break
            start += _WINDOW
        offsets[row] = start + int(np.argmax(fits))
        free[offsets[row] + columns] = False
    return offsets, max(offsets.values(), default=0) + width
