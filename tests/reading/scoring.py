"""How close reading comes to the marks: boundaries, boilerplate, holders."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from stance.reading.holders import Holder, find_holders
from stance.reading.segmentation import Segment, segment
from stance.text import fold
from tests.reading.marked import Mark

_FILLERS = frozenset(
    [
        "a",
        "an",
        "at",
        "and",
        "by",
        "for",
        "from",
        "his",
        "her",
        "in",
        "its",
        "of",
        "on",
        "some",
        "s",
    ]
)
_SHARED = 0.5


class Score(NamedTuple):
    """Hits, false alarms and misses."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    def __add__(self, other: tuple[int, ...]) -> "Score":  # type: ignore[override]
        return Score(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.hits / max(2 * self.hits + self.false + self.missed, 1)


class HolderScore(NamedTuple):
    """Statements by whether their holder was found.

    Attributes
    ----------
    statements, right : int
    others, others_right : int
        Those that are not the author's.
    kind_right : int
    """

    statements: int = 0
    right: int = 0
    others: int = 0
    others_right: int = 0
    kind_right: int = 0

    def __add__(self, other: tuple[int, ...]) -> "HolderScore":  # type: ignore[override]
        return HolderScore(*(a + b for a, b in zip(self, other, strict=True)))


class Case(NamedTuple):
    """A marked statement beside what was found for it; `found` is None where it was not cut so."""

    text: str
    mark: Mark
    found: Holder | None

    @property
    def right(self) -> bool:
        """Whether the holder is the marked one."""
        return self.found is not None and same_holder(self.mark.holder, self.found.name)


def boundaries(marks: Sequence[Mark], found: Sequence[Segment]) -> Score:
    """Starts and ends of all stretches, boilerplate included."""
    wanted = {(side, at) for mark in marks for side, at in (("s", mark.start), ("e", mark.end))}
    got = {(side, at) for part in found for side, at in (("s", part.start), ("e", part.end))}
    return Score(len(wanted & got), len(got - wanted), len(wanted - got))


def boilerplate(marks: Sequence[Mark], found: Sequence[Segment]) -> Score:
    """Stretches set aside."""
    wanted = {(mark.start, mark.end) for mark in marks if mark.kind == "boilerplate"}
    got = {(part.start, part.end) for part in found if part.boilerplate}
    return Score(len(wanted & got), len(got - wanted), len(wanted - got))


def holder_cases(text: str, marks: Iterable[Mark]) -> Iterator[Case]:
    """Each marked statement with the holder found."""
    parts = segment(text)
    holders = find_holders(text, parts)
    found = {(part.start, part.end): who for part, who in zip(parts, holders, strict=True)}
    for mark in marks:
        if mark.kind != "boilerplate":
            yield Case(text[mark.start : mark.end], mark, found.get((mark.start, mark.end)))


def score_holders(cases: Iterable[Case]) -> HolderScore:
    """Count right holders and kinds."""
    total = HolderScore()
    for case in cases:
        other = case.mark.kind != "author"
        kind = case.found is not None and case.found.kind == case.mark.kind
        total += (1, case.right, other, other and case.right, kind)
    return total


def same_holder(marked: str, found: str) -> bool:
    """Whether two wordings name the same party.

    The author only equals the author. Otherwise one wording's words must contain the other's, or
    they must share half of them; "X and Y" is met by its words alike.
    """
    if "author" in (marked, found):
        return marked == found
    wanted, got = _content(marked), _content(found)
    shared = wanted & got
    contained = wanted <= got or got <= wanted
    return bool(shared) and (contained or len(shared) >= _SHARED * len(wanted | got))


def _content(name: str) -> set[str]:
    return set(re.findall(r"\w+", fold(name))) - _FILLERS


def real_cases(folder: Path) -> Iterator[Case]:
    """Cases of a folder that holds ``holders.jsonl`` and its documents as ``texts/*.txt``.

    The rows were cut by other hands: each is met by the stretch in which it begins.
    """
    rows = [json.loads(line) for line in (folder / "holders.jsonl").read_text().splitlines()]
    for path in sorted((folder / "texts").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        parts = segment(text)
        holders = find_holders(text, parts)
        here = 0
        for row in rows:
            if not row["id"].startswith(path.stem):
                continue
            here = max(here, text.find(row["text"][:20], here))
            met = (h for p, h in zip(parts, holders, strict=True) if p.start <= here + 2 < p.end)
            yield Case(row["text"], Mark(here, here, row["kind"], row["holder"]), next(met, None))
            here += 1
