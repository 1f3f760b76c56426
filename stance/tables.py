"""Weights as tables of whole numbers: what a trained classifier is compiled into.

All weights that depend on the same facts are added up beforehand, so that a statement's score is
a sum of a few look-ups. Whole numbers make that sum exact in any order.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stance.features import CUE_FAMILIES, DAMPING_ONE, WORD_FAMILIES, Cues, cue_value
from stance.lexicon import ZONES, Lexicon
from stance.pieces import split_into_pieces
from stance.trie import Ints, displace

UNIT = 2.0**-24
# Scores are sums of weights times a damping factor.
SCORE_UNIT = UNIT / DAMPING_ONE
# Five of them, the most that meet at one position, still fit 32 bits.
LARGEST = 2**28


class Weights(NamedTuple):
    """Weights of one family: of feature ``keys[i]`` for the labels, ``values[i]``; keys ascend."""

    keys: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]

    def of(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Weights of any keys, 0 where a feature has none; shape of `keys` and the labels."""
        if not len(self.keys):
            return np.zeros((*keys.shape, self.values.shape[1]))
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where((self.keys[at] == keys)[..., None], self.values[at], 0.0)


class Tables(NamedTuple):
    """Compiled weights, in units of `UNIT`, the last axis over (supportive, skeptical).

    What stands for neutral is minus their sum, so that the three of any entry add up to zero.

    Attributes
    ----------
    intercept : ndarray of int32, shape (2,)
    word : ndarray of int32, shape (ZONES, symbols, 2)
    negated : ndarray of int32, shape (symbols, 2)
    pair_offset : ndarray of int32, shape (symbols,)
        Where the row of the left neighbour starts among the slots.
    pair_check : ndarray of int32, shape (slots,)
        Left neighbour a slot belongs to, -1 for none.
    pair : ndarray of int32, shape (slots, 2)
    cue : ndarray of int32, shape (cues, 2, 2)
        By cue and negation.
    cue_sign : ndarray of int32, shape (7, ZONES, ZONES, 2)
        By signed strength from -3 to 3, zone and clause.
    """

    intercept: Ints
    word: Ints
    negated: Ints
    pair_offset: Ints
    pair_check: Ints
    pair: Ints
    cue: Ints
    cue_sign: Ints


def compile_tables(
    lexicon: Lexicon,
    weights: Mapping[str, Weights],
    intercept: npt.NDArray[np.float64],
) -> Tables:
    """Add up the weights of all families into tables.

    Parameters
    ----------
    lexicon : Lexicon
    weights : mapping of family to Weights
        In natural-log odds, temperature applied.
    intercept : ndarray of float64, shape (3,)
    """
    symbols = len(lexicon.symbols)
    zone, symbol = np.meshgrid(np.arange(ZONES), np.arange(symbols), indexing="ij")
    word = _total(
        weights[name].of(family(lexicon, zone, symbol)) for name, family in WORD_FAMILIES.items()
    )
    word += _piece_weights(lexicon, weights["piece"])
    pairs = weights["pair"]
    left, right = np.divmod(pairs.keys, symbols)
    rows = {int(row): right[left == row] for row in np.unique(left)}
    offsets, slots = displace(rows, symbols)
    pair_offset = np.zeros(symbols, np.int32)
    pair_offset[list(offsets)] = list(offsets.values())
    slot = pair_offset[left] + right
    pair_check = np.full(max(slots, symbols), -1, np.int32)
    pair_check[slot] = left
    pair = np.zeros((len(pair_check), 3))
    pair[slot] = pairs.values
    return Tables(
        intercept=_whole(intercept),
        word=_whole(word),
        negated=_whole(weights["negated word"].of(np.arange(symbols))),
        pair_offset=pair_offset,
        pair_check=pair_check,
        pair=_whole(pair),
        cue=_whole(_cue_weights(lexicon, weights, ("cue", "cue category"))),
        cue_sign=_whole(_sign_weights(lexicon, weights)),
    )


def _piece_weights(lexicon: Lexicon, weights: Weights) -> npt.NDArray[np.float64]:
    """Weight of each symbol for what it is made of, shape (symbols, labels)."""
    symbols = len(lexicon.symbols)
    pieces, owner = split_into_pieces(lexicon.symbols).of(np.arange(symbols))
    total = np.zeros((symbols, weights.values.shape[1]))
    np.add.at(total, owner, weights.of(pieces))
    return total


def _cue_weights(
    lexicon: Lexicon, weights: Mapping[str, Weights], families: Iterable[str]
) -> npt.NDArray[np.float64]:
    cue, negated = np.meshgrid(np.arange(len(lexicon.cue_sign)), np.arange(2), indexing="ij")
    cues = Cues(cue, negated, 0 * cue, 0 * cue)
    return _total(
        weights[name].of(CUE_FAMILIES[name](lexicon, cues))
        * cue_value(name, lexicon, cues)[..., None]
        for name in families
    )


def _sign_weights(lexicon: Lexicon, weights: Mapping[str, Weights]) -> npt.NDArray[np.float64]:
    """Weights by strength after negation (index 3 is 0), zone and clause."""
    # Seven imaginary cues, one for each strength from -3 to 3.
    strength = np.arange(-3, 4)
    imagined = lexicon._replace(
        cue_sign=np.sign(strength).astype(np.int32),
        cue_strength=np.abs(strength).astype(np.int32),
        cue_category=np.zeros(7, np.int32),
    )
    cue, zone, clause = np.meshgrid(np.arange(7), np.arange(ZONES), np.arange(ZONES), indexing="ij")
    cues = Cues(cue, 0 * cue, zone, clause)
    families = [name for name in CUE_FAMILIES if name.startswith("cue sign")]
    return _total(
        weights[name].of(CUE_FAMILIES[name](imagined, cues))
        * cue_value(name, imagined, cues)[..., None]
        for name in families
    )


def _total(parts: Iterable[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    total: npt.NDArray[np.float64] = np.sum(list(parts), axis=0)
    return total


def _whole(weights: npt.NDArray[np.float64]) -> Ints:
    centred = weights - weights.mean(axis=-1, keepdims=True)
    if not np.isfinite(centred).all() or np.abs(centred).max(initial=0.0) > LARGEST * UNIT:
        raise ValueError("a weight is not finite or beyond what the tables hold")
    whole: Ints = np.round(centred[..., :2] / UNIT).astype(np.int32)
    return whole
