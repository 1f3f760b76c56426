"""Labelled sentences, read from files and checked line by line."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stance.labels import LABELS, Label
from stance.rows import FORMATS, kind_of, read_rows, refuse

_KNOWN_LABELS: dict[str, Label] = {label.value: label for label in LABELS}
_LABEL_NAMES = ", ".join(f"'{label}'" for label in LABELS)
_TEXT_FIELDS = ("id", "group", "writer", "genre", "period", "theme", "origin", "doc", "pair")
_FIELDS = frozenset(("text", "label", "labels", "n", *_TEXT_FIELDS))
# A longer text is a document, or the sign of a quotation mark left open.
LONGEST = 10_000
_MOST_MARKS = 30
_LONG_RUN = re.compile(rf"[^\w\s\x00-\x7f]{{{_MOST_MARKS}}}")
_QUOTES = str.maketrans({**dict.fromkeys("‘’‚‛′ʼ`´", "'"), **dict.fromkeys("“”„‟″«»", '"')})


@dataclass(frozen=True, slots=True)
class Annotation:
    """One labelled sentence.

    Attributes
    ----------
    id : str
        Unique name of the sentence; a digest of the text where the file gives none.
    text : str
        The sentence.
    label : Label
        The label it is trained or scored with.
    group : str
        What must stay on one side of any split: same text, pair or block. Where the file gives
        none, the document, else the pair, else the sentence itself.
    writer, genre, period, theme : str
        Who wrote it, the kind of text, the time it speaks of, its subject; "" where unknown.
    doc, n : str, int or None
        Running text it stands in and its place there.
    pair : str
        Name shared by sentences that contrast.
    origin : str
        "text" where the sentence stood in a text before anyone thought of its label, which makes
        it harder than one composed for a label; "" where nobody says.
    labels : Mapping[str, Label]
        Every annotator's vote, by annotator.
    extra : Mapping[str, object]
        Fields this library does not know, kept as they were.
    """

    id: str
    text: str
    label: Label
    group: str
    writer: str = ""
    genre: str = ""
    period: str = ""
    theme: str = ""
    doc: str = ""
    n: int | None = None
    pair: str = ""
    origin: str = ""
    labels: Mapping[str, Label] = field(default_factory=dict, hash=False)
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    def record(self) -> dict[str, object]:
        """Fields as they stand in a JSONL line, empty ones left out.

        Examples
        --------
        >>> Annotation("a1", "Ties are warming.", Label.SUPPORTIVE, "a").record()["label"]
        'supportive'
        """
        row: dict[str, object] = {
            "id": self.id,
            "text": self.text,
            "label": self.label.value,
        }
        if self.labels:
            row["labels"] = {name: vote.value for name, vote in self.labels.items()}
        row["group"] = self.group
        for name in ("writer", "doc", "n", "pair", "genre", "period", "theme", "origin"):
            value = getattr(self, name)
            if value != "" and value is not None:
                row[name] = value
        row.update(self.extra)
        return row


@dataclass(frozen=True, slots=True)
class Corpus:
    """Training and test annotations with the word lists beside them.

    Attributes
    ----------
    train, test : tuple[Annotation, ...]
        In file order; `test` is empty where there is no test part.
    folder : Path or None
        The folder read; None where a single file was read.
    names, cues, target : Path or None
        `names.tsv`, `cues.tsv` and `target.toml` of the folder, where they exist.
    """

    train: tuple[Annotation, ...]
    test: tuple[Annotation, ...] = ()
    folder: Path | None = None
    names: Path | None = None
    cues: Path | None = None
    target: Path | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the training annotations, whatever the order of their lines."""
        rows = sorted(
            json.dumps(item.record(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            for item in self.train
        )
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _shortened(text: str) -> str:
    """Cut runs of combining marks, which take quadratic time to normalise (UAX 15)."""
    if not _LONG_RUN.search(text):
        return text
    kept, run = [], 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def comparable(text: str) -> str:
    """Reduce a text to the form under which two texts count as the same.

    Compatibility forms, case, white space and the style of quotation marks do not matter.

    Examples
    --------
    >>> comparable("“Da”,  he said.") == comparable('"DA", he said.')
    True
    """
    if not text.isascii():
        text = _shortened(text)
        text = unicodedata.normalize("NFKC", text.translate(_QUOTES)).translate(_QUOTES)
    return " ".join(text.replace("`", "'").casefold().split())


def text_digest(text: str) -> str:
    """Short name of a text that stays the same wherever the text stands."""
    return hashlib.sha256(comparable(text).encode("utf-8", "replace")).hexdigest()[:12]


def read_annotations(path: Path | str) -> list[Annotation]:
    r"""Read one file of annotations, checking every line.

    Parameters
    ----------
    path : Path or str
        A `.jsonl`, `.csv` or `.tsv` file in UTF-8, also with `.gz` behind. `text` and `label`
        are all it needs; a table names its columns in the first row.

    Returns
    -------
    list of Annotation
        In file order.

    Raises
    ------
    AnnotationError
        A line that cannot be used: file, line and field, and what to do about it.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp(), "mine.csv")
    >>> _ = file.write_text("text,label\nBoth sides want a treaty.,supportive\n")
    >>> read_annotations(file)[0].label
    <Label.SUPPORTIVE: 'supportive'>
    """
    return [item for _, item in _numbered(Path(path))]


def _numbered(path: Path) -> Iterator[tuple[int, Annotation]]:
    """Annotations with the lines they stand in."""
    ids: dict[str, int] = {}
    texts: dict[str, int] = {}
    for line, row in read_rows(path):
        item = parse_annotation(row, path, line)
        same = ids.setdefault(item.id, line)
        key = comparable(item.text)
        first = texts.setdefault(key, line)
        if first != line:
            refuse(f"same text as line {first}; delete one of the two", path, line, "text")
        if same != line:
            refuse(f"'{item.id}' is taken by line {same}; give each its own", path, line, "id")
        yield line, item


def read_corpus(path: Path | str) -> Corpus:
    """Read a folder of annotations, or a single file as a training part.

    Parameters
    ----------
    path : Path or str
        A folder with `train.jsonl` (or `.csv`, `.tsv`, each also `.gz`) and, where they exist,
        `test.jsonl`, `names.tsv`, `cues.tsv`, `target.toml`; or one file, which
        has no test part.

    Raises
    ------
    AnnotationError
        A line that cannot be used, no training part, or a text, group or id on both sides of
        the split.
    """
    path = Path(path)
    if not path.is_dir():
        return Corpus(train=tuple(_read_training(path)))
    train_path = find_part(path, "train")
    if train_path is None:
        refuse("no train.jsonl, train.csv or train.tsv in this folder; add one", path)
    train = _read_training(train_path)
    test_path = find_part(path, "test")
    numbered = [] if test_path is None else list(_numbered(test_path))
    _refuse_leaks(train, train_path, numbered, test_path)
    beside = [path / name for name in ("names.tsv", "cues.tsv", "target.toml")]
    present = {file.stem: file for file in beside if file.is_file()}
    return Corpus(
        train=tuple(train), test=tuple(item for _, item in numbered), folder=path, **present
    )


def find_part(folder: Path, name: str) -> Path | None:
    """File that holds the `train` or `test` part of a folder; None where there is none.

    Raises
    ------
    AnnotationError
        More than one file could be meant.
    """
    candidates = [
        folder / f"{name}{suffix}{zipped}" for suffix in FORMATS for zipped in ("", ".gz")
    ]
    present = [file for file in candidates if file.is_file()]
    if len(present) > 1:
        names = " and ".join(file.name for file in present)
        refuse(f"{names} stand side by side; keep one of them", folder)
    return present[0] if present else None


def find_parts(path: Path) -> list[Path]:
    """Files that hold annotations: the parts of a folder, training first, or the file itself.

    Raises
    ------
    AnnotationError
        More than one file could be meant.
    """
    if not path.is_dir():
        return [path]
    parts = (find_part(path, name) for name in ("train", "test"))
    return [part for part in parts if part is not None]


def parse_annotation(row: Mapping[str, Any], path: Path | None, line: int | None) -> Annotation:
    """Check the fields of one row and make an annotation of them.

    Raises
    ------
    AnnotationError
        A field that is missing, of the wrong type or has an unknown value.
    """
    text = row.get("text")
    if not isinstance(text, str):
        refuse(_missing_or_wrong(text, "the sentence as a string"), path, line, "text")
    if not text or text.isspace():
        refuse("empty; write a sentence or delete the line", path, line, "text")
    if len(text) > LONGEST:
        refuse(f"{len(text)} characters; annotate sentences, not documents", path, line, "text")
    refuse_half_characters(text, path, line)
    label = parse_label(row.get("label"), "label", path, line)
    values: dict[str, str] = {}
    for name in _TEXT_FIELDS:
        value = row.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            refuse(f"expected a string, got {kind_of(value)}; put it in quotes", path, line, name)
        values[name] = value
    if not values.get("id"):
        values["id"] = text_digest(text)
    if not values.get("group"):
        values["group"] = values.get("doc") or values.get("pair") or values["id"]
    n = row.get("n")
    if n is not None and (not isinstance(n, int) or isinstance(n, bool)):
        refuse(f"expected a whole number, got {kind_of(n)}", path, line, "n")
    return Annotation(
        text=text,
        label=label,
        n=n,
        labels=parse_votes(row, path, line),
        extra={name: value for name, value in row.items() if name not in _FIELDS},
        **values,
    )


def refuse_half_characters(text: str, path: Path | None, line: int | None) -> None:
    """Refuse a text that no file in UTF-8 can hold.

    Raises
    ------
    AnnotationError
        The text holds a lone surrogate.
    """
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        refuse("half a character (a lone surrogate); mend the text", path, line, "text")


def _read_training(path: Path) -> list[Annotation]:
    train = read_annotations(path)
    if not train:
        refuse("holds no annotations yet; label some sentences first", path)
    return train


def _refuse_leaks(
    train: Iterable[Annotation],
    train_path: Path,
    test: Iterable[tuple[int, Annotation]],
    test_path: Path | None,
) -> None:
    texts: dict[str, str] = {}
    groups: set[str] = set()
    ids: set[str] = set()
    for item in train:
        texts[comparable(item.text)] = item.id
        groups.add(item.group)
        ids.add(item.id)
    name = train_path.name
    for line, item in test:
        twin = texts.get(comparable(item.text))
        if twin is not None:
            problem = f"the text is also in {name} (id '{twin}'); delete it from one of the two"
            refuse(problem, test_path, line, "text")
        if item.group in groups:
            problem = f"'{item.group}' is also in {name}; keep a group on one side of the split"
            refuse(problem, test_path, line, "group")
        if item.id in ids:
            refuse(f"'{item.id}' is taken in {name}; give each its own", test_path, line, "id")


def parse_label(value: object, name: str, path: Path | None, line: int | None) -> Label:
    """Check a label that stands in the field `name`.

    Raises
    ------
    AnnotationError
        Missing, not a string or unknown.
    """
    label = _KNOWN_LABELS.get(value) if isinstance(value, str) else None
    if label is not None:
        return label
    if not isinstance(value, str):
        refuse(_missing_or_wrong(value, f"one of {_LABEL_NAMES}"), path, line, name)
    near = value.strip().lower()
    hint = f"write '{near}'" if near in _KNOWN_LABELS else f"use one of {_LABEL_NAMES}"
    refuse(f"unknown label '{value}'; {hint}", path, line, name)


def parse_votes(row: Mapping[str, Any], path: Path | None, line: int | None) -> dict[str, Label]:
    """Votes in the field `labels` of a row, by annotator.

    Raises
    ------
    AnnotationError
        Not an object, or an unknown label.
    """
    votes = row.get("labels")
    if votes is None:
        return {}
    if not isinstance(votes, dict):
        hint = "expected an object of annotator and label"
        refuse(f"{hint}, got {kind_of(votes)}", path, line, "labels")
    return {name: parse_label(vote, "labels", path, line) for name, vote in votes.items()}


def _missing_or_wrong(value: object, wanted: str) -> str:
    return (
        f"missing; give {wanted}" if value is None else f"expected {wanted}, got {kind_of(value)}"
    )
