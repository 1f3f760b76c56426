"""What is known of words before any training: names, cues, negators, and which tokens count.

A `Lexicon` holds it as arrays over token ids, the form in which it goes into a model.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stance import inflection
from stance.errors import AnnotationError
from stance.target import NO_TARGET, Target, read_target
from stance.text import BOUNDARY, LONGEST_TOKEN, fold, tokenise
from stance.trie import Ints, Trie, build

Bytes = npt.NDArray[np.uint8]

UNKNOWN_ID, BOUNDARY_ID, YEAR_ID, NUMBER_ID, POSSESSIVE_ID = range(5)
PSEUDO = ("", BOUNDARY, "@YEAR", "@NUMBER", "@POSSESSIVE")

FIRST_SIDE, SECOND_SIDE, THIRD_PARTY = 1, 2, 4
ZONES = 8

NEGATOR, BREAK, WORD = 1, 2, 4
_NEGATORS = frozenset(
    "not no never without hardly nor neither none nothing cannot little few barely scarcely "
    "nobody unlikely 't".split()
)
_BREAKS = frozenset(
    [*',;:?!"()|', "but", "which", "although", "though", "while", "whereas", "because"]
)
_SIGNS = frozenset("%$")
_POSSESSIVES = frozenset(["his", "her", "its", "their", "my", "our", "your", "'s"])


class CueEntry(NamedTuple):
    """A row of ``cues.tsv``: an expression with polarity (+1, -1), strength 1-3 and category."""

    expression: str
    sign: int
    strength: int
    category: str


class Sources(NamedTuple):
    """Lexicon files as read."""

    names: Mapping[str, str]
    cues: tuple[CueEntry, ...]
    target: Target


class Lexicon(NamedTuple):
    """Knowledge of tokens as arrays; entry `i` of an array over tokens is about token id `i`.

    Attributes
    ----------
    tokens : tuple of str
        Token of each id; pseudo-tokens and name groups come first.
    symbols : tuple of str
        What tokens are folded to: groups and frequent words.
    categories : tuple of str
        Categories of the cues, in order.
    symbol, lemma : ndarray of int32, over tokens
        Symbol id, and id of the base form.
    flags, sides : ndarray of uint8, over tokens
        `NEGATOR`, `BREAK` and `WORD` bits; bits of the party that a name group stands for.
    names, cues : Trie
        Over token ids, to the token id of the group; over lemma ids, to the index of the cue.
    cue_sign, cue_strength, cue_category : ndarray of int32, over cues
    """

    tokens: tuple[str, ...]
    symbols: tuple[str, ...]
    categories: tuple[str, ...]
    symbol: Ints
    lemma: Ints
    flags: Bytes
    sides: Bytes
    names: Trie
    cues: Trie
    cue_sign: Ints
    cue_strength: Ints
    cue_category: Ints


class TokenIndex(dict[str, int]):
    """Token to id; years and other numbers share an id each, what is not listed is unknown."""

    def __init__(self, tokens: Iterable[str]) -> None:
        super().__init__((token, i) for i, token in enumerate(tokens) if token)

    def __missing__(self, token: str) -> int:
        if not token[:1].isdigit():
            return UNKNOWN_ID
        return YEAR_ID if is_year(token) else NUMBER_ID


def is_year(number: str) -> bool:
    """Whether a number is a year of the centuries the corpus speaks of.

    Examples
    --------
    >>> is_year("1956"), is_year("1,956")
    (True, False)
    """
    return len(number) == 4 and number[:2] in ("17", "18", "19", "20")


def _rows(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise AnnotationError("not UTF-8; save the file as UTF-8", path=path) from error
    for number, line in enumerate(lines[1:], 2):
        row = line.split("\t")
        if not line:
            continue
        if len(row) != columns or not all(cell.strip() for cell in row):
            raise AnnotationError(
                f"expected {columns} filled tab-separated cells, found {len(row)}",
                path=path,
                line=number,
            )
        yield number, row


def _read_mapping(path: Path | None) -> dict[str, str]:
    return {} if path is None else {row[0]: row[1] for _, row in _rows(path, 2)}


def _read_cues(path: Path | None) -> tuple[CueEntry, ...]:
    entries = []
    for number, (expression, sign, strength, category) in _rows(path, 4) if path else ():
        if sign not in ("+", "-"):
            raise AnnotationError("give + or -", path=path, line=number, field="sign")
        if strength not in ("1", "2", "3"):
            raise AnnotationError("give 1, 2 or 3", path=path, line=number, field="strength")
        entries.append(CueEntry(expression, 1 if sign == "+" else -1, int(strength), category))
    return tuple(entries)


def read_sources(
    names: Path | None = None,
    cues: Path | None = None,
    target: Path | None = None,
) -> Sources:
    """Read the lexicon files of an annotations folder; one that is None counts as empty.

    Raises
    ------
    AnnotationError
        A row that cannot be used, or a ``target.toml`` that names a group no name belongs to.
    """
    found = Sources(
        _read_mapping(names),
        _read_cues(cues),
        NO_TARGET if target is None else read_target(target),
    )
    groups = set(found.names.values())
    for field, stated in found.target._asdict().items():
        unknown = sorted(stated - groups) if groups else []
        if unknown:
            raise AnnotationError(
                f"no name of names.tsv belongs to {', '.join(unknown)}", path=target, field=field
            )
    return found


def sequence(expression: str) -> list[str]:
    """Tokens of a lexicon entry; ``one's`` stands for any possessive.

    Examples
    --------
    >>> sequence("hold one's breath")
    ['hold', '@POSSESSIVE', 'breath']
    """
    tokens = tokenise(fold(expression))
    merged: list[str] = []
    for token in tokens:
        if token == "'s" and merged and merged[-1] == "one":
            merged[-1] = PSEUDO[POSSESSIVE_ID]
        else:
            merged.append(token)
    return merged


def build_lexicon(sources: Sources, frequent: Iterable[str]) -> Lexicon:
    """Arrange the sources, and the words frequent enough to have weights of their own, as arrays.

    Parameters
    ----------
    sources : Sources
    frequent : iterable of str
        Tokens that occur in several training texts.
    """
    groups = ["@" + group for group in sorted(set(sources.names.values()))]
    cue_sequences = [sequence(entry.expression) for entry in sources.cues]
    name_sequences = {tuple(sequence(name)): "@" + group for name, group in sources.names.items()}
    cue_words = {token for tokens in cue_sequences for token in tokens}
    base_of = inflection.lemmas(word for word in cue_words if word[0].isalpha())
    base_of.update(dict.fromkeys(_POSSESSIVES, PSEUDO[POSSESSIVE_ID]))
    fixed = [*PSEUDO, *groups]
    frequent_words = {
        word for word in frequent if not word[0].isdigit() and len(word) <= LONGEST_TOKEN
    } - set(fixed)
    words = frequent_words | cue_words | set(base_of) | _NEGATORS | _BREAKS | _SIGNS
    words.update(token for tokens in name_sequences for token in tokens)
    tokens = (*fixed, *sorted(words - set(fixed)))
    index = {token: i for i, token in enumerate(tokens)}

    symbols = (*fixed, *sorted(frequent_words))
    symbol_index = {symbol: i for i, symbol in enumerate(symbols)}
    # A number that stands in a name is a number like any other elsewhere.
    unlisted = TokenIndex(())
    categories = tuple(sorted({entry.category for entry in sources.cues}))
    lemma = [index[base_of.get(token, token)] for token in tokens]
    first: dict[tuple[int, ...], int] = {}
    for i, parts in enumerate(cue_sequences):
        if parts:
            first.setdefault(tuple(lemma[index[part]] for part in parts), i)
    return Lexicon(
        tokens=tokens,
        symbols=symbols,
        categories=categories,
        symbol=np.array([symbol_index.get(token, unlisted[token]) for token in tokens], np.int32),
        lemma=np.array(lemma, np.int32),
        flags=np.array([_flags(token) for token in tokens], np.uint8),
        sides=_sides(tokens, groups, sources.target),
        names=build(
            {
                tuple(index[part] for part in parts): index[group]
                for parts, group in name_sequences.items()
                if parts
            },
            len(tokens),
        ),
        cues=build(first, len(tokens)),
        cue_sign=np.array([entry.sign for entry in sources.cues], np.int32),
        cue_strength=np.array([entry.strength for entry in sources.cues], np.int32),
        cue_category=np.array(
            [categories.index(entry.category) for entry in sources.cues], np.int32
        ),
    )


def _flags(token: str) -> int:
    # What is unknown is a word: numbers have ids of their own and signs are all listed.
    word = not token or token[0].isalnum() or token[0] == "@"
    return NEGATOR * (token in _NEGATORS) | BREAK * (token in _BREAKS) | WORD * word


def _sides(tokens: tuple[str, ...], groups: list[str], target: Target) -> Bytes:
    bits = dict.fromkeys(groups, THIRD_PARTY)
    for group in groups:
        name = group[1:]
        if name in target.joint:
            bits[group] = FIRST_SIDE | SECOND_SIDE
        elif name in target.first:
            bits[group] = FIRST_SIDE
        elif name in target.second:
            bits[group] = SECOND_SIDE
    return np.array([bits.get(token, 0) for token in tokens], np.uint8)
