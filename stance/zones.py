"""Which parties statements name, in words."""

from collections.abc import Sequence

from stance.lexicon import FIRST_SIDE, SECOND_SIDE, THIRD_PARTY, Lexicon, TokenIndex
from stance.stream import Stream, stream_of

_BOTH = FIRST_SIDE | SECOND_SIDE
_SIDES = {0: "", FIRST_SIDE: "one side", SECOND_SIDE: "one side", _BOTH: "both sides"}


def name_zones(lexicon: Lexicon, texts: Sequence[str]) -> list[str]:
    """Name the parties of each statement.

    Parameters
    ----------
    lexicon : Lexicon
        Of a model, or as training built it.
    texts : sequence of str

    Returns
    -------
    list of str
        "no party", "one side" or "both sides" of the target, "a third party", or a side "and a
        third party".

    Examples
    --------
    >>> from stance.resources import model_folder
    >>> from stance.storage import read_folder
    >>> lexicon = read_folder(model_folder()).lexicon
    >>> name_zones(lexicon, ["Tokyo spoke to Moscow.", "It rained."])
    ['both sides', 'no party']
    """
    if not texts:
        return []
    stream = stream_of(lexicon, TokenIndex(lexicon.tokens), texts)
    return [_name(bits) for bits in _bits(stream)]


def both_sides_named(lexicon: Lexicon, stream: Stream) -> list[bool]:
    """Whether each text names both sides of the target, or what is theirs jointly.

    Every text does for a lexicon that has no names of the sides.
    """
    unsided = not (lexicon.sides & _BOTH).any()
    return [unsided or bits & _BOTH == _BOTH for bits in _bits(stream)]


def _bits(stream: Stream) -> list[int]:
    bits: list[int] = stream.zone[stream.marks[1:]].tolist()
    return bits


def _name(bits: int) -> str:
    parties = [_SIDES[bits & _BOTH], "a third party" if bits & THIRD_PARTY else ""]
    return " and ".join(filter(None, parties)) or "no party"
