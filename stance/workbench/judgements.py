"""What annotators said of sentences: one judgement a sentence and annotator, in a long format."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from stance.annotations import (
    comparable,
    parse_label,
    parse_votes,
    refuse_half_characters,
    text_digest,
)
from stance.labels import Label
from stance.rows import Row, kind_of, read_rows, refuse

Votes = dict[str, dict[str, Label]]

_FIELDS = ("annotator", "label", "verdict", "date", "note")


class Verdict(StrEnum):
    """What an annotator did with a sentence.

    `LABEL` gave it a label; `SKIP` set it aside as not worth labelling; `UNSURE` left the label
    to others; `REJECT` turned down a label that was offered; `WITHDRAWN` took back what the same
    annotator had said of it.
    """

    LABEL = "label"
    SKIP = "skip"
    UNSURE = "unsure"
    REJECT = "reject"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One annotator's word on one sentence.

    Attributes
    ----------
    id : str
        The sentence.
    annotator : str
        Who judged it.
    label : Label or None
        The label; None unless the verdict is `LABEL`.
    verdict : Verdict
        What was done.
    date : str
        When, as ISO 8601; "" where unknown.
    note : str
        What the annotator wished to say about it.
    text : str
        The sentence's text; "" where the file does not repeat it.
    extra : Mapping[str, object]
        Fields this library does not know, kept as they were.
    """

    id: str
    annotator: str
    label: Label | None = None
    verdict: Verdict = Verdict.LABEL
    date: str = ""
    note: str = ""
    text: str = ""
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    def word(self) -> Row:
        """Fields without the sentence, empty ones left out."""
        row: Row = {"annotator": self.annotator}
        if self.label is not None:
            row["label"] = self.label.value
        if self.verdict is not Verdict.LABEL:
            row["verdict"] = self.verdict.value
        row.update({name: getattr(self, name) for name in ("date", "note") if getattr(self, name)})
        return {**row, **self.extra}

    def record(self) -> Row:
        """Fields as they stand in a line of the long format."""
        text = {"text": self.text} if self.text else {}
        return {"id": self.id, **text, **self.word()}


def parse_judgement(row: Mapping[str, Any], item: str, path: Path, line: int) -> Judgement:
    """Check one annotator's word on the sentence named `item`.

    Raises
    ------
    AnnotationError
        A field that is missing, of the wrong type or has an unknown value.
    """
    names = ("annotator", "date", "note", "text", "verdict")
    values = {name: _string(row, name, path, line) for name in names}
    if not values["annotator"]:
        refuse("missing; name who judged the sentence", path, line, "annotator")
    stated = values.pop("verdict") or Verdict.LABEL.value
    if stated not in tuple(Verdict):
        known = ", ".join(f"'{verdict}'" for verdict in Verdict)
        refuse(f"unknown verdict '{stated}'; use one of {known}", path, line, "verdict")
    verdict = Verdict(stated)
    label = None
    if verdict is Verdict.LABEL:
        label = parse_label(row.get("label"), "label", path, line)
    elif row.get("label"):
        refuse(
            f"given although the verdict is '{verdict}'; drop one of the two", path, line, "label"
        )
    extra = {name: value for name, value in row.items() if name not in (*_FIELDS, "id", "text")}
    return Judgement(id=item, label=label, verdict=verdict, extra=extra, **values)


def parse_judgements(row: Mapping[str, Any], item: str, path: Path, line: int) -> list[Judgement]:
    """Judgements that stand in the field `judgements` of a sentence's own row."""
    words = row.get("judgements")
    if words is None:
        return []
    if not isinstance(words, list) or not all(isinstance(word, dict) for word in words):
        refuse("expected a list of objects", path, line, "judgements")
    return [parse_judgement(word, item, path, line) for word in words]


def read_judgements(path: Path | str) -> list[Judgement]:
    """Read a file in the long format: `id`, `annotator`, `label`, `date`, `note`.

    Every line counts as said once: nothing is replaced or withdrawn here (`settle` does that).

    Raises
    ------
    AnnotationError
        A line that cannot be used.
    """
    path = Path(path)
    return [
        parse_judgement(row, sentence_id(row, path, line), path, line)
        for line, row in read_rows(path)
    ]


def settle(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Keep each annotator's last word on each sentence, and drop what was withdrawn.

    Examples
    --------
    >>> said = [Judgement("a", "ann", Label.NEUTRAL), Judgement("a", "ann", Label.SKEPTICAL)]
    >>> [str(judgement.label) for judgement in settle(said)]
    ['skeptical']
    """
    last: dict[tuple[str, str], Judgement] = {}
    for judgement in judgements:
        key = (judgement.id, judgement.annotator)
        last.pop(key, None)
        if judgement.verdict is not Verdict.WITHDRAWN:
            last[key] = judgement
    return list(last.values())


def collect_judgements(
    paths: Iterable[Path | str], warn: Callable[[str], object] | None = None
) -> list[Judgement]:
    """Judgements of all files, settled; each file is in the long format or has a row a sentence.

    A row a sentence carries judgements in its field `judgements`, votes in `labels`. Without
    either, and without an annotator, its label is nobody's and is passed over.

    Parameters
    ----------
    paths : iterable of Path or str
        The files.
    warn : callable, optional
        Receives a message about each file of which something, or all, was passed over.

    Raises
    ------
    AnnotationError
        A line that cannot be used, two texts under one id, or a file all of whose labels are
        nobody's.
    """
    found: list[Judgement] = []
    texts: dict[str, str] = {}
    for path in map(Path, paths):
        heard = unowned = 0
        for line, row in read_rows(path):
            said = _line_judgements(row, path, line)
            heard += len(said)
            unowned += not said and bool(row.get("label"))
            for judgement in said:
                refuse_half_characters(judgement.text, path, line)
                refuse_other_text(texts, judgement.id, judgement.text, path, line)
                found.append(judgement)
        told = _passed_over(path, heard, unowned)
        if told and warn is not None:
            warn(f"{path}: {told}")
    return settle(found)


def count_votes(judgements: Iterable[Judgement]) -> Votes:
    """Labels given, by sentence and annotator."""
    votes: Votes = {}
    for judgement in judgements:
        if judgement.label is not None:
            votes.setdefault(judgement.id, {})[judgement.annotator] = judgement.label
    return votes


def sentence_id(row: Mapping[str, Any], path: Path, line: int) -> str:
    """Id of the sentence in a row; a digest of its text where the row gives none.

    Raises
    ------
    AnnotationError
        Neither id nor text, or one that is not a string.
    """
    item = _string(row, "id", path, line)
    if item:
        return item
    text = _string(row, "text", path, line)
    if not text.strip():
        refuse("missing; name the sentence or repeat its text", path, line, "id")
    return text_digest(text)


def refuse_other_text(
    texts: dict[str, str],
    item: str,
    text: str,
    path: Path | None = None,
    line: int | None = None,
) -> None:
    """Refuse a text whose id names another one in `texts`, which remembers it otherwise.

    Raises
    ------
    AnnotationError
        Two texts under one id. An empty text is none.
    """
    key = comparable(text)
    if key and texts.setdefault(item, key) != key:
        problem = f"'{item}' names another text too; give each sentence an id of its own"
        refuse(problem, path, line, "id")


def _passed_over(path: Path, heard: int, unowned: int) -> str:
    command = f"stance annotations import {path} --from rows --annotator NAME --out FILE"
    remedy = f"name who gave them with `{command}`"
    if unowned and not heard:
        refuse(f"its labels ({unowned}) name no annotator; {remedy}", path)
    if unowned:
        return f"passed over labels that name no annotator ({unowned}); {remedy}"
    return "" if heard else "holds no judgements; name its fields id, annotator, label"


def _line_judgements(row: Row, path: Path, line: int) -> list[Judgement]:
    item = sentence_id(row, path, line)
    if "annotator" in row:
        return [parse_judgement(row, item, path, line)]
    text = _string(row, "text", path, line)
    said = {word.annotator: word for word in parse_judgements(row, item, path, line)}
    for annotator, vote in parse_votes(row, path, line).items():
        said.setdefault(annotator, Judgement(item, annotator, vote))
    return [replace(word, text=text) for word in said.values()]


def _string(row: Mapping[str, Any], name: str, path: Path, line: int) -> str:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        refuse(f"expected a string, got {kind_of(value)}; put it in quotes", path, line, name)
    return value or ""
