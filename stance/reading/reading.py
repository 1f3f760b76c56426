"""Documents read: every statement, its stance, and whose stance it is."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, overload

from stance.errors import StatementError
from stance.labels import LABELS, Label
from stance.reading.holders import HolderKind, find_holders
from stance.reading.segmentation import Segment, segment
from stance.reading.summary import Distribution, HolderSummary, by_holder, distribution

if TYPE_CHECKING:
    from stance.assessment import Assessment

CHUNK_SIZE = 16


class Assessor(Protocol):
    """What reading asks of a model at the least."""

    def assess_many(self, texts: Iterable[str]) -> "Iterator[Assessment]":
        """Assess statements in order."""


class Judge(Assessor, Protocol):
    """What reading works with."""

    def on_topic(self, texts: Sequence[str]) -> list[bool]:
        """Whether statements name both sides of the pair."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a text.

    Attributes
    ----------
    text : str
        ``document[start:end]``.
    start, end : int
        Its span in the document.
    paragraph : int
        Number of the paragraph, heading or list item it stands in.
    holder : str
        Whose stance it is: the fullest name or wording in the text; ``"author"`` for its own voice.
    kind : HolderKind
        ``"speech"``, ``"attitude"`` or ``"author"``.
    assessment : Assessment
        Label, probabilities and cues; offsets of cues count from the statement's start.
    on_topic : bool
        False where a neutral statement names neither both sides of the pair nor what is theirs,
        by the names that the model knows.
    """

    text: str
    start: int
    end: int
    paragraph: int
    holder: str
    kind: HolderKind
    assessment: "Assessment"
    on_topic: bool

    @property
    def label(self) -> Label:
        """The stance."""
        return self.assessment.label


@dataclass(frozen=True, slots=True)
class Aside:
    """Boilerplate that was not judged.

    Attributes
    ----------
    text : str
    start, end : int
        Its span in the document.
    reason : str
        What it is, such as ``"byline"``, ``"credit"``, ``"prompt"`` or ``"link"``.
    """

    text: str
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reading(Sequence[Statement]):
    """A document read; a sequence of its statements.

    Attributes
    ----------
    text : str
        The document, unchanged.
    statements : tuple of Statement
        In order; what lies between them is white space, marks and `asides`.
    asides : tuple of Aside
        Boilerplate, in order.

    Examples
    --------
    >>> import stance
    >>> reading = stance.read('"A treaty is near," said Anna Orlova. Others were not so sure.')
    >>> [statement.holder for statement in reading]
    ['Anna Orlova', 'author']
    """

    text: str
    statements: tuple[Statement, ...]
    asides: tuple[Aside, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Statement: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Statement, ...]: ...
    def __getitem__(self, index: int | slice) -> Statement | tuple[Statement, ...]:
        return self.statements[index]

    def __len__(self) -> int:
        return len(self.statements)

    def distribution(self) -> Distribution:
        """Counts and mean probabilities over all statements."""
        return distribution(self.statements)

    def by_holder(self) -> list[HolderSummary]:
        """Counts and net stance of each holder, most statements first, the author last."""
        return by_holder(self.statements)

    def rows(self) -> list[dict[str, Any]]:
        """One dict of plain values a statement, as pandas and polars take them."""
        return [_row(number, statement) for number, statement in enumerate(self.statements)]

    def to_json(self, *, indent: int | None = None) -> str:
        """The reading as a JSON object: distribution, holders, statements with cues, asides."""
        seen = self.distribution()
        content = {
            "distribution": {
                **seen._asdict(),
                "mean_probabilities": _plain(seen.mean_probabilities),
            },
            "holders": [summary._asdict() for summary in self.by_holder()],
            "statements": [
                {**row, "cues": _cues(statement)}
                for row, statement in zip(self.rows(), self.statements, strict=True)
            ],
            "asides": [
                {"start": aside.start, "end": aside.end, "text": aside.text, "reason": aside.reason}
                for aside in self.asides
            ],
        }
        return json.dumps(content, ensure_ascii=False, indent=indent)

    def to_html(self, *, title: str = "") -> str:
        """A self-contained page: the text tinted by stance, cues, table and chart by holder.

        Parameters
        ----------
        title : str
            Heading of the page; by default the first statement.
        """
        from stance.reading.page import render

        return render(self, title)

    def _repr_html_(self) -> str:
        from stance.reading.page import render_table

        return render_table(self)


def read(text: str, *, model: Assessor | None = None) -> Reading:
    """Read a document: its statements, the stance of each, and whose stance it is.

    Parameters
    ----------
    text : str
        An article, interview, transcript or speech, as plain text.
    model : optional
        Anything with `assess_many`, such as what `stance.load` gives; by default the packaged
        model, whose names also say what is on topic where it has no `on_topic`.

    Returns
    -------
    Reading

    Raises
    ------
    StatementError
        `text` is not a str; it is a TypeError too.

    Examples
    --------
    >>> import stance
    >>> len(stance.read("Mr. Abe met Mr. Putin in Sochi. They spoke of a treaty."))
    2
    """
    if not isinstance(text, str):
        raise StatementError(text)
    found: Reading = _reader(model).read_chunk([text])[0]
    return found


def read_many(
    documents: Iterable[str],
    *,
    model: Assessor | None = None,
    n_jobs: int | None = None,
    chunk_size: int = CHUNK_SIZE,
    progress: bool = False,
) -> Iterator[Reading]:
    """Read documents from any iterable, in its order and in bounded memory.

    Parameters
    ----------
    documents : iterable of str
        Read only as far as results are taken, a few chunks ahead.
    model : optional
        As in `read`.
    n_jobs : int or None
        Workers, as in `stance.bulk.stream`.
    chunk_size : int
        Documents handed to a worker at a time.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    iterator of Reading

    Raises
    ------
    StatementError
        `documents` is itself a str; or, when reached, an item is not one, with its index.
    ValueError
        `chunk_size` is below 1.
    """
    from stance.bulk import stream

    return stream(
        _reader(model),
        "read_chunk",
        documents,
        n_jobs=n_jobs,
        chunk_size=chunk_size,
        progress=progress,
    )


class _Reader(NamedTuple):
    """Gives any assessor what else reading needs of a model."""

    assessor: Assessor
    path: None = None
    manifest: Mapping[str, Any] = MappingProxyType({})

    def assess_many(self, texts: Iterable[str]) -> "Iterator[Assessment]":
        return self.assessor.assess_many(texts)

    def on_topic(self, texts: Sequence[str]) -> list[bool]:
        from stance.api import packaged_model

        judge: Any = self.assessor if hasattr(self.assessor, "on_topic") else packaged_model()
        named: list[bool] = judge.on_topic(texts)
        return named

    def read_chunk(self, documents: Sequence[str]) -> list[Reading]:
        return read_chunk(documents, self)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_Reader, (self.assessor,))


def _reader(model: Assessor | None) -> Any:
    if model is None:
        from stance.api import packaged_model

        return packaged_model()
    return model if hasattr(model, "read_chunk") else _Reader(model)


def read_chunk(documents: Sequence[str], model: Judge) -> list[Reading]:
    """Divide all documents, then judge all their statements in one call."""
    divided = [segment(document) for document in documents]
    statements = [
        document[part.start : part.end]
        for document, parts in zip(documents, divided, strict=True)
        for part in parts
        if not part.boilerplate
    ]
    judged = zip(model.assess_many(statements), model.on_topic(statements), strict=True)
    return [
        _reading(document, parts, judged)
        for document, parts in zip(documents, divided, strict=True)
    ]


def _reading(
    document: str, parts: Sequence[Segment], judged: "Iterator[tuple[Assessment, bool]]"
) -> Reading:
    statements: list[Statement] = []
    asides: list[Aside] = []
    for part, holder in zip(parts, find_holders(document, parts), strict=True):
        words = document[part.start : part.end]
        if part.boilerplate:
            asides.append(Aside(words, part.start, part.end, part.boilerplate))
            continue
        seen, sides_named = next(judged)
        statements.append(
            Statement(
                words,
                part.start,
                part.end,
                part.paragraph,
                holder.name,
                holder.kind,
                seen,
                seen.label != Label.NEUTRAL or sides_named,
            )
        )
    return Reading(document, tuple(statements), tuple(asides))


def _row(number: int, statement: Statement) -> dict[str, Any]:
    seen = statement.assessment
    return {
        "n": number,
        "start": statement.start,
        "end": statement.end,
        "paragraph": statement.paragraph,
        "holder": statement.holder,
        "kind": statement.kind.value,
        "label": seen.label.value,
        "confidence": seen.confidence,
        **{label.value: seen.probabilities[label] for label in LABELS},
        "on_topic": statement.on_topic,
        "coverage": seen.coverage,
        "text": statement.text,
    }


def _plain(values: Mapping[Label, float]) -> dict[str, float]:
    return {label.value: values[label] for label in LABELS}


def _cues(statement: Statement) -> list[dict[str, Any]]:
    return [
        {"start": cue.start, "end": cue.end, "text": cue.text, "contribution": cue.contribution}
        for cue in statement.assessment.cues
    ]
