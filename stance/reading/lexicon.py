"""The word lists that reading works with, each loaded once."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from stance.inflection import lemmas, regular_forms
from stance.lexicon import read_sources
from stance.resources import annotations_folder
from stance.text import fold

Patterns = tuple[tuple[str, re.Pattern[str]], ...]

_DATA = Path(__file__).parent / "data"


def data_file(name: str) -> Path:
    """A data file of the reading package."""
    return _DATA / name


def _words(name: str) -> Iterator[str]:
    return iter(data_file(name).read_text(encoding="utf-8").split())


def data_rows(name: str) -> Iterator[list[str]]:
    """Rows of a tab-separated data file, without the names of the columns."""
    lines = data_file(name).read_text(encoding="utf-8").splitlines()[1:]
    return (line.split("\t") for line in lines if line)


@cache
def abbreviations() -> frozenset[str]:
    """Abbreviations that are written with a full stop, lower case, without the last stop."""
    return frozenset(_words("abbreviations.txt"))


@cache
def numbered() -> frozenset[str]:
    """Abbreviations only where a number follows ("No. 5"), lower case, without the stop."""
    return frozenset(_words("numbered.txt"))


@cache
def units() -> frozenset[str]:
    """Abbreviations that stand behind what they belong to ("bn", "etc"), without the stop."""
    return frozenset(_words("units.txt"))


@cache
def starters() -> frozenset[str]:
    """Words that are capitalised only where a sentence begins, lower case."""
    return frozenset(_words("starters.txt"))


@cache
def titles() -> frozenset[str]:
    """Words that stand before a person's name, lower case, without stops."""
    return frozenset(word.rstrip(".") for word in _words("titles.txt"))


@cache
def people() -> frozenset[str]:
    """Nouns for people who hold views, singular and plural."""
    return _singular_and_plural("roles.txt")


@cache
def roles() -> frozenset[str]:
    """Nouns for people and bodies that hold views, singular and plural."""
    return people() | _singular_and_plural("bodies.txt")


def _singular_and_plural(name: str) -> frozenset[str]:
    singular = list(_words(name))
    plural = (form for noun in singular for form in regular_forms(noun) if form.endswith("s"))
    return frozenset([*singular, *plural])


@cache
def word_set(name: str) -> frozenset[str]:
    """A small set of words by its name in ``data/word_sets.tsv``."""
    return {found: frozenset(words.split()) for found, words in data_rows("word_sets.tsv")}[name]


@cache
def given_names() -> dict[str, str]:
    """Given names, folded, to ``m``, ``f`` or the empty string."""
    return {fold(name): gender for name, gender in data_rows("given_names.tsv")}


@cache
def boilerplate() -> Patterns:
    """Reason and pattern of lines that belong to the page and not to the text."""
    return _patterns("boilerplate.tsv") + asides()


@cache
def asides() -> Patterns:
    """Reason and pattern of those that may stand within a paragraph, too."""
    return _patterns("asides.tsv")


def reason_of(patterns: Patterns, line: str) -> str:
    """Reason of the first pattern found in a line; empty without one."""
    return next((reason for reason, pattern in patterns if pattern.search(line)), "")


def is_address(words: Iterable[str]) -> bool:
    """Whether folded words begin like an address: "Mr Speaker", "dear friends"."""
    first = next((word for word in words if word not in word_set("before address")), "")
    return first in word_set("addressed")


def _patterns(name: str) -> Patterns:
    rows = data_rows(name)
    return tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in rows)


@cache
def nouns() -> dict[str, str]:
    """Nouns by which a possessor's view is named ("Tokyo's fear is"), to its kind."""
    rows = list(data_rows("holder_nouns.tsv"))
    kinds = dict((noun, kind) for noun, kind in rows)
    return {form: kinds[base] for form, base in lemmas(kinds).items()}


@cache
def speech_verbs() -> dict[tuple[str, ...], str]:
    """Reporting verbs in all their forms, word by word, to their frame."""
    return _inflected((verb, frame) for verb, frame in data_rows("speech_verbs.tsv"))


@cache
def attitude_verbs() -> dict[tuple[str, ...], str]:
    """Verbs and predicates of wishing, fearing and holding true, to their form."""
    rows = list(data_rows("attitudes.tsv"))
    found = _inflected((words, form) for words, form, *_ in rows if form == "verb")
    found.update({tuple(words.split()): form for words, form, *_ in rows if form != "verb"})
    return found


@cache
def required_words() -> dict[tuple[str, ...], frozenset[str]]:
    """Verbs that are an attitude only where one of some words follows ("see ... as")."""
    found = _inflected((row[0], row[2]) for row in data_rows("attitudes.tsv") if len(row) > 2)
    return {expression: frozenset(words.split()) for expression, words in found.items()}


def _inflected(rows: Iterator[tuple[str, str]]) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for expression, value in rows:
        head, *rest = expression.split()
        for form in lemmas([head]):
            found.setdefault((form, *rest), value)
    return found


@cache
def groups() -> dict[str, str]:
    """Names of countries, places, bodies and persons, folded, to their group."""
    names = read_sources(annotations_folder() / "names.tsv").names
    return {fold(name): group for name, group in names.items()}
