"""Whether a statement names both sides of the pair."""

from functools import cache

from stance.reading.lexicon import groups
from stance.resources import annotations_folder
from stance.target import Target, read_target
from stance.text import fold, tokenise

_LONGEST = 5


@cache
def _target() -> Target:
    return read_target(annotations_folder() / "target.toml")


@cache
def _phrases() -> dict[tuple[str, ...], str]:
    target = _target()
    sides = target.first | target.second | target.joint
    named = ((name, group) for name, group in groups().items() if group in sides)
    return {tuple(tokenise(fold(name))): group for name, group in named}


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
    target = _target()
    return bool(found & target.joint) or bool(found & target.first and found & target.second)
