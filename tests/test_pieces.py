"""Pieces: which words have something in common."""

import numpy as np

from stance.pieces import split_into_pieces


def shared(one: str, other: str) -> int:
    """Number of pieces that two words have in common."""
    pieces = split_into_pieces((one, other))
    found, owner = pieces.of(np.array([0, 1]))
    return len(set(found[owner == 0].tolist()) & set(found[owner == 1].tolist()))


def test_words_of_one_stem_share_pieces() -> None:
    assert shared("negotiator", "negotiating") > shared("negotiator", "legislator") > 0
    assert shared("sea", "sky") == 0


def test_edges_count() -> None:
    assert shared("ends", "bends") < shared("ends", "ends")
    assert shared("end", "end") == shared("end", "ends") + 3  # nd>, end>, <end>


def test_only_words_have_pieces() -> None:
    pieces = split_into_pieces(("", "\n", "@RUSSIA", "'s", "%", "accord"))
    found, owner = pieces.of(np.arange(6))
    assert set(owner.tolist()) == {5}
    assert len(found) == len(set(found.tolist())) == 6 + 5 + 4


def test_pieces_of_repeated_symbols() -> None:
    pieces = split_into_pieces(("accord", "a"))
    once, _ = pieces.of(np.array([0]))
    twice, owner = pieces.of(np.array([0, 1, 0]))
    assert owner.tolist() == [0] * 15 + [1] + [2] * 15
    assert twice[:15].tolist() == twice[16:].tolist() == once.tolist()
