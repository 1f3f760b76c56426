"""Labels of speakers: the names before a colon that begin the turns of a transcript."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from stance.reading.cast import is_leader, strip_titles
from stance.reading.lexicon import given_names, groups, people, roles, starters, word_set
from stance.reading.words import Word, words_of
from stance.text import fold

Span = tuple[int, int]

_LABEL = re.compile(
    r"(?P<name>(?:[A-Z][\w.'’-]*|de|von|van|of|the|for|and)"
    r"(?: (?:[A-Z][\w.,'’-]*|de|von|van|of|the|for|and|\d)){0,7})"
    r"(?: ?[(\[][^)\]\n]{1,40}[)\]])?\s?:(?:\s+(?=\S)|\s*$)"
)
_QUESTION = re.compile(r"(?P<name>[QA])(?:[.:]|\s?[-–—])\s+(?=\S)")
_KNOWN_LABEL = re.compile(
    r"(?:Q|A|(?:the )?(?:question|answer|moderator|interviewer|interviewee|host|press"
    r"|reporter|journalist|president|chair|chairman|interpreter|speaker|operator"
    r"|correspondent)s?)(?: \d{1,2})?",
    re.IGNORECASE,
)
_NOT_A_LABEL = re.compile(
    r"(?:note|update|photo|credit|source|contact|related|correction|opinion|analysis|summary|date|time|place|venue"
    r"|subject|re|from|to|cc|tags?|tel|fax|email|by|interview|reporting|editing|location|topic|part|chapter|figure|table)s?\b.*",
    re.IGNORECASE,
)
_LOWER_CASE = re.compile(r"\b[a-z]\w+")
_NAME_LINKS = frozenset({"de", "von", "van"})
_LONGEST_NAME = 5


class _Turn(NamedTuple):
    """How a paragraph begins: its label, empty where there is none."""

    label: str = ""
    alone: bool = False
    """Whether nothing stands beside the label."""
    opens: bool = True
    """Whether what is said begins like a sentence."""


def possible_labels(text: str, lines: Iterable[Span]) -> frozenset[str]:
    """Whatever stands before a colon at the beginning of a line."""
    return frozenset(_turn(text, *line).label for line in lines) - {""}


def speaker_labels(text: str, paragraphs: Iterable[Span]) -> frozenset[str]:
    """Labels that begin the turns of a transcript or interview; none in other texts.

    Parameters
    ----------
    text : str
    paragraphs : iterable of (int, int)
        Spans of the first line of each paragraph.
    """
    turns = _without_stray_letters([_turn(text, *span) for span in paragraphs])
    seen = Counter(turn.label for turn in turns if turn.label)
    times = _times_seen(seen)
    settled = {label for label in seen if _KNOWN_LABEL.fullmatch(label) or times[label] > 1}
    labels = settled | _in_runs(text, turns, settled)
    if labels:
        labels |= {label for label in seen if label.isupper() or _is_full_name(label)}
    return frozenset(labels) if _several(labels) else frozenset()


def label_at(text: str, start: int, end: int, labels: frozenset[str]) -> tuple[str, int] | None:
    """The label, of those given, that stands at a place, and where what is said begins."""
    match = _begin(text, start, end) if labels else None
    return (match["name"], match.end()) if match and match["name"] in labels else None


def words_of_label(label: str) -> list[Word]:
    """The titles and name in a label, not in capitals, without what follows a comma."""
    name = label.partition(",")[0]
    return words_of(name.title() if name.isupper() else name)


def name_and_titles(label: str) -> tuple[list[Word], list[Word]]:
    """The words of a label: those of the name, and the titles before it."""
    return strip_titles(words_of_label(label))


def is_role_label(label: str) -> bool:
    """Whether a label names what its speaker does ("Moderator") and not who that is."""
    return bool(_KNOWN_LABEL.fullmatch(label)) or fold(label) in roles()


def _begin(text: str, start: int, end: int) -> re.Match[str] | None:
    return _QUESTION.match(text, start, end) or _LABEL.match(text, start, end)


def _turn(text: str, start: int, end: int) -> _Turn:
    match = _begin(text, start, end)
    if match is None or _NOT_A_LABEL.fullmatch(match["name"]):
        return _Turn()
    alone = match.end() == end
    return _Turn(match["name"], alone, alone or not text[match.end()].islower())


def _without_stray_letters(turns: Sequence[_Turn]) -> list[_Turn]:
    """Take "Q" and "A" for labels only where there are both."""
    if {"Q", "A"} <= {turn.label for turn in turns}:
        return list(turns)
    return [_Turn() if turn.label in ("Q", "A") else turn for turn in turns]


def _times_seen(seen: Counter[str]) -> dict[str, int]:
    """How often each label's speaker is named, by surname or by fuller forms."""
    names = {label: _name(label) for label in seen}
    alike: Counter[tuple[str, ...]] = Counter()
    longer: Counter[tuple[str, ...]] = Counter()
    for label, name in names.items():
        alike[name] += seen[label]
        for ending in _endings(name):
            longer[ending] += seen[label]
    return {
        label: alike[name] + longer[name] + sum(alike[ending] for ending in _endings(name))
        for label, name in names.items()
    }


def _endings(name: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The shorter forms of a name, down to the surname."""
    return [name[cut:] for cut in range(1, len(name))]


def _name(label: str) -> tuple[str, ...]:
    """Folded words of the name in a label, without titles; the label itself where it has none."""
    words, _ = name_and_titles(label)
    named = bool(words) and not words[-1].text.isdigit()
    return tuple(word.lower for word in words) if named else (label,)


def _several(labels: Iterable[str]) -> bool:
    """Whether labels are those of two speakers at least."""
    names = {_name(label) for label in labels}
    fullest = max(names, key=len, default=())
    return not names <= {fullest, *_endings(fullest)}


def _in_runs(text: str, turns: Sequence[_Turn], settled: set[str]) -> set[str]:
    """Labels of paragraphs in a row that all begin with a name, one of them surely a speaker's."""
    common = frozenset(_LOWER_CASE.findall(text))
    found: set[str] = set()
    for run in _runs(turns, settled, common):
        labels = set(run)
        capitals = all(label.isupper() for label in labels)
        if capitals or any(label in settled or _is_full_name(label) for label in labels):
            found |= labels if _several(labels) else set()
    return found


def _runs(turns: Sequence[_Turn], settled: set[str], common: frozenset[str]) -> Iterator[list[str]]:
    """Labels of neighbouring paragraphs that each begin with one."""

    def labelled(turn: _Turn) -> bool:
        named = turn.opens and _may_be_name(turn.label, common)
        return named or (turn.label in settled and bool(_KNOWN_LABEL.fullmatch(turn.label)))

    own_line = [False, *(turn.alone for turn in turns)]
    begun = [turn for turn, after in zip(turns, own_line, strict=False) if turn.label or not after]
    for found, run in groupby(begun, labelled):
        if found:
            yield [turn.label for turn in run]


def _is_full_name(label: str) -> bool:
    """Whether a label is a person's beyond doubt: with a given name, a title, or well known."""
    if not _may_be_name(label, frozenset()):
        return False
    words, titles = name_and_titles(label)
    names = [word.lower for word in words]
    if not names:
        return False
    known = is_leader(names[-1]) or (len(names) > 1 and names[0] in given_names())
    return known or _have_office(titles)


def _have_office(titles: Sequence[Word]) -> bool:
    """Whether titles are a person's, and not words that also stand before things ("policy")."""
    lowers = [word.lower.rstrip(".") for word in titles]
    return any(lower in people() or lower in word_set("with stop") for lower in lowers)


def _may_be_name(label: str, common: frozenset[str]) -> bool:
    """Whether a label may be a person's name.

    Parameters
    ----------
    label : str
    common : frozenset of str
        Words that the text has in lower case.
    """
    name, titles = name_and_titles(label)
    if len(name) + len(titles) > _LONGEST_NAME or not (name or _have_office(titles)):
        return False
    return all(_is_name_word(word.text, common) for word in name)


def _is_name_word(word: str, common: frozenset[str]) -> bool:
    lower = fold(word)
    if word in _NAME_LINKS or is_leader(lower):
        return True
    barred = lower in starters() or lower in groups() or lower in common
    listed = lower in word_set("headings") or lower in word_set("words of bodies")
    return word[0].isupper() and not barred and not listed
