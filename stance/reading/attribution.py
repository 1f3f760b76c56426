"""Who is said, within one statement, to say or to want something."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from stance.reading.analysis import Analysis
from stance.reading.grammar import agrees, depends_on_time, is_finite, is_participle
from stance.reading.lexicon import nouns, speech_verbs, word_set

Kind = Literal["speech", "attitude"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Attribution:
    """A party and what it is said to do; spans count words.

    Attributes
    ----------
    kind : {"speech", "attitude"}
    subject : tuple of int
        Span of the noun phrase that names the party.
    apposition : tuple of int
        Span of what stands beside it ("a former minister"); empty where there is nothing.
    start, end : int
        Span of the whole construction.
    closing : bool
        Whether it stands after what is said ("..., he said").
    """

    kind: Kind
    subject: Span
    apposition: Span
    start: int
    end: int
    closing: bool = False


# Patterns over the classes of words: see `stance.reading.words.Word` and `Analysis`.
_NAMED = r"[nr](?:[nr]|s[nrum]{0,2}?(?=[nr]))*"
_DETERMINED = r"d+[unrm0]{0,4}?[nr](?:[nr]|s[urn]{0,2}?(?=[nr]))*"
_BARE_PLURAL = r"(?<![^,q:;(.\-ck])u{1,2}r+"
_SOME_OF = r"dpd*[unr]{1,3}"
_PLAIN = rf"(?:{_DETERMINED}|(?<!u){_NAMED}|{_BARE_PLURAL}|{_SOME_OF})"
_ATTACHED = r"(?:p(?:d*[unr0]{0,3}[unr](?:s[unr]{0,2}[unr])?(?:,?c?[nr]+)?|e+0?))"
_PHRASE = rf"(?:{_PLAIN}{_ATTACHED}{{0,3}}(?:c{_PLAIN}{_ATTACHED}{{0,2}})?)"
_SUBJECT = rf"(?P<subject>h|{_PHRASE}|d)"
_RESTRICTION = r"(?:(?<=r)(?:u[updnrme0s]{0,8}?|k[^,q:;.Q]{1,14}?|j[^,q:;.Q]{1,8}?))?"
_APPOSITION = r"(?P<apposition>(?:\([^()]{1,12}\))?(?:,[^,q:;]{1,24}(?:,[^,q:;]{1,16}){0,2},)?)"
_BEFORE_VERB = r"(?P<auxiliary>[ambe]*(?:[iaVW]m*T)?m*)"
_CLAUSE = re.compile(
    rf"(?<![pnrdsT@]){_SUBJECT}{_RESTRICTION}{_APPOSITION}{_BEFORE_VERB}(?P<verb>[VWJ])"
)
_INVERTED = re.compile(rf"(?<=[,qQ\-.])m*(?P<verb>V){_SUBJECT}")
_AFTERTHOUGHT = re.compile(r",[^,q:;Q]{1,16}")
_PARTY = re.compile(_PHRASE)
_POSSESSED = re.compile(r"(?P<subject>d?[unr]{0,3}[nr])s[ummJ]{0,2}|(?P<pronoun>d)[umJ]{0,2}")
_SECOND = re.compile(r"c(?P<auxiliary>[amb]*(?:im*T)?m*)(?P<verb>[VWJ])")
_ENDS_AFTER = re.compile(r"(?:[\]xu]{0,4}|[mTphdnrue0s]{0,9}|[,mu]{0,3})(?:[.,;:q\-)]|$)")
_STOPS = re.compile(r"[.;]|$")
_ADVERBIAL = re.compile(r"[pkme]")
_LONG_ADVERBIAL = 12
_SHORT_ADVERBIAL = 3


def attributions(analysis: Analysis) -> list[Attribution]:
    """Attributions outside quotation marks, in order."""
    found = [*_clauses(analysis), *_phrases(analysis)]
    taken = {item.end for item in found}
    found += [item for item in _inverted(analysis) if item.end not in taken]
    return sorted(found, key=lambda item: item.start)


def second_predicate(analysis: Analysis) -> tuple[int, Kind] | None:
    """Place and kind of a coordinated predicate without a subject of its own."""
    for match in _SECOND.finditer(analysis.masked):
        verb = analysis.words[match.start("verb")].lower
        if is_finite(verb, match["verb"], match["auxiliary"]):
            return match.start(), "speech" if match["verb"] == "V" else "attitude"
    return None


def _clauses(analysis: Analysis) -> Iterator[Attribution]:
    """Find "X, a former minister, said"."""
    masked, position = analysis.masked, 0
    while match := _CLAUSE.search(masked, position):
        position = match.start() + 1
        verb = match.start("verb")
        if not agrees(analysis, match) or depends_on_time(analysis, match.start()):
            continue
        position = match.end()
        kind: Kind = "speech" if match["verb"] == "V" else "attitude"
        end = analysis.verb_end(verb)
        if is_participle(analysis, verb):
            continue
        closing = kind == "speech" and _closes(masked, match.start(), end)
        if kind == "speech" and not (closing or _reports(analysis, match.start(), verb)):
            continue
        spans = match.span("subject"), match.span("apposition")
        yield Attribution(kind, *spans, match.start(), end, closing)


def _closes(masked: str, start: int, end: int) -> bool:
    """Whether an attribution follows what is said and nothing that is said follows it."""
    if not start or masked[start - 1] not in ",qQ-" or not _ENDS_AFTER.match(masked, end):
        return False
    before = masked[: start - 1]
    if masked[start - 1] != "," or "Q" in before or "q" in before:
        return True
    # What stands before the comma must be a sentence of its own and not an adverbial.
    return len(before) > (_LONG_ADVERBIAL if _ADVERBIAL.match(before) else _SHORT_ADVERBIAL)


def _reports(analysis: Analysis, start: int, verb: int) -> bool:
    """Whether a verb of saying has something that is said."""
    masked, end = analysis.masked, analysis.verb_end(verb)
    if _STOPS.match(masked, end):
        return False
    if speech_verbs().get(analysis.expression(verb)) != "quote":
        return True
    return "Q" in masked[max(0, start - 2) : start] or "Q" in masked[end : end + 3]


def _inverted(analysis: Analysis) -> Iterator[Attribution]:
    """Find "said X, a former minister" after a quotation."""
    masked = analysis.masked
    for match in _INVERTED.finditer(masked):
        if "Q" in masked[: match.start()]:
            beside = _AFTERTHOUGHT.match(masked, match.end())
            apposition = beside.span() if beside else (match.end(), match.end())
            end = analysis.verb_end(match.start("verb"))
            yield Attribution("speech", match.span("subject"), apposition, match.start(), end, True)


def _phrases(analysis: Analysis) -> Iterator[Attribution]:
    """Attributions without a verb of their own."""
    for index, word in enumerate(analysis.words):
        if analysis.quoted[index]:
            continue
        yield from _according_to(analysis, index)
        if word.lower in ("in", "to", "from"):
            yield from _possessed(analysis, index, index + 1)
        elif index == 0 or word.lower == "but":
            yield from _possessed(analysis, index, index)
    yield from _for_whom(analysis)


def _according_to(analysis: Analysis, index: int) -> Iterator[Attribution]:
    """Find "according to X" and "in the words of X"."""
    lowers = analysis.lowers(index, index + 4)
    if lowers[:2] == ("according", "to"):
        yield from _of_party(analysis, "speech", index, index + 2)
    elif len(lowers) == 4 and lowers[:2] == ("in", "the") and lowers[3] == "of":
        kind = nouns().get(lowers[2])
        if kind == "speech":
            yield from _of_party(analysis, "speech", index, index + 4)
        elif kind == "attitude":
            yield from _of_party(analysis, "attitude", index, index + 4)


def _for_whom(analysis: Analysis) -> Iterator[Attribution]:
    """Find "To X, ..." and "For X, the reason is ..." at the beginning."""
    if not analysis.words or analysis.words[0].lower not in ("to", "for") or analysis.quoted[0]:
        return
    for item in _of_party(analysis, "attitude", 0, 1):
        named = any(lower in nouns() for lower in analysis.lowers(item.end, item.end + 6))
        to = analysis.words[0].lower == "to"
        if analysis.masked[item.end : item.end + 1] == "," and (to or named):
            yield item


def _of_party(analysis: Analysis, kind: Kind, start: int, index: int) -> Iterator[Attribution]:
    match = _PARTY.match(analysis.masked, index)
    if match:
        end = match.end()
        yield Attribution(kind, match.span(), (end, end), start, end, True)


def _possessed(analysis: Analysis, start: int, index: int) -> Iterator[Attribution]:
    """Find a possessor and the noun for its view: "Tokyo's fear is", "in her view"."""
    match = _POSSESSED.match(analysis.masked, index)
    if match is None:
        return
    within = range(match.end(), max(index, match.end() - 3), -1)
    known = (stop for stop in within if _is_view(analysis, stop))
    noun = next(known, None)
    if noun is None or (match["pronoun"] and analysis.words[index].lower not in _POSSESSIVES):
        return
    lower = analysis.words[noun].lower
    leading = start < index
    if leading and lower not in word_set("opening views"):
        return
    if not leading and analysis.masked[noun + 1 : noun + 2] != "b":
        return
    spoken = nouns()[lower] == "speech" or (leading and lower in ("view", "opinion"))
    subject = match.span("subject" if match["subject"] else "pronoun")
    kind: Kind = "speech" if spoken else "attitude"
    yield Attribution(kind, subject, (noun, noun), start, noun + 1, leading)


_POSSESSIVES = frozenset({"his", "her", "their"})


def _is_view(analysis: Analysis, index: int) -> bool:
    found = [nouns().get(lower) for lower in analysis.lowers(index, index + 1)]
    return found in (["speech"], ["attitude"])
