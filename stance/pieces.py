"""Pieces of words: what words of one stem have in common."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.int64]

_LENGTHS = (3, 4, 5)


class Pieces(NamedTuple):
    """Which pieces symbols are made of.

    Attributes
    ----------
    start : ndarray of int64, shape (symbols + 1,)
        Symbol `i` is made of ``piece[start[i] : start[i + 1]]``; of none if it is not a word.
    piece : ndarray of int64
    """

    start: Keys
    piece: Keys

    def of(self, symbols: Keys) -> tuple[Keys, Keys]:
        """Pieces of each of some symbols, and by which of them: index into `symbols`."""
        counts = self.start[symbols + 1] - self.start[symbols]
        owner = np.repeat(np.arange(len(symbols)), counts)
        within = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
        return self.piece[self.start[symbols][owner] + within], owner


@lru_cache(maxsize=4)
def split_into_pieces(symbols: tuple[str, ...]) -> Pieces:
    """Number the letter n-grams of words, their edges marked.

    After Bojanowski et al. 2017, "Enriching Word Vectors with Subword Information".

    Examples
    --------
    >>> pieces = split_into_pieces(("@JAPAN", "tie", "ties"))
    >>> np.diff(pieces.start).tolist()
    [0, 6, 9]
    """
    made_of = [sorted(_ngrams(symbol)) if symbol[:1].isalpha() else [] for symbol in symbols]
    number = {piece: i for i, piece in enumerate(sorted({x for found in made_of for x in found}))}
    return Pieces(
        np.cumsum([0, *map(len, made_of)], dtype=np.int64),
        np.array([number[piece] for found in made_of for piece in found], np.int64),
    )


def _ngrams(word: str) -> set[str]:
    marked = f"<{word}>"
    return {
        marked[start : start + length]
        for length in _LENGTHS
        for start in range(len(marked) - length + 1)
    }
