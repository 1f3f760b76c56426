"""Names folded, cues found, parties and negation told, text by text."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.lexicon import (
    FIRST_SIDE,
    SECOND_SIDE,
    THIRD_PARTY,
    Lexicon,
    TokenIndex,
    build_lexicon,
    read_sources,
)
from stance.stream import Stream, stream_of, wordless
from stance.text import BOUNDARY, tokenise_many
from tests.made_text import STATEMENTS

SMALL = Path(__file__).parent / "data" / "small"
WORDS = ["the", "talks", "treaty", "with", "ferry", "was", "their", "of", "had", "his", "on", "is"]

_LEXICON = build_lexicon(
    read_sources(names=SMALL / "names.tsv", cues=SMALL / "cues.tsv", target=SMALL / "target.toml"),
    WORDS,
)
_INDEX = TokenIndex(_LEXICON.tokens)


def read(texts: Sequence[str]) -> Stream:
    return stream_of(_LEXICON, _INDEX, texts)


def tokens(stream: Stream) -> list[str]:
    return [_LEXICON.tokens[i] for i in stream.token.tolist()]


def cues(text: str) -> list[tuple[str, bool]]:
    """Words of the cues found, and whether each is negated."""
    stream = read([text])
    words = tokenise_many([text])
    found = []
    for start, length in zip(stream.cue_start.tolist(), stream.cue_length.tolist(), strict=True):
        first, after = stream.origin[start] - 1, stream.origin[start + length] - 1
        found.append((" ".join(words[first:after]), bool(stream.negated[start])))
    return found


FOLDED = {
    "Tokyo spoke": "@JAPAN",
    "the Kremlin spoke": "@RUSSIA",
    "The Kremlin of the Kremlin": "@RUSSIA of @RUSSIA",
    "Tokyo Moscow": "@JAPAN @RUSSIA",
    "the Russo-Japanese talks": "the @JOINT talks",
}


@pytest.mark.parametrize(("text", "expected"), FOLDED.items())
def test_names_fold(text: str, expected: str) -> None:
    found = [token for token in tokens(read([text]))[1:-1] if token]
    assert " ".join(found) == expected


def test_name_does_not_reach_over_the_end_of_a_text() -> None:
    assert tokens(read(["talks with the", "Kremlin"])) == [
        *(BOUNDARY, "talks", "with", "the"),
        *(BOUNDARY, "@RUSSIA", BOUNDARY),
    ]


BOTH = FIRST_SIDE | SECOND_SIDE
ZONES = {
    "It rained.": 0,
    "Tokyo waited.": FIRST_SIDE,
    "Moscow waited.": SECOND_SIDE,
    "Tokyo waited, and so did Moscow.": BOTH,
    "Beijing waited.": THIRD_PARTY,
    "Beijing and Tokyo waited.": THIRD_PARTY | FIRST_SIDE,
    "Russo-Japanese ties": BOTH,
    "": 0,
}


def test_zone_is_of_the_whole_text() -> None:
    stream = read(list(ZONES))
    for i, zone in enumerate(ZONES.values()):
        inside = stream.zone[stream.marks[i] + 1 : stream.marks[i + 1] + 1]
        assert set(inside.tolist()) == {zone}


def test_clause_names_only_its_own_parties() -> None:
    stream = read(["Tokyo waited, but Moscow hailed it."])
    at = {token: i for i, token in enumerate(tokens(stream))}
    assert stream.clause[at["@JAPAN"]] == FIRST_SIDE
    assert stream.clause[at["@RUSSIA"]] == SECOND_SIDE
    assert stream.clause[stream.cue_start].tolist() == [SECOND_SIDE]


CUES = {
    "They welcome it": [("welcome", False)],
    "They welcomed it": [("welcomed", False)],
    "The WELCOMING party": [("welcoming", False)],
    "They do not welcome it": [("welcome", True)],
    "They don't welcome it": [("welcome", True)],
    "They never really did welcome it": [("welcome", True)],
    "They never, he said, welcome it": [("welcome", False)],
    "They never asked for any ferry that they could welcome": [("welcome", False)],
    "Not now but they welcome it": [("welcome", False)],
    "They will never accept it": [("never accept", False)],
    "It poured cold water on hopes": [("poured cold water on", False)],
    "It poured cold tea on hopes": [],
    "He is holding his breath": [("holding his breath", False)],
    "Tokyo's mayor holds Tokyo's breath": [],
    "They hailed and condemned it": [("hailed", False), ("condemned", False)],
    "He hailed a friend. No welcome": [("hailed", False), ("welcome", True)],
}


@pytest.mark.parametrize(("text", "expected"), CUES.items())
def test_cues(text: str, expected: list[tuple[str, bool]]) -> None:
    assert cues(text) == expected


def test_negation_ends_with_its_text() -> None:
    stream = read(["They would not", "welcome it"])
    assert not stream.negated[stream.cue_start].any()


@given(st.lists(STATEMENTS, min_size=1, max_size=6))
def test_a_text_reads_the_same_alone_and_in_company(texts: list[str]) -> None:
    together = read(texts)
    for i, text in enumerate(texts):
        alone = read([text])
        part = slice(together.marks[i] + 1, together.marks[i + 1] + 1)
        for name in ("token", "symbol", "zone", "clause", "negated"):
            # The boundary behind a text belongs to no clause.
            found, expected = getattr(together, name)[part], getattr(alone, name)[1:]
            last = -1 if name == "clause" else None
            assert found[:last].tolist() == expected[:last].tolist(), name
        assert wordless(_LEXICON, together)[i] == wordless(_LEXICON, alone)[0]
    count = sum(len(read([text]).cue) for text in texts)
    assert len(together.cue) == count


@given(st.lists(STATEMENTS, min_size=1, max_size=6))
def test_positions_belong_to_their_texts(texts: list[str]) -> None:
    stream = read(texts)
    assert len(stream.marks) == len(texts) + 1
    assert stream.texts().tolist() == sorted(stream.texts().tolist())
    assert len(stream.texts()) == len(stream.token) - 1
    assert np.unique(stream.texts()).tolist() == list(range(len(texts)))
    ends = stream.cue_start + stream.cue_length
    assert (stream.cue_start[1:] >= ends[:-1]).all()


WORDLESS = ["", " ", "!!!", "…", '"?!"', "—", ",;", "$ %", "\u200b", "🙂", "\n\n"]
WORDY = ["a", "7", "1956", "日本", "quixotic", "Tokyo", "no"]


def test_wordless() -> None:
    lexicon: Lexicon = _LEXICON
    found = wordless(lexicon, read([*WORDLESS, *WORDY])).tolist()
    assert found == [True] * len(WORDLESS) + [False] * len(WORDY)
