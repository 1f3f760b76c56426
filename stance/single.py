"""Score of one statement in plain Python: the same look-ups as `Engine`, without arrays' overhead.

A call on arrays costs microseconds before it touches a number, which a single sentence cannot
repay. Both paths give the same whole numbers for any text; a test holds them to it.
"""

from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stance.features import DAMPING_ONE, damping
from stance.lexicon import (
    BOUNDARY_ID,
    BREAK,
    NEGATOR,
    UNKNOWN_ID,
    WORD,
    ZONES,
    Lexicon,
    TokenIndex,
)
from stance.stream import NEGATION_SCOPE
from stance.tables import Tables
from stance.text import BOUNDARY, fold, tokenise
from stance.trie import NO_VALUE, Trie

# What must be known of a token besides its weights; 0 for a plain word.
_SILENT, _BREAKS, _NEGATES = 1, 2, 4
_SIDES = 8


def _flat(array: npt.NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).data


class _Finder:
    """Leftmost and longest matches of a trie in one statement.

    Parameters
    ----------
    trie : Trie
    known_by : ndarray of int32
        For every token the symbol that the trie knows it by.
    """

    def __init__(self, trie: Trie, known_by: npt.NDArray[np.int32]) -> None:
        slot = trie.base[0] + known_by
        goes_on = np.zeros(len(trie.check), bool)
        goes_on[trie.check[trie.check >= 0]] = True
        self._begins = (trie.check[slot] == 0).tobytes()
        self._goes_on = goes_on[slot].tobytes()
        self._slot = _flat(slot)
        self._base, self._check, self._value = map(_flat, trie)
        self._symbol = _flat(known_by)

    def find(self, tokens: Sequence[int]) -> list[tuple[int, int, int]]:
        """Start, end and value of each match, in order."""
        begins, goes_on, value = self._begins, self._goes_on, self._value
        found = []
        free = 0
        for start in [position for position, token in enumerate(tokens) if begins[token]]:
            if start < free:
                continue
            token = tokens[start]
            slot = self._slot[token]
            end, what = start + 1, value[slot]
            if goes_on[token]:
                end, what = self._longest(tokens, end, slot)
            if what != NO_VALUE:
                found.append((start, end, what))
                free = end
        return found

    def _longest(self, tokens: Sequence[int], position: int, state: int) -> tuple[int, int]:
        base, check, value, symbol = self._base, self._check, self._value, self._symbol
        end, what = position, value[state]
        for after in range(position, len(tokens)):
            slot = base[state] + symbol[tokens[after]]
            if check[slot] != state:
                break
            state = slot
            if value[state] != NO_VALUE:
                end, what = after + 1, value[state]
        return end, what


class Trace(NamedTuple):
    """What every position of a statement adds, in units of `UNIT`.

    Position 0 and the last are the boundaries; the last carries what the zone as such adds.

    Attributes
    ----------
    ends : list of int
        One past the last token of each position, among the tokens and opening boundary.
    supportive, skeptical : list of int
        By the word, its negation and the cue expression that begins there.
    pair_supportive, pair_skeptical : list of int
        Together with the left neighbour.
    damping : int
        Factor on all of them, in units of ``1 / DAMPING_ONE``.
    expressions : list of (int, int)
        First and one past the last position of each cue expression.
    """

    ends: list[int]
    supportive: list[int]
    skeptical: list[int]
    pair_supportive: list[int]
    pair_skeptical: list[int]
    damping: int
    expressions: list[tuple[int, int]]


class Single:
    """Scorer of single statements.

    Parameters
    ----------
    lexicon : Lexicon
    tables : Tables
    index : TokenIndex
        Of the lexicon's tokens.
    """

    def __init__(self, lexicon: Lexicon, tables: Tables, index: TokenIndex) -> None:
        self._look_up: Callable[[str], int] = index.__getitem__
        self._names = _Finder(lexicon.names, np.arange(len(lexicon.tokens), dtype=np.int32))
        self._cues = _Finder(lexicon.cues, lexicon.lemma)
        self._symbols = len(lexicon.symbols)
        self._symbol = _flat(lexicon.symbol)
        self._kind = _kinds(lexicon).tobytes()
        self._strength = _flat(lexicon.cue_sign * lexicon.cue_strength)
        supportive, skeptical = tables.intercept.tolist()
        self.intercept = (supportive * DAMPING_ONE, skeptical * DAMPING_ONE)
        self._word, self._negated = _flat(tables.word), _flat(tables.negated)
        self._pair_offset, self._pair_check = _flat(tables.pair_offset), _flat(tables.pair_check)
        self._pair = _flat(tables.pair)
        self._cue, self._cue_sign = _flat(tables.cue), _flat(tables.cue_sign)

    def score(self, text: str) -> tuple[int, int]:
        """Scores of supportive and skeptical in units of `SCORE_UNIT`."""
        trace = self.trace(tokenise(fold(text.replace(BOUNDARY, " "))))
        supportive, skeptical = self.intercept
        factor = trace.damping
        return (
            supportive + factor * (sum(trace.supportive) + sum(trace.pair_supportive)),
            skeptical + factor * (sum(trace.skeptical) + sum(trace.pair_skeptical)),
        )

    def known(self, tokens: Iterable[str]) -> tuple[int, int]:
        """How many of the words and numbers the model knows, and how many there are."""
        kind = self._kind
        words = [token for token in map(self._look_up, tokens) if not kind[token] & _SILENT]
        return len(words) - words.count(UNKNOWN_ID), len(words)

    def trace(self, words: Sequence[str]) -> Trace:
        """Walk through the tokens of a statement and note what each adds."""
        tokens, ends = self._fold_names([BOUNDARY_ID, *map(self._look_up, words), BOUNDARY_ID])
        count = len(tokens)
        pair_supportive, pair_skeptical = [0] * count, [0] * count
        expressions: list[tuple[int, int]] = []
        factor = damping(count - 2)

        kind = self._kind
        notable = [(position, kind[token]) for position, token in enumerate(tokens) if kind[token]]
        governed = bytearray(count)
        breaks: list[int] = []
        clauses: list[int] = []
        zone = silent = 0
        for position, bits in notable:
            if bits & _BREAKS:
                breaks.append(position)
                clauses.append(0)
            if bits & _NEGATES:
                for after in range(position + 1, min(position + 1 + NEGATION_SCOPE, count)):
                    if kind[tokens[after]] & _BREAKS:
                        break
                    governed[after] = 1
            silent += bits & _SILENT
            clauses[-1] |= bits
            zone |= bits
        zone //= _SIDES
        if silent == count:
            nothing = [0] * count
            return Trace(ends, nothing, nothing, nothing, nothing, factor, expressions)

        symbols = list(map(self._symbol.__getitem__, tokens))
        word = self._word
        row = 2 * zone * self._symbols
        supportive = [word[row + 2 * symbol] for symbol in symbols]
        skeptical = [word[row + 2 * symbol + 1] for symbol in symbols]
        supportive[0] = skeptical[0] = 0
        offset, check, pair = self._pair_offset, self._pair_check, self._pair
        left = symbols[0]
        for position in range(1, count):
            symbol = symbols[position]
            slot = offset[left] + symbol
            if check[slot] == left:
                pair_supportive[position] = pair[2 * slot]
                pair_skeptical[position] = pair[2 * slot + 1]
            left = symbol
        if 1 in governed:
            negated = self._negated
            for position, flipped in enumerate(governed):
                if flipped:
                    supportive[position] += negated[2 * symbols[position]]
                    skeptical[position] += negated[2 * symbols[position] + 1]

        cue_weight, sign_weight = self._cue, self._cue_sign
        for start, end, cue in self._cues.find(tokens):
            flipped = governed[start]
            at = 2 * (2 * cue + flipped)
            strength = -self._strength[cue] if flipped else self._strength[cue]
            clause = clauses[bisect(breaks, start) - 1] // _SIDES
            signed = 2 * (((strength + 3) * ZONES + zone) * ZONES + clause)
            supportive[start] += cue_weight[at] + sign_weight[signed]
            skeptical[start] += cue_weight[at + 1] + sign_weight[signed + 1]
            expressions.append((start, end))
        return Trace(
            ends, supportive, skeptical, pair_supportive, pair_skeptical, factor, expressions
        )

    def _fold_names(self, tokens: list[int]) -> tuple[list[int], list[int]]:
        folded: list[int] = []
        ends: list[int] = []
        behind = 0
        for start, end, group in self._names.find(tokens):
            folded += tokens[behind:start]
            folded.append(group)
            ends += range(behind + 1, start + 1)
            ends.append(end)
            behind = end
        folded += tokens[behind:]
        ends += range(behind + 1, len(tokens) + 1)
        return folded, ends


def _kinds(lexicon: Lexicon) -> npt.NDArray[np.uint8]:
    flags = lexicon.flags
    breaks = (flags & BREAK) > 0
    breaks[BOUNDARY_ID] = True
    kinds: npt.NDArray[np.uint8] = (
        _SILENT * ((flags & WORD) == 0)
        + _BREAKS * breaks
        + _NEGATES * ((flags & NEGATOR) > 0)
        + _SIDES * lexicon.sides
    ).astype(np.uint8)
    return kinds
