"""Which stretches of a text stand between quotation marks, across sentences and paragraphs."""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stance.reading.segmentation import Segment

_OPENING = {"“": "”", "„": "”", "«": "»", "‟": "”", "‹": "›"}
_NOWHERE = (sys.maxsize, sys.maxsize)
_STOPS = ",.?!…—–-"
_TYPED_OPENING = r"(?:(?<=[\s(\[—–])|^)'(?=[^\W\d_])(?!(?:em|tis|twas|til|cause|bout|n)\b)"
_TYPED_SINGLE = re.compile(
    rf"{_TYPED_OPENING}(?P<quoted>(?:(?!{_TYPED_OPENING}|\n\s*\n).)*?[,.?!…])'(?!\w)",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quotation:
    """The quoted parts of one statement.

    Attributes
    ----------
    spans : tuple of (int, int)
        Spans of the statement between quotation marks, the marks included.
    begun_before : bool
        Whether the statement begins inside a quotation.
    goes_on : bool
        Whether the quotation is still open where the statement ends.
    resumed : bool
        Whether the statement opens a paragraph that continues the quotation of the one before.
    """

    spans: tuple[tuple[int, int], ...]
    begun_before: bool
    goes_on: bool
    resumed: bool

    def covers(self, positions: Sequence[int]) -> list[bool]:
        """For each of some ascending positions of the statement, whether it is quoted."""
        found: list[bool] = []
        spans = iter(self.spans)
        start, end = next(spans, _NOWHERE)
        for position in positions:
            while position >= end:
                start, end = next(spans, _NOWHERE)
            found.append(start <= position)
        return found


def quotations(text: str, segments: Sequence[Segment]) -> list[Quotation]:
    """The quotations in each statement of a text, in order."""
    return list(_walk(_with_single_marks(text), segments, _single_marks(text)))


def _single_marks(text: str) -> bool:
    """Whether a text quotes with single marks, as British papers do."""
    return not any(mark in text for mark in '“"«') and (
        text[:1] == "‘" or " ‘" in text or "\n‘" in text
    )


def _with_single_marks(text: str) -> str:
    """A text with the typewriter's single quotation marks told from apostrophes.

    Only a mark before a word counts, with a closing one behind a comma or stop. Both become
    angular marks, one character for one, so that offsets stay.
    """
    return _TYPED_SINGLE.sub(lambda match: f"‹{match['quoted']}›", text)


def _walk(text: str, segments: Sequence[Segment], single: bool) -> Iterator[Quotation]:
    awaited = ""
    paragraph = -1
    for segment in segments:
        resumed = False
        if segment.paragraph != paragraph:
            resumed = bool(awaited) and text[segment.start] in _marks(single)
            paragraph, awaited = segment.paragraph, ""
        begun = bool(awaited)
        spans: list[tuple[int, int]] = []
        opened = 0
        for position in range(segment.start, segment.end):
            char = text[position]
            if awaited:
                if _closes(text, position, awaited):
                    spans.append((opened, position + 1 - segment.start))
                    awaited = ""
            elif closing := _opens(text, position, char, single):
                opened, awaited = position - segment.start, closing
        if awaited:
            spans.append((opened, segment.end - segment.start))
        yield Quotation(tuple(spans), begun, bool(awaited), resumed)


def _marks(single: bool) -> str:
    return '“"«„‟‘' if single else '“"«„‟'


def _opens(text: str, position: int, char: str, single: bool) -> str:
    if char in _OPENING:
        return _OPENING[char]
    free = position == 0 or not text[position - 1].isalnum()
    if char == '"' and free:
        return '"'
    return "’" if single and char == "‘" and free else ""


def _closes(text: str, position: int, awaited: str) -> bool:
    char = text[position]
    if awaited == "’":
        return char == "’" and not text[position + 1 : position + 2].isalnum()
    return char == awaited or (awaited == "”" and char == "“" and text[position - 1] in _STOPS)
