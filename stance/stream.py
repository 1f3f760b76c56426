"""A stream of texts as arrays of what each token is: the ground on which features stand."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stance.lexicon import BOUNDARY_ID, BREAK, NEGATOR, WORD, Lexicon, TokenIndex
from stance.text import BOUNDARY, tokenise_many
from stance.trie import Ints

NEGATION_SCOPE = 4


class Stream(NamedTuple):
    """Tokens of texts, names folded to their groups, a boundary before the first and behind each.

    Text `i` holds the positions from ``marks[i] + 1`` to ``marks[i + 1]``, its closing boundary
    included; position 0 belongs to none.

    Attributes
    ----------
    marks : ndarray of int64
        Positions of the boundaries, one more than there are texts.
    origin : ndarray of int64, over positions
        Index of the position's first token among the tokens that came in.
    token, symbol : ndarray of int32, over positions
    zone, clause : ndarray of uint8, over positions
        Bits of the parties named in the whole text and in the clause.
    negated : ndarray of bool, over positions
        Whether a negator governs the position.
    cue_start, cue_length, cue : ndarray of int32, one entry a cue expression found
    """

    marks: npt.NDArray[np.int64]
    origin: npt.NDArray[np.int64]
    token: Ints
    symbol: Ints
    zone: npt.NDArray[np.uint8]
    clause: npt.NDArray[np.uint8]
    negated: npt.NDArray[np.bool_]
    cue_start: Ints
    cue_length: Ints
    cue: Ints

    def texts(self) -> npt.NDArray[np.int64]:
        """Index of the text of each position but the first, which belongs to none."""
        return np.repeat(np.arange(len(self.marks) - 1), np.diff(self.marks))


def stream_of(lexicon: Lexicon, index: TokenIndex, texts: Sequence[str]) -> Stream:
    """Analyse texts, at least one, with the index of the lexicon's tokens."""
    tokens = [BOUNDARY, *tokenise_many(texts)]
    return analyse(lexicon, np.fromiter(map(index.__getitem__, tokens), np.int32, len(tokens)))


def analyse(lexicon: Lexicon, token_ids: Ints) -> Stream:
    """Fold names, find cues, zones, clauses and the scope of negators.

    Parameters
    ----------
    lexicon : Lexicon
    token_ids : ndarray of int32
        Ids of the tokens of at least one text: a boundary, then each text closed by a boundary.
    """
    starts, lengths, groups = lexicon.names.longest_matches(token_ids)
    folded = token_ids.copy()
    folded[starts] = groups
    kept = np.ones(len(folded), dtype=bool)
    long = lengths > 1
    for start, length in zip(starts[long].tolist(), lengths[long].tolist(), strict=True):
        kept[start + 1 : start + length] = False
    origin = np.flatnonzero(kept)
    token = folded[origin]

    boundary = token == BOUNDARY_ID
    marks = np.flatnonzero(boundary)
    sides = lexicon.sides[token]
    named = np.bitwise_or.reduceat(sides, marks[:-1])
    zone = np.concatenate([sides[:1], np.repeat(named, np.diff(marks))])

    flags = lexicon.flags[token]
    breaks = boundary | ((flags & BREAK) > 0)
    clauses = np.flatnonzero(breaks)
    clause = np.repeat(np.bitwise_or.reduceat(sides, clauses), np.diff(clauses, append=len(token)))

    position = np.arange(len(token))
    last_break = np.maximum.accumulate(np.where(breaks, position, 0))
    last_negator = np.maximum.accumulate(np.where((flags & NEGATOR) > 0, position, -1))
    governor = np.concatenate([[-1], last_negator[:-1]])
    negated = (governor > last_break) & (position - governor <= NEGATION_SCOPE)

    cue_start, cue_length, cue = lexicon.cues.longest_matches(lexicon.lemma[token])
    return Stream(
        marks=marks,
        origin=origin,
        token=token,
        symbol=lexicon.symbol[token],
        zone=zone,
        clause=clause,
        negated=negated,
        cue_start=cue_start,
        cue_length=cue_length,
        cue=cue,
    )


def wordless(lexicon: Lexicon, stream: Stream) -> npt.NDArray[np.bool_]:
    """Which texts hold no word or number, and so voice nothing."""
    seen = np.bitwise_or.reduceat(lexicon.flags[stream.token], stream.marks[:-1])
    silent: npt.NDArray[np.bool_] = (seen & WORD) == 0
    return silent
