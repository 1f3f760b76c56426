"""Mechanical repairs: what needs no judgement to be put right."""

import csv
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from stance.annotations import comparable, find_parts, refuse_half_characters
from stance.errors import AnnotationError
from stance.labels import LABELS
from stance.rows import Row, delimiter_of, parse_json_row, read_lines, row_format
from stance.workbench.files import json_line, replace_file, table_cell, table_text

_JOINERS = "\u200c\u200d"
_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_RUN = re.compile(r"^\s+|\s+$| {2,}")
_KNOWN = frozenset(label.value for label in LABELS)


def flaws(row: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Kind, field and description of each mechanical flaw of a row."""
    text = row.get("text")
    if isinstance(text, str):
        yield from ((kind, "text", described) for kind, described in _text_flaws(text))
    for name, value in _labels(row):
        if value not in _KNOWN and value.strip().lower() in _KNOWN:
            yield "label-spelling", name, f"'{value}' for '{value.strip().lower()}'"


def clean_text(text: str) -> str:
    r"""Text without control characters, in normal form C, with single spaces.

    Examples
    --------
    >>> clean_text(" Talks\u200b  resumed.\n")
    'Talks resumed.'
    """
    return _single_spaces(unicodedata.normalize("NFC", _without_controls(text)))


def clean_row(row: Row) -> Row:
    """The row with its mechanical flaws mended."""
    better = dict(row)
    if isinstance(row.get("text"), str):
        better["text"] = clean_text(row["text"])
    for name, value in _labels(row):
        plain = value.strip().lower()
        if plain in _KNOWN:
            if name == "label":
                better["label"] = plain
            else:
                annotator = name.removeprefix("labels.")
                better["labels"] = {**better["labels"], annotator: plain}
    return better


def mend_annotations(path: Path | str) -> dict[Path, Counter[str]]:
    """Mend a file, or the parts of a folder, in place; each file is replaced whole or not at all.

    Control characters, normal form, white space and the spelling of labels are mended, and later
    copies of a sentence with the same label deleted. Lines of JSONL without a flaw stay as they
    are; a table with a flaw is quoted anew throughout, its rows ended by line feeds.

    Returns
    -------
    dict
        For each file what was mended, and how often.

    Raises
    ------
    AnnotationError
        A file that cannot be read.
    """
    return {part: _mend_file(part) for part in find_parts(Path(path))}


def _mend_file(path: Path) -> Counter[str]:
    done: Counter[str] = Counter()
    seen: dict[str, str] = {}
    mend = _mend_lines if row_format(path) == ".jsonl" else _mend_table
    text = mend(path, done, seen)
    if done:
        replace_file(path, text)
    return done


def _mend_lines(path: Path, done: Counter[str], seen: dict[str, str]) -> str:
    kept = []
    for number, line in enumerate(read_lines(path), start=1):
        try:
            row = parse_json_row(line, path, number)
            refuse_half_characters(json_line(row), path, number)
        except AnnotationError:
            kept.append(line)
            continue
        better = _mend_row(row, done, seen)
        if better is not None:
            kept.append(line if better == row else json_line(better))
    return "".join(kept)


def _mend_table(path: Path, done: Counter[str], seen: dict[str, str]) -> str:
    text = list(read_lines(path))
    delimiter = delimiter_of(row_format(path), text[0] if text else "")
    try:
        header, *table = csv.reader(text, delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        return ""
    if len(set(header)) < len(header):
        return ""
    lines = [header]
    for cells in table:
        whole = len(cells) == len(header)
        better = _mend_cells(dict(zip(header, cells, strict=True)), done, seen) if whole else cells
        if better is not None:
            lines.append(better)
    return table_text(lines, delimiter)


def _mend_cells(
    fields: dict[str, str], done: Counter[str], seen: dict[str, str]
) -> list[str] | None:
    row: Row = {name: fields[name] for name in ("text", "label", "labels") if name in fields}
    # What is no JSON is left for the check to tell of.
    with suppress(KeyError, ValueError, RecursionError):
        row["labels"] = json.loads(fields["labels"])
    better = _mend_row(row, done, seen)
    if better is None:
        return None
    changed = [name for name in row if better[name] != row[name]]
    return list((fields | {name: table_cell(name, better[name]) for name in changed}).values())


def _mend_row(row: Row, done: Counter[str], seen: dict[str, str]) -> Row | None:
    better = clean_row(row)
    text = better.get("text")
    if isinstance(text, str) and text:
        label = json.dumps(better.get("label"))
        key = comparable(text)
        if seen.get(key) == label:
            done["duplicate"] += 1
            return None
        seen.setdefault(key, label)
    done.update(kind for kind, _, _ in flaws(row))
    return better


def _text_flaws(text: str) -> Iterator[tuple[str, str]]:
    bare = _without_controls(text)
    composed = unicodedata.normalize("NFC", bare)
    if bare != text:
        codes = sorted({f"U+{ord(char):04X}" for char in text if _is_control(char)})
        yield "control-character", f"holds {', '.join(codes)}"
    if composed != bare:
        yield "normal-form", "not in normal form C"
    if _single_spaces(composed) != composed:
        yield "white-space", "white space at an end, or more than one space"


def _labels(row: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    label, votes = row.get("label"), row.get("labels")
    if isinstance(label, str):
        yield "label", label
    if isinstance(votes, dict):
        yield from ((f"labels.{k}", vote) for k, vote in votes.items() if isinstance(vote, str))


def _is_control(char: str) -> bool:
    return char in _SPACES or (unicodedata.category(char) in ("Cc", "Cf") and char not in _JOINERS)


def _without_controls(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join((" " if c in _SPACES else "") if _is_control(c) else c for c in text)


def _single_spaces(text: str) -> str:
    return _RUN.sub(lambda run: " " if run.start() and run.end() < len(text) else "", text)
