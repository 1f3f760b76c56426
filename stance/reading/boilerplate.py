"""Which blocks belong to the page (credits, prompts, links) and not to the text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from stance.reading.layout import Block
from stance.reading.lexicon import asides, boilerplate, given_names, is_address, reason_of, word_set
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
_PARTS_OF_ADDRESS = re.compile(r"[\w.'’-]+")
_CLOSING_BRACKET = re.compile(r"(?<=\s)\([^()]+\)\W*$")
_LONGEST = 400
_LONGEST_LINK = 100
_LONGEST_TEASER = 60


def mark_boilerplate(text: str, blocks: Sequence[Block]) -> list[Block]:
    """Name the kind of boilerplate on the blocks that are such."""
    marked = [
        replace(block, boilerplate=_reason(text[block.start : block.end])) for block in blocks
    ]
    marked = list(_with_links(text, marked))
    authors = _authors(text, marked)
    marked = [_with_byline(text, block, authors) for block in marked]
    return _with_tail(text, marked, authors)


def closing_aside(sentence: str) -> tuple[int, str]:
    """Where in a sentence an aside that closes it begins, and what kind of boilerplate it is.

    Without one, the end of the sentence and no kind.

    Examples
    --------
    >>> closing_aside("Thank you. (Applause.)")
    (11, 'direction')
    >>> closing_aside("Thank you.")
    (10, '')
    """
    reason = reason_of(asides(), sentence)
    if reason:
        return 0, reason
    match = _CLOSING_BRACKET.search(sentence)
    reason = reason_of(asides(), match.group()) if match else ""
    return (match.start(), reason) if match and reason else (len(sentence), "")


def _reason(line: str) -> str:
    if not any(char.isalnum() for char in line):
        return "ornament"
    if len(line) > _LONGEST:
        return ""
    return "salutation" if _is_salutation(line) else reason_of(boilerplate(), line)


def _is_salutation(line: str) -> bool:
    """Whether a line does nothing but address someone ("Mr. Speaker, dear friends,")."""
    if not line.endswith((",", "!")):
        return False
    words = _PARTS_OF_ADDRESS.findall(line)
    lowers = [fold(word).rstrip(".") for word in words]
    known = word_set("before address") | word_set("addressed") | word_set("within address")
    return is_address(lowers) and all(
        lower in known or word[0].isupper() for word, lower in zip(words, lowers, strict=True)
    )


def _with_links(text: str, blocks: Sequence[Block]) -> Iterator[Block]:
    """Mark headings such as "Related stories" and the short lines under them, up to a turn."""
    heading: Block | None = None
    for block in blocks:
        if block.boilerplate == "links":
            heading = block
        elif heading and not (_may_be_link(text, block) and block.speaker == heading.speaker):
            heading = None
        linked = heading is not None and block.boilerplate in ("", "links")
        yield replace(block, boilerplate="prompt") if linked else block


def _may_be_link(text: str, block: Block) -> bool:
    """Whether a line is too short for a paragraph; a full stop makes it one sooner."""
    line = text[block.start : block.end]
    stopped = line.rstrip("\"'”’)").endswith(".")
    return len(line) <= (_LONGEST_TEASER if stopped else _LONGEST_LINK)


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
