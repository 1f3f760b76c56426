"""From a text to its statements and boilerplate, by exact character offsets."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from stance.reading.boilerplate import closing_aside, mark_boilerplate
from stance.reading.layout import Block, split_blocks
from stance.reading.lexicon import abbreviations, numbered, speech_verbs, starters, titles, units

if TYPE_CHECKING:
    from nltk.tokenize.punkt import PunktSentenceTokenizer


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a text that is one statement or one piece of boilerplate.

    Attributes
    ----------
    start, end : int
        Span of characters in the text.
    paragraph : int
        Number of the paragraph it stands in.
    speaker : str
        Speaker label of the turn it belongs to, as in transcripts; empty where there is none.
    boilerplate : str
        What kind of boilerplate it is; empty for a statement.
    """

    start: int
    end: int
    paragraph: int = 0
    speaker: str = ""
    boilerplate: str = ""


# One character for one, so that offsets stay: Punkt knows the typewriter's quotation marks only.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»", '"'),
        **dict.fromkeys("‘’‚‛", "'"),
        **dict.fromkeys("\u00a0\u2007\u202f\u2009\u3000", " "),
        "。": ".",
        "？": "?",
        "！": "!",
    }
)
_INITIALISM = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")
_EXCLAIMED = re.compile(r"(?:[?!…]|\.\.\.)[\"')\]]*$|[?!.…][\"']+$")
_QUESTION_QUOTED = re.compile(r"(?:[?!…]|\.\.\.)['\"]+$")
_MAYBE_END = re.compile(
    r"(?:…|\b(?P<unit>[a-zA-Z]{2,3})\.)[\"')\]]*\s+(?P<opening>[\"'(\[]*)(?=[^\W\d_])"
)
_NUMBER = re.compile(r"\d|[IVXLC]+\b")
_WORD = re.compile(r"[^\W\d_][\w'-]*")


def segment(text: str) -> list[Segment]:
    """Divide a text into statements and boilerplate, in order.

    What lies between is white space, bullets, speaker labels and datelines.

    Examples
    --------
    >>> [(s.start, s.end) for s in segment("Mr. Abe met Mr. Putin. They spoke.")]
    [(0, 22), (23, 34)]
    """
    blocks = mark_boilerplate(text, split_blocks(text))
    return [found for block in blocks for found in _statements(text, block)]


def _statements(text: str, block: Block) -> Iterator[Segment]:
    whole = Segment(block.start, block.end, block.paragraph, block.speaker, block.boilerplate)
    if block.boilerplate:
        yield whole
        return
    plain = text[block.start : block.end].translate(_PLAIN)
    for start, end in _sentences(plain):
        first, last = block.start + start, block.start + end
        kept, reason = closing_aside(text[first:last])
        stop = first + len(text[first : first + kept].rstrip())
        if kept:
            yield replace(whole, start=first, end=stop)
        if reason:
            yield replace(whole, start=first + kept, end=last, boilerplate=reason)


def _sentences(plain: str) -> list[tuple[int, int]]:
    spans = list(_punkt().span_tokenize(plain))
    divided = [part for span in spans for part in _divided(plain, *span)]
    joined: list[tuple[int, int]] = []
    for start, end in divided:
        if start == end:
            continue
        if joined and _belongs(plain[slice(*joined[-1])], plain[start:end]):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _divided(plain: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Split where Punkt sees no end: after an ellipsis character and after units ("$3 bn.")."""
    cuts = [start]
    for match in _MAYBE_END.finditer(plain, start, end):
        word = _WORD.match(plain, match.end())
        if word is None or not word.group()[0].isupper():
            continue
        if match["unit"] is None and word.group().lower() not in starters():
            continue
        if match["unit"] is None or match["unit"].lower() in units():
            cuts.append(match.end() - len(match["opening"]))
    for first, last in pairwise([*cuts, end]):
        yield first, first + len(plain[first:last].rstrip())


def _belongs(before: str, after: str) -> bool:
    """Whether Punkt cut a statement in two: an attribution, a lower-case rest, mere punctuation."""
    if not any(char.isalnum() for char in after) or _awaits(before, after):
        return True
    first = after.lstrip("\"'([ ")[:1]
    if first.islower() and not after.startswith(('"', "'", "(", "[")):
        return bool(_EXCLAIMED.search(before))
    return bool(_QUESTION_QUOTED.search(before)) and _is_attribution(after)


_ATTRIBUTION_GOES_ON = re.compile(
    r"\s*(?:[.,;:?!]|$|(?:in|at|on|to|of|during|after|with|me|us|him|her|them|reporters|over)\b)"
)


def _awaits(before: str, after: str) -> bool:
    """Whether the last word is a title, which a name follows, or counts what follows."""
    last = before.rsplit(maxsplit=1)[-1].strip("\"'([").lower()
    bare = last.removesuffix(".")
    if bare == last:
        return False
    if bare in titles() and bare in abbreviations():
        return True
    return bare in numbered() and bool(_NUMBER.match(after))


def _is_attribution(after: str) -> bool:
    words = after.split()[:6]
    for index, word in enumerate(words[1:], start=1):
        bare = word.rstrip(".,;:?!")
        if (bare,) in speech_verbs() and bare == bare.lower():
            rest = word[len(bare) :] + " " + " ".join(words[index + 1 : index + 2])
            return bool(_ATTRIBUTION_GOES_ON.match(rest.strip() or "."))
    return False


class _Orthography(defaultdict[str, int]):
    """Counts that asking does not change, so that threads can share them."""

    def __missing__(self, word: str) -> int:
        return 0


class _Abbreviations(set[str]):
    """The listed abbreviations and every initialism of single letters ("u.s", "d.p.r.k")."""

    def __contains__(self, word: object) -> bool:
        return super().__contains__(word) or bool(
            isinstance(word, str) and _INITIALISM.fullmatch(word)
        )


@cache
def _punkt() -> "PunktSentenceTokenizer":
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    # Punkt's code for "seen in lower case": with it, a capitalised form begins a sentence.
    lower_case = 2**4 | 2**5 | 2**6
    parameters = PunktParameters()
    parameters.abbrev_types = _Abbreviations(abbreviations())
    parameters.sent_starters = set(starters())
    parameters.ortho_context = _Orthography()
    for word in starters():
        if len(word) > 1 or word == "a":
            parameters.ortho_context[word] = lower_case
    return PunktSentenceTokenizer(parameters)
