"""Whether a statement names both sides of the pair."""

from functools import cache

from stance.reading.lexicon import groups
from stance.text import fold, tokenise

_BOTH = frozenset({"JOINT", "ISLANDS"})
_LONGEST = 5


@cache
def _phrases() -> dict[tuple[str, ...], str]:
    sides = {"JAPAN", "RUSSIA", *_BOTH}
    return {
        tuple(tokenise(fold(name))): group for name, group in groups().items() if group in sides
    }


def names_both_sides(statement: str) -> bool:
    """Whether Japan and Russia are both named, or the islands, or something that is theirs jointly.

    Examples
    --------
    >>> names_both_sides("Abe called Putin."), names_both_sides("Abe called Obama.")
    (True, False)
    """
    tokens = tokenise(fold(statement))
    found: set[str] = set()
    index = 0
    while index < len(tokens):
        for length in range(min(_LONGEST, len(tokens) - index), 0, -1):
            group = _phrases().get(tuple(tokens[index : index + length]))
            if group:
                found.add(group)
                index += length
                break
        else:
            index += 1
    return bool(found & _BOTH) or {"JAPAN", "RUSSIA"} <= found
