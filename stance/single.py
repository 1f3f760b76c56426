"""Score of one statement in plain Python: the same look-ups as `Engine`, without arrays' overhead.

A call on arrays costs microseconds before it touches a number, which a single sentence cannot
repay. Both paths give the same whole numbers for any text; a test holds them to it.
"""

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


def _flat(array: npt.NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).data


class _Finder:
    """Longest match in a trie from a given place."""

    def __init__(self, trie: Trie) -> None:
        self.base, self.check, self.value = map(_flat, trie)
        self.root = int(trie.base[0])

    def longest(self, symbols: list[int], start: int) -> tuple[int, int]:
        """End and value of the longest sequence from `start` on; value `NO_VALUE` if none."""
        base, check, value = self.base, self.check, self.value
        state = 0
        end, found = start, NO_VALUE
        for position in range(start, len(symbols)):
            slot = base[state] + symbols[position]
            if check[slot] != state:
                break
            state = slot
            if value[state] != NO_VALUE:
                end, found = position + 1, value[state]
        return end, found


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
        self._names = _Finder(lexicon.names)
        self._cues = _Finder(lexicon.cues)
        self._symbols = len(lexicon.symbols)
        self._symbol, self._lemma = _flat(lexicon.symbol), _flat(lexicon.lemma)
        self._flags, self._sides = _flat(lexicon.flags), _flat(lexicon.sides)
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
        flags = self._flags
        words = [token for token in map(self._look_up, tokens) if flags[token] & WORD]
        return len(words) - words.count(UNKNOWN_ID), len(words)

    def trace(self, words: Sequence[str]) -> Trace:
        """Walk through the tokens of a statement and note what each adds."""
        tokens, ends = self._fold_names([BOUNDARY_ID, *map(self._look_up, words), BOUNDARY_ID])
        count = len(tokens)
        supportive, skeptical = [0] * count, [0] * count
        pair_supportive, pair_skeptical = [0] * count, [0] * count
        expressions: list[tuple[int, int]] = []
        trace = Trace(
            ends,
            supportive,
            skeptical,
            pair_supportive,
            pair_skeptical,
            damping(count - 2),
            expressions,
        )
        flags, sides = self._flags, self._sides
        zone = seen = clause = 0
        clause_of = [0] * count
        clauses: list[int] = []
        governed = bytearray(count)
        last_break, negator = 0, -1
        for position, token in enumerate(tokens):
            flag = flags[token]
            if flag & BREAK or token == BOUNDARY_ID:
                last_break = position
                clauses.append(0)
                clause = len(clauses) - 1
            elif negator > last_break and position - negator <= NEGATION_SCOPE:
                governed[position] = 1
            if flag:
                seen |= flag
                if flag & NEGATOR:
                    negator = position
            side = sides[token]
            if side:
                clauses[clause] |= side
                zone |= side
            clause_of[position] = clause
        if not seen & WORD:
            return trace

        symbol_of = self._symbol
        word, negated = self._word, self._negated
        offset, check, pair = self._pair_offset, self._pair_check, self._pair
        row = zone * self._symbols
        left = symbol_of[BOUNDARY_ID]
        for position in range(1, count):
            symbol = symbol_of[tokens[position]]
            at = 2 * (row + symbol)
            supportive[position] = word[at]
            skeptical[position] = word[at + 1]
            slot = offset[left] + symbol
            if check[slot] == left:
                pair_supportive[position] = pair[2 * slot]
                pair_skeptical[position] = pair[2 * slot + 1]
            if governed[position]:
                supportive[position] += negated[2 * symbol]
                skeptical[position] += negated[2 * symbol + 1]
            left = symbol

        lemma_of = self._lemma
        lemmas = [lemma_of[token] for token in tokens]
        check, root = self._cues.check, self._cues.root
        position, last = 1, count - 1
        while position < last:
            end, cue = position, NO_VALUE
            if not check[root + lemmas[position]]:
                end, cue = self._cues.longest(lemmas, position)
            if cue == NO_VALUE:
                position += 1
                continue
            flipped = governed[position]
            at = 2 * (2 * cue + flipped)
            strength = -self._strength[cue] if flipped else self._strength[cue]
            signed = 2 * (((strength + 3) * ZONES + zone) * ZONES + clauses[clause_of[position]])
            supportive[position] += self._cue[at] + self._cue_sign[signed]
            skeptical[position] += self._cue[at + 1] + self._cue_sign[signed + 1]
            expressions.append((position, end))
            position = end
        return trace

    def _fold_names(self, tokens: list[int]) -> tuple[list[int], list[int]]:
        check, root = self._names.check, self._names.root
        folded, ends = [], []
        position, count = 0, len(tokens)
        while position < count:
            token = tokens[position]
            end, group = position, NO_VALUE
            if not check[root + token]:
                end, group = self._names.longest(tokens, position)
            if group == NO_VALUE:
                group, end = token, position + 1
            folded.append(group)
            ends.append(end)
            position = end
        return folded, ends
