"""Which two sides a project's ties are about: ``target.toml`` in an annotations folder."""

import tomllib
from pathlib import Path
from typing import NamedTuple

from stance.errors import AnnotationError


class Target(NamedTuple):
    """The two sides, as groups of ``names.tsv``.

    Attributes
    ----------
    first, second : frozenset of str
        Groups that name one side or the other.
    joint : frozenset of str
        Groups that stand for both at once, such as a treaty between them.
    """

    first: frozenset[str]
    second: frozenset[str]
    joint: frozenset[str]


NO_TARGET = Target(frozenset(), frozenset(), frozenset())


def read_target(path: Path) -> Target:
    """Read ``target.toml``: arrays of group names under ``first``, ``second`` and ``joint``."""
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise AnnotationError(f"not valid TOML ({error})", path=path) from error
    sides = {}
    for field in Target._fields:
        groups = stated.get(field, [])
        if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
            raise AnnotationError(
                'give an array of group names, such as ["JAPAN"]', path=path, field=field
            )
        sides[field] = frozenset(groups)
    return Target(**sides)
