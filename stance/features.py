"""The features of a statement: one definition, from which both training and compiled models work.

A family says which numbered features fire where. `FEATURES_VERSION` changes with any of them that
compiled models tell apart; pieces are not, their weights are added to those of the words.

=================  =====================================================================
family             one feature for each
=================  =====================================================================
word               word, number or name group
zone word          the same, in the company of which parties (none, one side, both, a third)
piece              three to five letters of a word, its edges included
negated word       word governed by a negator
pair               two neighbours, the edges of the statement included
cue                expression of the cue lexicon, affirmed or negated
cue category       category of the cue lexicon, affirmed or negated, by strength
cue sign           polarity of a cue after negation, by strength
cue sign, zone     the same, by the parties in the statement
cue sign, clause   the same, by the parties in the cue's clause
=================  =====================================================================
"""

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stance.lexicon import Lexicon
from stance.pieces import Keys, split_into_pieces
from stance.stream import Stream, wordless

FEATURES_VERSION = 3

CUE_SCALE = 1 / 3

# Families whose rarer features may carry larger weights, and how large beside each other's; the
# other families are few and common. Cross-validation tells settings near these hardly apart; more
# of the company and less of the words alone holds better on text unlike the training texts.
RARITY_SCALES = {
    "word": 0.6,
    "zone word": 1.0,
    "piece": 0.25,
    "negated word": 1.0,
    "pair": 1.1,
    "cue": 1.0,
}


class Cues(NamedTuple):
    """Cue occurrences, over any shape: which cue, negated or not, in which zone and clause."""

    cue: Keys
    negated: Keys
    zone: Keys
    clause: Keys


# Long statements hold more of everything: what their features add is damped, as by a norm.
DAMPING_ONE = 2**16
_UNDAMPED_LENGTH = 30
_LENGTH_OFFSET = 10


def damping(length: int) -> int:
    """Factor on what the features of a statement add up to, in units of ``1 / DAMPING_ONE``.

    Falls with the square root of the length, and is 1 at 30 positions.

    Examples
    --------
    >>> damping(30) == DAMPING_ONE, damping(150) < DAMPING_ONE < damping(5)
    (True, True)
    """
    return round(
        DAMPING_ONE * sqrt((_UNDAMPED_LENGTH + _LENGTH_OFFSET) / (length + _LENGTH_OFFSET))
    )


def damping_of(stream: Stream) -> Keys:
    """Damping of each text of a stream."""
    lengths = np.diff(stream.marks) - 1 + _LENGTH_OFFSET
    factors = DAMPING_ONE * np.sqrt((_UNDAMPED_LENGTH + _LENGTH_OFFSET) / lengths)
    whole: Keys = np.rint(factors).astype(np.int64)
    return whole


TokenFamily = Callable[[Lexicon, Keys, Keys], Keys]
CueFamily = Callable[[Lexicon, Cues], Keys]

# Families over (zone, symbol); the whole table of weights is the sum of what they give.
WORD_FAMILIES: dict[str, TokenFamily] = {
    "word": lambda lexicon, zone, symbol: symbol + 0 * zone,
    "zone word": lambda lexicon, zone, symbol: zone * len(lexicon.symbols) + symbol,
}


def _polarity(lexicon: Lexicon, cues: Cues) -> Keys:
    return ((lexicon.cue_sign[cues.cue] > 0) ^ (cues.negated > 0)).astype(np.int64)


# Families over cue occurrences that fire with the strength of the cue (`cue` itself with 1).
CUE_FAMILIES: dict[str, CueFamily] = {
    "cue": lambda lexicon, cues: cues.cue * 2 + cues.negated,
    "cue category": lambda lexicon, cues: lexicon.cue_category[cues.cue] * 2 + cues.negated,
    "cue sign": lambda lexicon, cues: _polarity(lexicon, cues),
    "cue sign, zone": lambda lexicon, cues: cues.zone * 2 + _polarity(lexicon, cues),
    "cue sign, clause": lambda lexicon, cues: cues.clause * 2 + _polarity(lexicon, cues),
}


def cue_value(name: str, lexicon: Lexicon, cues: Cues) -> npt.NDArray[np.float64]:
    """With what value a cue family fires: its strength, or 1 for the expression itself."""
    if name == "cue":
        return np.ones(cues.cue.shape)
    strength = lexicon.cue_strength[cues.cue].astype(np.float64)
    return strength * CUE_SCALE


def pair_keys(lexicon: Lexicon, left: Keys, right: Keys) -> Keys:
    """Number of an ordered pair of symbols."""
    return left * len(lexicon.symbols) + right


class Firing(NamedTuple):
    """Features of one family that fire in a stream.

    Attributes
    ----------
    keys : ndarray of int64
        Which features.
    texts : ndarray of int64
        In which texts.
    values : ndarray of float64
        With what values.
    """

    keys: Keys
    texts: Keys
    values: npt.NDArray[np.float64]

    def outside(self, silent: npt.NDArray[np.bool_]) -> "Firing":
        """Leave out what fires in silent texts."""
        if not silent.any():
            return self
        heard = ~silent[self.texts]
        return Firing(self.keys[heard], self.texts[heard], self.values[heard])


def firings(lexicon: Lexicon, stream: Stream) -> dict[str, Firing]:
    """All features of a stream, by family; a text without words has none."""
    texts = stream.texts()
    silent = wordless(lexicon, stream)
    symbol = stream.symbol.astype(np.int64)
    inside = symbol[1:]
    zone = stream.zone[1:].astype(np.int64)
    negated = stream.negated[1:]
    found = {
        name: Firing(family(lexicon, zone, inside), texts, np.ones(len(texts)))
        for name, family in WORD_FAMILIES.items()
    }
    pieces, owner = split_into_pieces(lexicon.symbols).of(inside)
    found["piece"] = Firing(pieces, texts[owner], np.ones(len(pieces)))
    governed = texts[negated]
    found["negated word"] = Firing(inside[negated], governed, np.ones(len(governed)))
    found["pair"] = Firing(pair_keys(lexicon, symbol[:-1], inside), texts, np.ones(len(texts)))
    cues = occurrences(stream)
    where = texts[stream.cue_start - 1]
    for name, cue_family in CUE_FAMILIES.items():
        found[name] = Firing(cue_family(lexicon, cues), where, cue_value(name, lexicon, cues))
    return {name: firing.outside(silent) for name, firing in found.items()}


def occurrences(stream: Stream) -> Cues:
    """Cue occurrences of a stream."""
    at = stream.cue_start
    return Cues(
        stream.cue.astype(np.int64),
        stream.negated[at].astype(np.int64),
        stream.zone[at].astype(np.int64),
        stream.clause[at].astype(np.int64),
    )
