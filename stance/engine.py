"""Scores of many statements at once, on arrays."""

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from stance.features import DAMPING_ONE, damping_of
from stance.lexicon import Lexicon, TokenIndex
from stance.scan import Scanner
from stance.stream import Stream, analyse, wordless
from stance.tables import Tables
from stance.text import BOUNDARY, join, tokenise
from stance.trie import Ints

Whole = npt.NDArray[np.int64]

# Statements whose arrays stay in a core's cache; more at a time take a fifth longer.
_BATCH = 600
# Beyond this the arrays over bytes would take more memory than the tokens.
_LONGEST_SCAN = 2**22


class Engine:
    """Scorer of batches.

    Parameters
    ----------
    lexicon : Lexicon
    tables : Tables
    index : TokenIndex
        Of the lexicon's tokens.
    """

    def __init__(self, lexicon: Lexicon, tables: Tables, index: TokenIndex) -> None:
        self.lexicon = lexicon
        self.tables = tables
        self.look_up = index.__getitem__
        symbols = len(lexicon.symbols)
        # Both columns of a weight in one 8-byte item: half the gathers.
        self._word = _joined(tables.word)
        self._negated = _joined(tables.negated)
        self._pair = _joined(tables.pair)
        self._symbols = symbols

    def token_ids(self, texts: Sequence[str]) -> Ints:
        """Ids of the tokens, a boundary before the first text and behind each."""
        joined = BOUNDARY + join(texts)
        if joined.isascii() and len(joined) <= _LONGEST_SCAN:
            return self._scanner.token_ids(joined.lower().encode("ascii"))
        tokens = tokenise(joined.lower())
        return np.fromiter(map(self.look_up, tokens), np.int32, len(tokens))

    @cached_property
    def _scanner(self) -> Scanner:
        return Scanner(self.lexicon.tokens)

    def analyse(self, token_ids: Ints) -> Stream:
        """Stream of the texts whose `token_ids` these are."""
        return analyse(self.lexicon, token_ids)

    def streams(self, texts: Sequence[str]) -> Iterator[Stream]:
        """Streams of the texts, a batch of them at a time."""
        for start in range(0, len(texts), _BATCH):
            yield self.analyse(self.token_ids(texts[start : start + _BATCH]))

    def scores(self, texts: Sequence[str]) -> Whole:
        """Scores of supportive and skeptical in units of `SCORE_UNIT`, shape (texts, 2)."""
        parts = [self._batch_scores(stream) for stream in self.streams(texts)]
        return np.concatenate(parts) if parts else np.zeros((0, 2), np.int64)

    def _batch_scores(self, stream: Stream) -> Whole:
        words, pairs = self.contributions(stream)
        words[1:] += pairs
        words[stream.cue_start] += self.cue_contributions(stream)
        starts = stream.marks[:-1] + 1
        totals: Whole = np.stack(
            [np.add.reduceat(words[:, side], starts, dtype=np.int64) for side in (0, 1)], axis=1
        )
        totals[wordless(self.lexicon, stream)] = 0
        intercept = self.tables.intercept.astype(np.int64) * DAMPING_ONE
        return totals * damping_of(stream)[:, None] + intercept

    def contributions(self, stream: Stream) -> tuple[Ints, Ints]:
        """What every position adds by itself, and with its left neighbour.

        Returns
        -------
        words : ndarray of int32, shape (positions, 2)
        pairs : ndarray of int32, shape (positions - 1, 2)
        """
        symbol = stream.symbol
        # Told the type, since numpy 2.1.0 and 2.1.1 choose a smaller one in threads.
        rows = np.multiply(stream.zone, self._symbols, dtype=np.int32)
        words = _split(self._word.take(rows + symbol))
        governed = np.flatnonzero(stream.negated)
        words[governed] += _split(self._negated.take(symbol[governed]))
        left = symbol[:-1]
        slot = self.tables.pair_offset.take(left) + symbol[1:]
        known = np.flatnonzero(self.tables.pair_check.take(slot) == left)
        pairs = np.zeros(len(left), np.int64)
        pairs[known] = self._pair.take(slot[known])
        return words, _split(pairs)

    def cue_contributions(self, stream: Stream) -> Ints:
        """What every cue expression adds, shape (cues, 2)."""
        at = stream.cue_start
        negated = stream.negated[at].astype(np.int8)
        strength = self.lexicon.cue_sign[stream.cue] * self.lexicon.cue_strength[stream.cue]
        signed = np.where(negated, -strength, strength) + 3
        added: Ints = (
            self.tables.cue[stream.cue, negated]
            + self.tables.cue_sign[signed, stream.zone[at], stream.clause[at]]
        )
        return added


def _joined(weights: Ints) -> Whole:
    return np.ascontiguousarray(weights).reshape(-1).view(np.int64)


def _split(joined: Whole) -> Ints:
    return joined.view(np.int32).reshape(-1, 2)
