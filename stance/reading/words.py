"""Words of a statement with their class, on which the attribution patterns work."""

import re
from dataclasses import dataclass
from functools import cache

from stance.reading.lexicon import data_rows, groups, roles, starters, titles, word_set
from stance.text import fold

_TOKEN = re.compile(
    r"(?:[^\W\d_]\.){2,}|[^\W\d_]+n['’]t\b|@?[^\W\d_][\w]*(?:[-.&'’](?!(?:s|re|ve|ll|d|m)\b)[^\W_]\w*)*"
    r"|['’](?:s|re|ve|ll|d|m)\b|\d[\d.,]*\d|\d|\S"
)
_MARKS = {
    **dict.fromkeys('“”"„‟«»', "q"),
    **dict.fromkeys("—–-", "-"),
    **dict.fromkeys(".?!…", "."),
    **dict.fromkeys("([", "("),
    **dict.fromkeys(")]", ")"),
    ",": ",",
    ";": ";",
    ":": ":",
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word or mark.

    Attributes
    ----------
    text, start, end :
        As it stands, and its span in the statement.
    lower : str
        Folded form.
    kind : str
        Class, one character: ``n`` name, ``r`` role noun, ``d`` determiner, ``h`` pronoun, ``b``
        form of "be", ``a`` other auxiliary, ``i`` verb before an infinitive, ``T`` its "to", ``m``
        adverb, ``p`` preposition, ``c`` conjunction, ``k`` subordinator, ``e`` time, ``s``
        possessive, ``0`` number, ``q`` quotation mark, ``u`` other; marks stand for themselves.
    """

    text: str
    start: int
    end: int
    lower: str
    kind: str


@cache
def _classes() -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, words in data_rows("word_classes.tsv"):
        for word in words.split():
            found.setdefault(word, kind)
    return found


def words_of(text: str) -> list[Word]:
    """Words and marks of a statement."""
    found: list[Word] = []
    for match in _TOKEN.finditer(text):
        token, start, end = match.group(), match.start(), match.end()
        if token == "." and found and _takes_stop(found[-1], start):
            last = found.pop()
            found.append(Word(text[last.start : end], last.start, end, last.lower, last.kind))
            continue
        opening = all(word.kind in "q-(.:" for word in found[-1:])
        lower = fold(token)
        found.append(Word(token, start, end, lower, _kind(token, lower, opening)))
    return found


def _takes_stop(before: Word, start: int) -> bool:
    if before.end != start or before.kind != "n":
        return False
    return len(before.text) == 1 or before.lower in word_set("with stop")


def _kind(token: str, lower: str, opening: bool) -> str:
    if token in _MARKS:
        return _MARKS[token]
    if lower == "'s":
        return "s"
    listed = _classes().get(lower)
    if token[0].isdigit():
        return "0"
    if not (token[0].isalpha() or token[0] == "@"):
        return "'" if lower == "'" else "x"
    capital = token[0].isupper() or token[0] == "@"
    if listed == "e":
        return "e"
    if capital and not (opening and (listed or lower in starters())):
        if listed in ("d", "p", "c", "k", "h", "a", "m", "T", "b") and not token.isupper():
            return listed
        if opening and lower not in groups() and lower in roles():
            return "r"
        if listed == "h":
            return "h"
        return "n"
    if listed:
        return listed
    if lower in roles():
        return "r"
    if lower.endswith("ly") and len(lower) > 4:
        return "m"
    return "u"


def is_title(word: Word) -> bool:
    """Whether a word may stand before a person's name."""
    return word.lower.rstrip(".") in titles()
