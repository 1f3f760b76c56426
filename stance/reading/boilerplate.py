"""Which blocks belong to the page (credits, prompts, links) and not to the text."""

import re
from collections.abc import Sequence
from dataclasses import replace

from stance.reading.layout import Block
from stance.reading.lexicon import boilerplate, given_names
from stance.text import fold

_NAME = r"[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){1,3}"
_BYLINE = re.compile(
    r"(?:[Bb]y|BY|[Ss]tory by|[Ww]ritten by|[Ff]rom) "
    rf"(?P<names>{_NAME}(?:(?:, | and |, and ){_NAME}){{0,4}})"
    r"(?:[,|·•—–-].{0,60})?"
)
_NAMES = re.compile(rf"{_NAME}(?:(?:, | and |, and ){_NAME}){{0,4}}")
_BIOGRAPHY = re.compile(
    rf"(?:(?:Dr|Prof|Mr|Ms|Mrs)\.? )?(?P<name>{_NAME})(?:, [^.]{{3,80}},)? "
    r"(?:is|was|are|were|has been|teaches|writes|covers|reports|works|served|serves|lives"
    r"|contributed)\b"
)
_LONGEST = 400


def mark_boilerplate(text: str, blocks: Sequence[Block]) -> list[Block]:
    """Name the kind of boilerplate on the blocks that are such."""
    marked = [
        replace(block, boilerplate=_reason(text[block.start : block.end])) for block in blocks
    ]
    authors = _authors(text, marked)
    marked = [_with_byline(text, block, authors) for block in marked]
    return _with_tail(text, marked, authors)


def _reason(line: str) -> str:
    if not any(char.isalnum() for char in line):
        return "ornament"
    if len(line) > _LONGEST:
        return ""
    for reason, pattern in boilerplate():
        if pattern.search(line):
            return reason
    return ""


def authors_of(text: str, blocks: Sequence[Block]) -> list[str]:
    """Names in the byline of a text."""
    names: list[str] = []
    for block in blocks[:8]:
        match = _BYLINE.fullmatch(text[block.start : block.end])
        if match:
            names += re.split(r", and | and |, ", match["names"])
    return names


def _authors(text: str, blocks: Sequence[Block]) -> frozenset[str]:
    names = authors_of(text, blocks)
    for block in blocks[1:6]:
        line = text[block.start : block.end]
        if _NAMES.fullmatch(line) and _has_given_name(line):
            names += re.split(r", and | and |, ", line)
    return frozenset(names)


def _has_given_name(line: str) -> bool:
    return any(fold(word) in given_names() for word in re.split(r"\W+", line))


def _with_byline(text: str, block: Block, authors: frozenset[str]) -> Block:
    line = text[block.start : block.end]
    if block.boilerplate:
        return block
    if _BYLINE.fullmatch(line) and not line.endswith((".", "?", "!")):
        return replace(block, boilerplate="byline")
    if _NAMES.fullmatch(line) and any(
        name in authors for name in re.split(r", and | and |, ", line)
    ):
        return replace(block, boilerplate="byline")
    return block


def _with_tail(text: str, blocks: Sequence[Block], authors: frozenset[str]) -> list[Block]:
    """Mark, from the end, biographies, signatures and stray lines between boilerplate."""
    marked = list(blocks)
    kept = len(marked)
    while kept > 1:
        block = marked[kept - 1]
        line = text[block.start : block.end]
        if not block.boilerplate:
            reason = _tail_reason(line, marked[kept:], marked[max(0, kept - 3) : kept - 1], authors)
            if not reason:
                break
            marked[kept - 1] = replace(block, boilerplate=reason)
        kept -= 1
    return marked


def _tail_reason(
    line: str, after: Sequence[Block], before: Sequence[Block], authors: frozenset[str]
) -> str:
    match = _BIOGRAPHY.match(line)
    if match and (match["name"] in authors or any(b.boilerplate == "biography" for b in before)):
        return "biography"
    if (
        match
        and after
        and re.search(
            r"\b(?:author|fellow|professor|columnist|editor|writer|correspondent|reporter|director|lecturer)\b",
            line,
        )
    ):
        return "biography"
    short = len(line) < 60 and not line.rstrip("\"'”’)").endswith((".", "?", "!"))
    if short and any(block.boilerplate == "letter" for block in before):
        return "letter"
    return ""
