"""Token ids of a chunk of plain text, found on bytes: no string is made for any token.

The same tokens as `stance.text.tokenise` gives for text in ASCII, which folding leaves nearly all
English text in; a test holds the two together.
"""

import numpy as np
import numpy.typing as npt

from stance.lexicon import NUMBER_ID, UNKNOWN_ID, YEAR_ID, is_year
from stance.text import CLITICS, LONGEST_TOKEN, SIGNS
from stance.trie import Ints

Words = npt.NDArray[np.uint64]

_OTHER, _LETTER, _DIGIT, _SIGN, _COMMA, _POINT = range(6)
_WORD = 8
_PARTS = LONGEST_TOKEN // _WORD

_CLASS = np.zeros(256, np.uint8)
_CLASS[[ord(char) for char in "abcdefghijklmnopqrstuvwxyz"]] = _LETTER
_CLASS[[ord(char) for char in "0123456789"]] = _DIGIT
_CLASS[[ord(char) for char in SIGNS]] = _SIGN
_CLASS[ord(",")], _CLASS[ord(".")] = _COMMA, _POINT

# Keep the first 0 to 8 bytes of a little-endian word.
_MASK = np.array([(1 << (8 * kept)) - 1 for kept in range(_WORD + 1)], np.uint64)
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)
_CLITIC_WORDS = np.array(
    [int.from_bytes(clitic.encode(), "little") for clitic in CLITICS], np.uint64
)


def _words(data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], part: int) -> Words:
    """Eight bytes from each start on, as one number; the start need not be aligned."""
    view = np.ndarray((len(data) - _WORD + 1,), "<u8", data.data, strides=(1,))
    taken: Words = view[starts + part * _WORD]
    return taken


class Scanner:
    """Finder of token ids.

    Parameters
    ----------
    tokens : tuple of str
        Token of each id.
    """

    def __init__(self, tokens: tuple[str, ...]) -> None:
        listed = [
            (token.encode().ljust(LONGEST_TOKEN, b"\0"), i)
            for i, token in enumerate(tokens)
            if token and token.isascii() and len(token) <= LONGEST_TOKEN
        ]
        keys = np.frombuffer(b"".join(key for key, _ in listed), "<u8").reshape(-1, _PARTS)
        ids = np.array([i for _, i in listed], np.int32)
        self._bits = max(4, int(len(listed) * 4).bit_length())
        size = 1 << self._bits
        self._keys = np.zeros((_PARTS, size), np.uint64)
        self._ids = np.zeros(size, np.int32)
        slots = self._slots([keys[:, part] for part in range(_PARTS)])
        waiting = np.arange(len(ids))
        # Linear probing: in each round the first to ask for a free slot gets it.
        while len(waiting):
            wanted = slots[waiting]
            free = np.flatnonzero(self._keys[0, wanted] == 0)
            _, first = np.unique(wanted[free], return_index=True)
            placed = free[first]
            taken = waiting[placed]
            self._keys[:, slots[taken]] = keys[taken].T
            self._ids[slots[taken]] = ids[taken]
            waiting = np.delete(waiting, placed)
            slots[waiting] = (slots[waiting] + 1) & (size - 1)

    def _slots(self, parts: list[Words]) -> npt.NDArray[np.int64]:
        mixed = parts[0] * _MIX[0]
        for part, factor in zip(parts[1:], _MIX[1:], strict=True):
            mixed ^= part * factor
        mixed ^= mixed >> np.uint64(29)
        mixed *= _MIX[1]
        slots: npt.NDArray[np.int64] = (mixed >> np.uint64(64 - self._bits)).astype(np.int64)
        return slots

    def token_ids(self, text: bytes) -> Ints:
        """Ids of the tokens of lower-case ASCII text.

        Parameters
        ----------
        text : bytes
            Must begin and end with a boundary.
        """
        data = np.frombuffer(text + bytes(LONGEST_TOKEN + _WORD), np.uint8)
        kinds = _CLASS.take(data)
        marks = np.flatnonzero(kinds >= _COMMA)
        between = (kinds[marks - 1] == _DIGIT) & (kinds[marks + 1] == _DIGIT)
        commas = kinds[marks] == _COMMA
        kinds[marks] = np.where(between, _DIGIT, np.where(commas, _SIGN, _OTHER))

        changes = kinds[1:] != kinds[:-1]
        inside = kinds != _OTHER
        signs = kinds == _SIGN
        begins = inside.copy()
        begins[1:] &= changes | signs[1:]
        closes = inside
        closes[:-1] &= changes | signs[:-1]
        starts = np.flatnonzero(begins)
        ends = np.flatnonzero(closes) + 1
        self._take_apostrophes(data, kinds, starts, ends)
        return self._look_up(data, kinds, starts, ends)

    def _take_apostrophes(
        self,
        data: npt.NDArray[np.uint8],
        kinds: npt.NDArray[np.uint8],
        starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
    ) -> None:
        """Move the start of what follows an apostrophe back over it where both are a clitic."""
        behind = np.flatnonzero((data[starts - 1] == ord("'")) & (kinds[starts] == _LETTER))
        length = ends[behind] - starts[behind]
        follows = ends[behind]
        alone = (kinds[follows] != _DIGIT) & (data[follows] != ord("_"))
        word = _words(data, starts[behind] - 1, 0) & _MASK[np.minimum(length + 1, _WORD)]
        starts[behind[alone & np.isin(word, _CLITIC_WORDS)]] -= 1

    def _look_up(
        self,
        data: npt.NDArray[np.uint8],
        kinds: npt.NDArray[np.uint8],
        starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
    ) -> Ints:
        length = ends - starts
        parts = [_words(data, starts, 0) & _MASK[np.minimum(length, _WORD)]]
        for part in range(1, _PARTS):
            here = np.zeros(len(starts), np.uint64)
            longer = np.flatnonzero(length > part * _WORD)
            kept = np.minimum(length[longer] - part * _WORD, _WORD)
            here[longer] = _words(data, starts[longer], part) & _MASK[kept]
            parts.append(here)
        slots = self._slots(parts)
        ids = np.full(len(starts), UNKNOWN_ID, np.int32)
        asking = np.flatnonzero(length <= LONGEST_TOKEN)
        while len(asking):
            slot = slots[asking]
            same = self._keys[0].take(slot) == parts[0][asking]
            for part in range(1, _PARTS):
                same &= self._keys[part].take(slot) == parts[part][asking]
            ids[asking[same]] = self._ids.take(slot[same])
            asking = asking[~same & (self._keys[0].take(slot) != 0)]
            slots[asking] = (slots[asking] + 1) & (len(self._ids) - 1)
        numbers = np.flatnonzero((ids == UNKNOWN_ID) & (kinds[starts] == _DIGIT))
        for at in numbers.tolist():
            token = data[starts[at] : ends[at]].tobytes().decode()
            ids[at] = YEAR_ID if is_year(token) else NUMBER_ID
        return ids
