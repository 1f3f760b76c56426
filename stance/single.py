"""Score of one statement in plain Python: the same look-ups as `Engine`, without arrays' overhead.

A call on arrays costs microseconds before it touches a number, which a single sentence cannot
repay. Both paths give the same whole numbers for any text; a test holds them to it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from stance.lexicon import BOUNDARY_ID, BREAK, NEGATOR, WORD, ZONES, Lexicon, TokenIndex
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
        self._intercept = tables.intercept.tolist()
        self._word, self._negated = _flat(tables.word), _flat(tables.negated)
        self._pair_offset, self._pair_check = _flat(tables.pair_offset), _flat(tables.pair_check)
        self._pair = _flat(tables.pair)
        self._cue, self._cue_sign = _flat(tables.cue), _flat(tables.cue_sign)

    def score(self, text: str) -> tuple[int, int]:
        """Scores of supportive and skeptical in units of `UNIT`."""
        supportive, skeptical = self._intercept
        tokens = self._fold_names(
            [
                BOUNDARY_ID,
                *map(self._look_up, tokenise(fold(text.replace(BOUNDARY, " ")))),
                BOUNDARY_ID,
            ]
        )
        flags, sides = self._flags, self._sides
        zone = seen = 0
        clause_of: list[int] = []
        clauses: list[int] = []
        governed = bytearray(len(tokens))
        last_break, negator = 0, -1
        for position, token in enumerate(tokens):
            flag = flags[token]
            seen |= flag
            if flag & BREAK or token == BOUNDARY_ID:
                last_break = position
                clauses.append(0)
            elif negator > last_break and position - negator <= NEGATION_SCOPE:
                governed[position] = 1
            if flag & NEGATOR:
                negator = position
            side = sides[token]
            if side:
                clauses[-1] |= side
                zone |= side
            clause_of.append(len(clauses) - 1)
        if not seen & WORD:
            return supportive, skeptical

        symbol_of = self._symbol
        word, negated = self._word, self._negated
        offset, check, pair = self._pair_offset, self._pair_check, self._pair
        row = zone * self._symbols
        left = symbol_of[BOUNDARY_ID]
        for position in range(1, len(tokens)):
            symbol = symbol_of[tokens[position]]
            at = 2 * (row + symbol)
            supportive += word[at]
            skeptical += word[at + 1]
            slot = offset[left] + symbol
            if check[slot] == left:
                supportive += pair[2 * slot]
                skeptical += pair[2 * slot + 1]
            if governed[position]:
                supportive += negated[2 * symbol]
                skeptical += negated[2 * symbol + 1]
            left = symbol

        lemmas = [self._lemma[token] for token in tokens]
        check, root = self._cues.check, self._cues.root
        position, last = 1, len(tokens) - 1
        while position < last:
            if check[root + lemmas[position]]:
                position += 1
                continue
            end, cue = self._cues.longest(lemmas, position)
            if cue == NO_VALUE:
                position += 1
                continue
            flipped = governed[position]
            at = 2 * (2 * cue + flipped)
            strength = -self._strength[cue] if flipped else self._strength[cue]
            signed = ((strength + 3) * ZONES + zone) * ZONES + clauses[clause_of[position]]
            supportive += self._cue[at] + self._cue_sign[2 * signed]
            skeptical += self._cue[at + 1] + self._cue_sign[2 * signed + 1]
            position = end
        return supportive, skeptical

    def _fold_names(self, tokens: list[int]) -> list[int]:
        check, root = self._names.check, self._names.root
        folded = []
        position, count = 0, len(tokens)
        while position < count:
            token = tokens[position]
            if check[root + token]:
                folded.append(token)
                position += 1
                continue
            end, group = self._names.longest(tokens, position)
            if group == NO_VALUE:
                folded.append(token)
                position += 1
            else:
                folded.append(group)
                position = end
        return folded
