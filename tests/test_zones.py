"""Which parties statements name."""

import pytest

from stance.lexicon import Lexicon, Sources, TokenIndex, build_lexicon
from stance.stream import stream_of
from stance.target import NO_TARGET, Target
from stance.zones import both_sides_named, name_zones

NAMES = {"athens": "GREECE", "ankara": "TURKEY", "aegean": "AEGEAN", "cairo": "EGYPT"}
SIDES = Target(frozenset({"GREECE"}), frozenset({"TURKEY"}), frozenset({"AEGEAN"}))
TEXTS = {
    "Athens called.": "one side",
    "Athens called Ankara, and Cairo.": "both sides and a third party",
    "The Aegean is calm.": "both sides",
    "Cairo waits.": "a third party",
    "It rained.": "no party",
}


@pytest.fixture
def lexicon() -> Lexicon:
    return build_lexicon(Sources(NAMES, (), SIDES), [])


def test_parties_in_words(lexicon: Lexicon) -> None:
    assert name_zones(lexicon, list(TEXTS)) == list(TEXTS.values())


def test_both_sides_are_those_of_the_lexicon(lexicon: Lexicon) -> None:
    stream = stream_of(lexicon, TokenIndex(lexicon.tokens), list(TEXTS))
    assert both_sides_named(lexicon, stream) == [False, True, True, False, False]


@pytest.mark.parametrize("names", [{}, NAMES])
def test_nothing_is_off_topic_where_no_sides_are_known(names: dict[str, str]) -> None:
    lexicon = build_lexicon(Sources(names, (), NO_TARGET), [])
    stream = stream_of(lexicon, TokenIndex(lexicon.tokens), list(TEXTS))
    assert all(both_sides_named(lexicon, stream))
