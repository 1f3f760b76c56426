"""Looking annotations over before they are trained on."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stance.annotations import comparable, find_part, find_parts, parse_annotation
from stance.errors import AnnotationError
from stance.labels import LABELS
from stance.rows import read_rows, refuse
from stance.workbench.findings import Finding, Line, Severity, refusal
from stance.workbench.mend import clean_row, flaws
from stance.workbench.overlaps import find_near_copies, find_shared_runs

FEW_GROUPS = 5
RARE_LABEL = 0.1
HUGE_GROUP = 0.2
LABEL_DRIFT = 0.15
_MOJIBAKE = re.compile("â€|Ã[\u0080-\u00bf]|Â[\u00a0-\u00bf]|\ufffd")


@dataclass(frozen=True, slots=True)
class Part:
    """Counts of one file.

    Attributes
    ----------
    path : Path
        The file.
    sentences : int
        Lines that parse.
    labels, groups : Mapping[str, int]
        Sentences by label and by group.
    """

    path: Path
    sentences: int
    labels: Counter[str]
    groups: Counter[str]

    def __str__(self) -> str:
        shares = ", ".join(
            f"{name} {number:,} ({number / self.sentences:.0%})"
            for name, number in self.labels.most_common()
        )
        number = len(self.groups)
        return f"{self.path}: {self.sentences:,} sentences in {number:,} groups: {shares or 'none'}"


@dataclass(frozen=True, slots=True)
class Report:
    """Outcome of a check: what the files hold and what was found, by file and line."""

    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that keep a file from being used."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


def check_annotations(path: Path | str) -> Report:
    """Check a file, or the training and test part of a folder, and what they have in common.

    Unlike reading, checking goes on after an error, so that all of them can be mended at once.

    Raises
    ------
    AnnotationError
        There is nothing to check.
    """
    path = Path(path)
    if path.is_dir() and find_part(path, "train") is None:
        refuse("no train.jsonl, train.csv or train.tsv in this folder; add one", path)
    findings: list[Finding] = []
    paths = find_parts(path)
    files = [_read(part, findings) for part in paths]
    parts = [_count(part, lines) for part, lines in zip(paths, files, strict=True)]
    for lines in files:
        for check in _FILE_CHECKS:
            findings += check(lines)
    findings += _balance(parts[0])
    if len(files) > 1:
        findings += _leaks(*files)
        findings += _drift(*parts)
    order = {part.path: place for place, part in enumerate(parts)}
    findings.sort(key=lambda found: (order.get(found.path, -1), found.line or 0))
    return Report(tuple(parts), tuple(findings))


def _read(path: Path, findings: list[Finding]) -> list[Line]:
    def note(error: AnnotationError) -> None:
        findings.append(refusal(error, path))

    lines = []
    for number, row in read_rows(path, note):
        line = Line(path, number, row)
        for kind, name, told in flaws(row):
            flaw = line.error if kind == "label-spelling" else line.warning
            findings.append(flaw(kind, told, "run with --fix", name, mechanical=True))
        # What --fix would mend does not hide anything else.
        better = clean_row(row)
        lines.append(Line(path, number, better))
        try:
            parse_annotation(better, path, number)
        except AnnotationError as error:
            note(error)
    return lines


def _count(path: Path, lines: Sequence[Line]) -> Part:
    labels = Counter(str(line.row.get("label")) for line in lines)
    groups = Counter(line.group or f"line {line.number}" for line in lines)
    return Part(path, len(lines), labels, groups)


def _copies(lines: Sequence[Line]) -> Iterator[Finding]:
    seen: dict[str, Line] = {}
    for line in lines:
        first = seen.setdefault(comparable(line.text), line) if line.text else line
        if first is line:
            continue
        if first.row.get("label") == line.row.get("label"):
            told = f"same text and label as line {first.number}"
            yield line.error("duplicate", told, "run with --fix", "text", mechanical=True)
        else:
            told = (
                f"'{line.row.get('label')}' here, '{first.row.get('label')}' for the same text in "
                f"line {first.number}"
            )
            yield line.error("conflict", told, "decide, and delete one", "label")


def _ids(lines: Sequence[Line]) -> Iterator[Finding]:
    seen: dict[str, Line] = {}
    for line in lines:
        if line.id and seen.setdefault(line.id, line) is not line:
            told = f"'{line.id}' is taken by line {seen[line.id].number}"
            yield line.error("duplicate-id", told, "give each its own", "id")


def _votes(lines: Sequence[Line]) -> Iterator[Finding]:
    for line in lines:
        votes, label = line.row.get("labels"), line.row.get("label")
        if isinstance(votes, dict) and votes:
            counts = Counter(map(str, votes.values()))
            if counts[str(label)] < max(counts.values()):
                said = ", ".join(f"{vote} {number}" for vote, number in counts.most_common())
                told = f"'{label}' against the votes ({said})"
                yield line.warning("vote", told, "adjudicate", "label")


def _broken_characters(lines: Sequence[Line]) -> Iterator[Finding]:
    for line in lines:
        broken = _MOJIBAKE.search(line.text)
        if broken:
            told = f"'{broken.group()}' looks like text read in the wrong encoding"
            yield line.warning("encoding", told, "copy it from the source again", "text")


def _near_copies(lines: Sequence[Line]) -> Iterator[Finding]:
    for overlap in find_near_copies([line.text for line in lines], threshold=0.7):
        first, line = lines[overlap.first], lines[overlap.second]
        if first.group and first.group == line.group:
            continue
        if comparable(first.text) != comparable(line.text):
            told = (
                f"{overlap.likeness:.0%} like line {first.number} of another group: {_quote(first)}"
            )
            yield line.warning("near-copy", told, "give both one group, or delete one", "group")


_FILE_CHECKS: tuple[Callable[[Sequence[Line]], Iterator[Finding]], ...] = (
    _copies,
    _ids,
    _votes,
    _broken_characters,
    _near_copies,
)


def _leaks(train: Sequence[Line], test: Sequence[Line]) -> Iterator[Finding]:
    texts = {comparable(line.text): line for line in train if line.text}
    groups = {line.group: line for line in train if line.group}
    ids = {line.id: line for line in train if line.id}
    name = train[0].path.name if train else "the training part"
    same = set()
    for place, line in enumerate(test):
        twin = texts.get(comparable(line.text))
        if twin is not None:
            same.add(place)
            told = f"the text is also in {name}, line {twin.number}"
            yield line.error("leak", told, "delete it from one of the two", "text")
        if line.group in groups:
            told = f"'{line.group}' is also in {name}, line {groups[line.group].number}"
            yield line.error("leak", told, "keep a group on one side of the split", "group")
        if line.id in ids:
            told = f"'{line.id}' is taken in {name}, line {ids[line.id].number}"
            yield line.error("duplicate-id", told, "give each its own", "id")
    yield from _near_leaks(train, test, same)


def _near_leaks(train: Sequence[Line], test: Sequence[Line], same: set[int]) -> Iterator[Finding]:
    sources = [line.text for line in train]
    targets = [line.text for line in test]
    told: dict[tuple[int, int], str] = {}
    for place, other, words in find_shared_runs(targets, sources):
        told[place, other] = f"shares “{words}” with"
    for overlap in find_near_copies(targets, sources):
        told[overlap.first, overlap.second] = f"is {overlap.likeness:.0%} like"
    for (place, other), how in told.items():
        if place not in same:
            line, twin = test[place], train[other]
            problem = f"{how} {twin.path.name}, line {twin.number}: {_quote(twin)}"
            yield line.warning("near-leak", problem, "delete one of the two", "text")


def _balance(part: Part) -> Iterator[Finding]:
    def warn(kind: str, problem: str, remedy: str) -> Finding:
        return Finding(kind, problem, remedy, part.path, severity=Severity.WARNING)

    if not part.sentences:
        yield Finding("empty", "no sentences", "label some first", part.path)
        return
    for label in LABELS:
        number = part.labels[label]
        if not number:
            yield warn("balance", f"no '{label}' sentence", "a model needs all three labels")
        elif number / part.sentences < RARE_LABEL:
            told = f"only {number} of {part.sentences} sentences are '{label}'"
            yield warn("balance", told, "label more of them")
    if len(part.groups) < FEW_GROUPS:
        told = f"only {len(part.groups)} groups, too few for cross-validation"
        yield warn("groups", told, "use more texts, or leave the field out")
    largest, number = part.groups.most_common(1)[0]
    if number > 1 and number / part.sentences > HUGE_GROUP:
        told = f"group '{largest}' holds {number} of {part.sentences} sentences"
        yield warn("groups", told, "split it by text")


def _drift(train: Part, test: Part) -> Iterator[Finding]:
    if not train.sentences or not test.sentences:
        return
    for label in LABELS:
        shares = [part.labels[label] / part.sentences for part in (train, test)]
        if abs(shares[0] - shares[1]) > LABEL_DRIFT:
            told = f"'{label}' is {shares[0]:.0%} of the training part and {shares[1]:.0%} of this"
            remedy = "draw both from the same texts"
            yield Finding("balance", told, remedy, test.path, severity=Severity.WARNING)


def _quote(line: Line) -> str:
    return f"“{line.text[:60]}…”" if len(line.text) > 60 else f"“{line.text}”"
