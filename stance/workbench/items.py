"""Sentences on their way between this project and annotation tools."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stance.annotations import parse_label, refuse_half_characters
from stance.labels import LABELS, Label
from stance.rows import Row, kind_of, refuse
from stance.workbench.judgements import (
    Judgement,
    Verdict,
    parse_judgements,
    sentence_id,
    settle,
)

KEY = "stance"
_VOTES = ("label", "labels", "judgements")


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence, labelled or not, with all that is known of it.

    Attributes
    ----------
    id, text : str
        As in an annotation.
    label : Label or None
        The label it stands with; None where it has none yet.
    judgements : tuple[Judgement, ...]
        What annotators said of it.
    fields : Mapping[str, object]
        Everything else, kept as it came.
    """

    id: str
    text: str
    label: Label | None = None
    judgements: tuple[Judgement, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def record(self) -> Row:
        """Fields as they stand in a line of this project's own JSONL."""
        return {"id": self.id, "text": self.text, **self.rest()}

    def rest(self, *, blind: bool = False) -> Row:
        """Fields but id and text; `blind` leaves out what says how it was labelled."""
        row: Row = {} if self.label is None else {"label": self.label.value}
        row.update(self.fields)
        if self.judgements:
            row["judgements"] = [judgement.word() for judgement in self.judgements]
        return {name: row[name] for name in row if not (blind and name in _VOTES)}

    def present_label(self) -> Label | None:
        """The label it stands with, else the one all its annotators gave."""
        given = {judgement.label for judgement in self.judgements if judgement.label}
        return self.label or (given.pop() if len(given) == 1 else None)

    def judged(self, judgement: Judgement) -> "Item":
        """The same sentence with one more judgement, unless it says nothing new."""
        for old in self.judgements:
            same = (old.annotator, old.label, old.verdict) == (
                judgement.annotator,
                judgement.label,
                judgement.verdict,
            )
            if same and judgement.note in ("", old.note):
                return self
        return replace(self, judgements=tuple(settle([*self.judgements, judgement])))


@dataclass(frozen=True, slots=True)
class Reading:
    """How a tool's file is to be read.

    Attributes
    ----------
    path : Path
        The file.
    annotator : str
        Name of the annotator where the file gives none; "" where nobody is named.
    labels : Mapping[str, Label]
        Labels that go by another name in the file.
    """

    path: Path
    annotator: str
    labels: Mapping[str, Label] = field(default_factory=dict)

    def label(self, value: object, line: int | None, name: str = "label") -> Label:
        """Label of this name.

        Raises
        ------
        AnnotationError
            Not a label of this project, nor one that `labels` translates.
        """
        if isinstance(value, str) and value in self.labels:
            return self.labels[value]
        return parse_label(value, name, self.path, line)

    def verdict(self, labels: Sequence[object], line: int | None) -> tuple[Label | None, Verdict]:
        """What labels chosen together say: just one is a label, several are no decision."""
        known = [self.label(label, line) for label in labels]
        return (known[0], Verdict.LABEL) if len(known) == 1 else (None, Verdict.UNSURE)


def parse_item(row: Mapping[str, Any], reading: Reading, line: int) -> Item:
    """Check one row of this project's own form, which need not carry a label yet.

    Raises
    ------
    AnnotationError
        A field that is missing, of the wrong type or has an unknown value.
    """
    text = require_text(row.get("text"), reading.path, line)
    name = sentence_id(row, reading.path, line)
    label = row.get("label")
    return Item(
        id=name,
        text=text,
        label=None if label in (None, "") else reading.label(label, line),
        judgements=tuple(parse_judgements(row, name, reading.path, line)),
        fields={key: row[key] for key in row if key not in ("id", "text", "label", "judgements")},
    )


def require_text(value: object, path: Path, line: int | None, name: str = "text") -> str:
    """Text of a sentence, which must not be empty.

    Raises
    ------
    AnnotationError
        Missing, not a string, empty, or nothing that a file can hold.
    """
    if not isinstance(value, str):
        stated = "missing" if value is None else f"expected a string, got {kind_of(value)}"
        refuse(f"{stated}; give the sentence", path, line, name)
    if not value.strip():
        refuse("empty; write a sentence or delete it", path, line, name)
    refuse_half_characters(value, path, line)
    return value


def optional_list(value: object, path: Path, line: int | None, name: str) -> list[Any]:
    """A list that a tool may leave out.

    Raises
    ------
    AnnotationError
        Something else.
    """
    if not value:
        return []
    if not isinstance(value, list):
        problem = f"expected a list, got {kind_of(value)}; export the sentences again"
        refuse(problem, path, line, name)
    return value


def translate_labels(pairs: Iterable[str]) -> dict[str, Label]:
    """Labels by their foreign names, from pairs such as `pro=supportive`.

    Raises
    ------
    AnnotationError
        Not a pair, or a label that does not exist.
    """
    translated: dict[str, Label] = {}
    for pair in pairs:
        foreign, equals, own = pair.rpartition("=")
        if not equals or own not in tuple(LABELS):
            refuse(f"'{pair}' names no label; write theirs=ours, such as pro=supportive")
        translated[foreign] = Label(own)
    return translated
