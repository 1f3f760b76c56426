"""Lexicon files are checked line by line and become what texts are read with."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from stance.errors import AnnotationError
from stance.lexicon import (
    BOUNDARY_ID,
    NUMBER_ID,
    UNKNOWN_ID,
    YEAR_ID,
    Lexicon,
    TokenIndex,
    build_lexicon,
    read_sources,
    sequence,
)
from stance.resources import annotations_folder
from stance.stream import Stream, stream_of
from stance.text import BOUNDARY

FILES = {"names": "names.tsv", "cues": "cues.tsv", "target": "target.toml"}


def paths(folder: Path) -> dict[str, Path]:
    return {field: folder / name for field, name in FILES.items()}


@pytest.fixture(scope="module")
def packaged() -> Lexicon:
    return build_lexicon(read_sources(**paths(annotations_folder())), [])


@pytest.fixture(scope="module")
def read(packaged: Lexicon) -> Callable[[list[str]], Stream]:
    index = TokenIndex(packaged.tokens)

    return partial(stream_of, packaged, index)


BROKEN = {
    "cell missing": ("names", "name\tgroup\njapan\n", 2, None, "2 filled"),
    "cell empty": ("names", "name\tgroup\njapan\tJAPAN\nrussia\t \n", 3, None, "filled"),
    "cell too many": ("cues", "h\th\th\th\nwelcome\t+\t3\tapprove\tx\n", 2, None, "found 5"),
    "sign unknown": ("cues", "h\th\th\th\nwelcome\t0\t3\tapprove\n", 2, "sign", "+ or -"),
    "strength unknown": ("cues", "h\th\th\th\nwelcome\t+\t4\tapprove\n", 2, "strength", "1, 2"),
    "not UTF-8": ("names", b"name\tgroup\nKoror\xe9\tPALAU\n", None, None, "UTF-8"),
    "not TOML": ("target", "first = [", None, None, "TOML"),
    "not an array": ("target", 'first = "JAPAN"', None, "first", "array"),
    "not of strings": ("target", "second = [1]", None, "second", "array"),
    "group of no name": ("target", 'joint = ["ATLANTIS"]', None, "joint", "ATLANTIS"),
}


@pytest.mark.parametrize(("which", "content", "line", "field", "hint"), BROKEN.values(), ids=BROKEN)
def test_broken_file_is_refused(
    annotations: Path,
    which: str,
    content: str | bytes,
    line: int | None,
    field: str | None,
    hint: str,
) -> None:
    broken = paths(annotations)[which]
    broken.write_bytes(content if isinstance(content, bytes) else content.encode())
    chosen = {"names": annotations / "names.tsv", which: broken}
    with pytest.raises(AnnotationError) as caught:
        read_sources(**chosen)
    assert caught.value.path == broken
    assert (caught.value.line, caught.value.field) == (line, field)
    assert hint in str(caught.value)
    assert broken.name in str(caught.value)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_byte_order_mark_line_ends_and_blank_lines_do_no_harm(
    annotations: Path, ending: str, mark: str
) -> None:
    before = read_sources(**paths(annotations))
    for name in ("names.tsv", "cues.tsv"):
        lines = (annotations / name).read_text().splitlines()
        lines.insert(3, "")
        (annotations / name).write_bytes((mark + ending.join(lines) + ending).encode())
    assert read_sources(**paths(annotations)) == before


def test_nothing_given_is_an_empty_lexicon() -> None:
    lexicon = build_lexicon(read_sources(), ["treaty"])
    assert "treaty" in lexicon.symbols
    assert not len(lexicon.cue_sign)


SEQUENCES = {
    "hold one's breath": "hold @POSSESSIVE breath",
    "wait-and-see": "wait and see",
    "Shinzō Abe": "shinzo abe",
    "the one's": "the @POSSESSIVE",
    "someone's": "someone 's",
    "G-7": "g 7",
}


@pytest.mark.parametrize(("expression", "tokens"), SEQUENCES.items())
def test_sequence(expression: str, tokens: str) -> None:
    assert sequence(expression) == tokens.split()


KINDS = {
    "1957": YEAR_ID,
    "2024": YEAR_ID,
    "1799": YEAR_ID,
    "1600": NUMBER_ID,
    "2100": NUMBER_ID,
    "77": NUMBER_ID,
    "20,000": NUMBER_ID,
    "3.5": NUMBER_ID,
    "quixotry": UNKNOWN_ID,
    BOUNDARY: BOUNDARY_ID,
}


@pytest.mark.parametrize(("token", "kind"), KINDS.items())
def test_token_without_an_id_of_its_own(packaged: Lexicon, token: str, kind: int) -> None:
    assert TokenIndex(packaged.tokens)[token] == kind


@pytest.mark.parametrize(("token", "kind"), {"1956": YEAR_ID, "19": NUMBER_ID}.items())
def test_number_in_a_name_is_still_a_number(packaged: Lexicon, token: str, kind: int) -> None:
    symbol = packaged.symbol[TokenIndex(packaged.tokens)[token]]
    assert packaged.symbols[symbol] == packaged.tokens[kind]


def test_order_of_words_and_rows_does_not_matter(annotations: Path) -> None:
    words = ["treaty", "islands", "talks", "gas"]
    first = build_lexicon(read_sources(**paths(annotations)), words)
    head, *rows = (annotations / "names.tsv").read_text().splitlines()
    (annotations / "names.tsv").write_text("\n".join([head, *rows[::-1]]) + "\n")
    second = build_lexicon(read_sources(**paths(annotations)), words[::-1])
    assert first.tokens == second.tokens
    assert first.symbols == second.symbols
    for one, other in zip(first.names, second.names, strict=True):
        assert np.array_equal(one, other)


def test_every_packaged_name_folds_to_its_group(
    packaged: Lexicon, read: Callable[[list[str]], Stream]
) -> None:
    names = read_sources(**paths(annotations_folder())).names
    stream = read(list(names))
    # A name alone is one position and a boundary.
    assert np.diff(stream.marks).tolist() == [2] * len(names)
    groups = [packaged.tokens[i] for i in stream.token[stream.marks[1:] - 1]]
    assert groups == ["@" + group for group in names.values()]


def test_every_packaged_cue_is_found_in_its_own_words(
    read: Callable[[list[str]], Stream],
) -> None:
    cues = read_sources(**paths(annotations_folder())).cues
    texts = [re.sub(r"\bone's", "their", entry.expression) for entry in cues]
    stream = read(texts)
    owner = stream.texts()[stream.cue_start - 1]
    found: dict[int, list[int]] = {}
    for text, cue in zip(owner.tolist(), stream.cue.tolist(), strict=True):
        found.setdefault(text, []).append(cue)
    lost = [
        entry.expression
        for i, entry in enumerate(cues)
        if not any(cues[cue].sign == entry.sign for cue in found.get(i, []))
    ]
    assert not lost


def test_packaged_names_have_one_group_each() -> None:
    lines = (annotations_folder() / "names.tsv").read_text(encoding="utf-8").splitlines()[1:]
    groups: dict[tuple[str, ...], set[str]] = {}
    for line in lines:
        name, group = line.split("\t")
        groups.setdefault(tuple(sequence(name)), set()).add(group)
    assert not {name: found for name, found in groups.items() if len(found) > 1}


def test_lexicon_entries_are_written_as_they_are_read() -> None:
    sources = read_sources(**paths(annotations_folder()))
    entries = [*sources.names, *(cue.expression for cue in sources.cues)]
    assert not [entry for entry in entries if entry != " ".join(entry.lower().split())]
