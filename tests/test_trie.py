"""The double array against a plain search for the longest match."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.trie import NO_VALUE, build, displace

SYMBOLS = 6
SEQUENCES = st.dictionaries(
    st.lists(st.integers(0, SYMBOLS - 1), min_size=1, max_size=4).map(tuple),
    st.integers(0, 99),
    max_size=25,
)
STREAM = st.lists(st.integers(0, SYMBOLS - 1), max_size=60)

Match = tuple[int, int, int]


def searched(sequences: dict[tuple[int, ...], int], stream: list[int]) -> list[Match]:
    found, at = [], 0
    while at < len(stream):
        longest = max(
            (
                n
                for n in range(1, 5)
                if tuple(stream[at : at + n]) in sequences and at + n <= len(stream)
            ),
            default=0,
        )
        if longest:
            found.append((at, longest, sequences[tuple(stream[at : at + longest])]))
        at += longest or 1
    return found


def matched(sequences: dict[tuple[int, ...], int], stream: list[int]) -> list[Match]:
    arrays = build(sequences, SYMBOLS).longest_matches(np.array(stream, np.int32))
    return list(zip(*(array.tolist() for array in arrays), strict=True))


@given(SEQUENCES, STREAM)
def test_finds_what_a_plain_search_finds(
    sequences: dict[tuple[int, ...], int], stream: list[int]
) -> None:
    assert matched(sequences, stream) == searched(sequences, stream)


CASES = {
    "longest wins": ({(1,): 7, (1, 2): 8}, [1, 2, 1], [(0, 2, 8), (2, 1, 7)]),
    "leftmost wins": ({(1, 2): 7, (2, 3): 8}, [1, 2, 3], [(0, 2, 7)]),
    "prefix is no match": ({(1, 2, 3): 7}, [1, 2, 1, 2, 3], [(2, 3, 7)]),
    "falls back to the shorter": ({(1,): 7, (1, 2, 3): 8}, [1, 2, 2], [(0, 1, 7)]),
    "cut off at the end": ({(1, 2): 7}, [2, 1], []),
    "value 0 is a value": ({(4,): 0}, [4], [(0, 1, 0)]),
    "nothing to find": ({}, [0, 1, 2], []),
    "nothing to search": ({(1,): 7}, [], []),
}


@pytest.mark.parametrize(("sequences", "stream", "expected"), CASES.values(), ids=CASES)
def test_case(
    sequences: dict[tuple[int, ...], int], stream: list[int], expected: list[Match]
) -> None:
    assert matched(sequences, stream) == expected


def test_layout_does_not_depend_on_order() -> None:
    shuffler = random.Random(1)
    items = [((a, b), a + b) for a in range(20) for b in range(a, 20, 3)]
    first = build(dict(items), 20)
    shuffler.shuffle(items)
    second = build(dict(items), 20)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_values_not_in_use_are_marked() -> None:
    trie = build({(1, 2): 5}, 3)
    assert sorted(set(trie.value.tolist())) == [NO_VALUE, 5]


ROWS = st.dictionaries(
    st.integers(0, 30),
    st.sets(st.integers(0, 39), min_size=1, max_size=12).map(lambda s: np.array(sorted(s))),
    max_size=15,
)


@given(ROWS)
def test_displaced_rows_share_no_slot(rows: dict[int, np.ndarray]) -> None:
    offsets, size = displace(rows, 40)
    slots = [offsets[row] + int(column) for row, columns in rows.items() for column in columns]
    assert len(set(slots)) == len(slots)
    assert 0 not in slots
    assert offsets.keys() == rows.keys()
    assert all(offset >= 0 and offset + 40 <= size for offset in offsets.values())


def test_displacing_many_rows_stays_dense() -> None:
    source = np.random.default_rng(0)
    rows = {row: np.unique(source.integers(0, 500, 20)) for row in range(400)}
    _, size = displace(rows, 500)
    assert size < 400 * 500 / 8
