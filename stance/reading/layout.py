"""The lines of a text: what is a paragraph, a heading, a bullet, a turn of a speaker."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stance.reading.labels import label_at, possible_labels, speaker_labels
from stance.reading.lexicon import boilerplate, reason_of


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text that no statement crosses: a paragraph, a heading, an item of a list.

    Attributes
    ----------
    start, end : int
        Span of characters, without bullets, speaker labels and surrounding white space.
    paragraph : int
        Number of the block.
    speaker : str
        Speaker label in force, empty where there is none.
    boilerplate : str
        What kind of boilerplate it is; empty for text.
    """

    start: int
    end: int
    paragraph: int
    speaker: str = ""
    boilerplate: str = ""


_LINE = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_BLANK_BETWEEN = re.compile(
    r"(?:\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])\s*?(?:\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])"
)
_BULLET = re.compile(
    r"\s*(?:[-*+•‣▪◦·●■►–—]\s+|\#{1,6}\s+|>\s+|\(?\d{1,3}[.)]\s+(?=\S)|\([a-z]\)\s+|\d{1,3}/\d{0,3}\s+)+"
)
_DATELINE = re.compile(
    r"(?:[A-Z][A-Z.'’-]{2,}(?:[ /-][A-Z][A-Z.'’-]+)*(?:, [A-Z][\w.]+(?: [A-Z][\w.]+)?)?"
    r"(?:,? [A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?)?(?: ?\([^()\n]{2,40}\))?"
    r"|[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){0,2}(?:, [A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?)?"
    r" ?\((?:Reuters|AP|AFP|Kyodo|Jiji|TASS|Interfax|Bloomberg|UPI|Sputnik)[^()\n]{0,30}\))"
    r"\s+(?:—|–|--|-)\s+(?=\S)"
)
_ENDS = re.compile(r"[.!?…:;][\"'”’»)\]]*\s*$")
_WIDEST_WRAP = 120
_NARROWEST_WRAP = 40
_RAGGED = 0.8


@dataclass(slots=True)
class _Line:
    start: int
    end: int
    gap: bool
    """Whether a blank line stands before it."""


def split_blocks(text: str) -> list[Block]:
    """Divide a text into blocks, joining the lines of wrapped paragraphs."""
    lines = list(_lines(text))
    labels = _labels(text, lines)
    blocks: list[Block] = []
    speaker = ""
    for first, last in _paragraphs(text, lines, labels):
        start = _after_bullet(text, first.start, last.end)
        label = label_at(text, start, first.end, labels)
        if label:
            speaker, start = label
        start = _after_dateline(text, start, last.end)
        while start < last.end and text[start].isspace():
            start += 1
        if start < last.end:
            blocks.append(Block(start, last.end, len(blocks), speaker))
    return blocks


def _labels(text: str, lines: Sequence[_Line]) -> frozenset[str]:
    possible = possible_labels(text, [(line.start, line.end) for line in lines])
    if not possible:
        return frozenset()
    paragraphs = _paragraphs(text, lines, possible)
    return speaker_labels(text, [(first.start, first.end) for first, _ in paragraphs])


def _lines(text: str) -> Iterator[_Line]:
    before = 0
    for match in _LINE.finditer(text):
        content = match.group()
        stripped = content.strip()
        if not stripped:
            continue
        start = match.start() + len(content) - len(content.lstrip())
        gap = bool(_BLANK_BETWEEN.search(text, before, start))
        before = start + len(stripped)
        yield _Line(start, before, gap)


def _paragraphs(
    text: str, lines: Sequence[_Line], labels: frozenset[str]
) -> Iterator[tuple[_Line, _Line]]:
    width = _wrap_width(text, lines)
    first: _Line | None = None
    last: _Line | None = None
    for line in lines:
        if first is None or last is None:
            first = last = line
        elif _goes_on(text, last, line, width, labels):
            last = line
        else:
            yield first, last
            first = last = line
    if first is not None and last is not None:
        yield first, last


def _wrap_width(text: str, lines: Sequence[_Line]) -> int:
    """Column at which lines are wrapped; 0 if lines are not."""
    pairs = [(before, after) for before, after in pairwise(lines) if not after.gap]
    longest = max((before.end - before.start for before, _ in pairs), default=0)
    broken = sum(_is_broken(text, before, after) for before, after in pairs)
    if not _NARROWEST_WRAP <= longest <= _WIDEST_WRAP or broken * 4 < len(pairs):
        return 0
    return longest


def _is_broken(text: str, before: _Line, after: _Line) -> bool:
    """Whether a sentence plainly runs over the end of the line."""
    return text[after.start].islower() and not _ENDS.search(text, before.start, before.end)


def _goes_on(text: str, before: _Line, after: _Line, width: int, labels: frozenset[str]) -> bool:
    """Whether a line was wrapped here: its next word would hardly have fitted."""
    if not width or after.gap or _BULLET.match(text, after.start, after.end):
        return False
    if label_at(text, after.start, after.end, labels) or _is_aside(text, before, after):
        return False
    word = len(text[after.start : after.end].split(maxsplit=1)[0])
    return before.end - before.start + 1 + word > width * _RAGGED


def _is_aside(text: str, before: _Line, after: _Line) -> bool:
    """Whether boilerplate follows a finished sentence."""
    ended = _ENDS.search(text, before.start, before.end)
    return bool(ended and reason_of(boilerplate(), text[after.start : after.end]))


def _after_bullet(text: str, start: int, end: int) -> int:
    match = _BULLET.match(text, start, end)
    return match.end() if match and match.end() < end else start


def _after_dateline(text: str, start: int, end: int) -> int:
    match = _DATELINE.match(text, start, end)
    return match.end() if match and match.end() < end else start
