"""Inflected forms of English base forms, so that a lexicon lists each word once."""

from collections.abc import Iterable
from functools import cache

from stance.resources import package_data

_VOWELS = frozenset("aeiou")
_SIBILANT = ("s", "x", "z", "ch", "sh")


@cache
def irregular() -> dict[str, str]:
    """Irregular form to base form, from ``data/irregular.tsv``."""
    lines = package_data("irregular.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return dict(line.split("\t") for line in lines)


def regular_forms(base: str) -> list[str]:
    """Regular inflections of a word, as verb, noun or adjective; unused ones do no harm.

    Examples
    --------
    >>> regular_forms("deny")
    ['denied', 'denies', 'denying']
    """
    if len(base) < 3 or not base.isalpha():
        return []
    last, before = base[-1], base[-2]
    if last == "e":
        return [base + "d", base + "s", base[:-1] + "ing"]
    if last == "y" and before not in _VOWELS:
        return [base[:-1] + "ied", base[:-1] + "ies", base + "ing"]
    forms = [base + "ed", base + ("es" if base.endswith(_SIBILANT) else "s"), base + "ing"]
    if last not in _VOWELS and last not in "wxy" and before in _VOWELS and base[-3] not in _VOWELS:
        forms += [base + last + "ed", base + last + "ing"]
    return forms


def lemmas(bases: Iterable[str]) -> dict[str, str]:
    """Map every form of the given base forms to its base.

    An irregular form goes to its base, listed or not; any other listed word stays itself; where
    two bases share a regular form, one that ends in e has it, else the alphabetically first.

    Examples
    --------
    >>> lemmas(["seek", "tie"])["sought"], lemmas(["tie"])["ties"]
    ('seek', 'tie')
    """
    listed = sorted(set(bases))
    found = {base: base for base in listed}
    for form, base in irregular().items():
        if base in found:
            found[form] = base
    for base in sorted(listed, key=lambda base: (not base.endswith("e"), base)):
        for form in regular_forms(base):
            found.setdefault(form, base)
    return found
