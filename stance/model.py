"""A loaded model: immutable, safe to share between threads and processes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from stance.assessment import Assessment
from stance.engine import Engine
from stance.errors import StatementError
from stance.explanation import explain
from stance.labels import LABELS, Label
from stance.lexicon import TokenIndex
from stance.single import Single
from stance.storage import Stored, read_folder
from stance.tables import SCORE_UNIT
from stance.zones import both_sides_named

if TYPE_CHECKING:
    from stance.reading import Reading


class Model:
    """A trained classifier, as `load` returns it.

    Parameters
    ----------
    stored : Stored
        Contents of a model folder.
    path : Path or None
        Where they were read.
    """

    def __init__(self, stored: Stored, path: Path | None = None) -> None:
        self._stored = stored
        self.path = path
        index = TokenIndex(stored.lexicon.tokens)
        self._engine = Engine(stored.lexicon, stored.tables, index)
        self._single = Single(stored.lexicon, stored.tables, index)

    def __repr__(self) -> str:
        return f"<stance.Model {self.manifest.get('name', '')} from {self.path}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Model, (self._stored, self.path))

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the model's manifest states: versions, digests, training data, metrics."""
        return MappingProxyType(dict(self._stored.manifest))

    def classify(self, text: str) -> Label:
        """Label one statement.

        Raises
        ------
        StatementError
            `text` is not a str.
        """
        supportive, skeptical = self._single.score(_checked(text))
        scores = (supportive, skeptical, -supportive - skeptical)
        return LABELS[scores.index(max(scores))]

    def assess(self, text: str) -> Assessment:
        """Label one statement with probabilities and the words that decided.

        Raises
        ------
        StatementError
            `text` is not a str.
        """
        return explain(self._single, _checked(text))

    def classify_many(self, texts: Iterable[str], **options: Any) -> Iterator[Label]:
        """Label statements from any iterable, in its order and in bounded memory.

        Takes the options of `stance.bulk.stream`.

        Raises
        ------
        StatementError
            An item is not a str, or `texts` itself is one.
        """
        from stance.bulk import stream

        return stream(self, "classify_chunk", texts, **options)

    def assess_many(self, texts: Iterable[str], **options: Any) -> Iterator[Assessment]:
        """Assess statements from any iterable, in its order and in bounded memory.

        Takes the options of `stance.bulk.stream`.

        Raises
        ------
        StatementError
            An item is not a str, or `texts` itself is one.
        """
        from stance.bulk import stream

        return stream(self, "assess_chunk", texts, **options)

    def read(self, text: str) -> "Reading":
        """Read a document; see `stance.reading.read`."""
        from stance.reading import read

        return read(text, model=self)

    def read_many(self, documents: Iterable[str], **options: Any) -> "Iterator[Reading]":
        """Read documents from any iterable; see `stance.reading.read_many`."""
        from stance.reading import read_many

        return read_many(documents, model=self, **options)

    def read_chunk(self, documents: Sequence[str]) -> "list[Reading]":
        """Readings of a list of documents."""
        from stance.reading.reading import read_chunk

        return read_chunk(documents, self)

    def on_topic(self, texts: Sequence[str]) -> list[bool]:
        """Whether statements name both sides, as `Reading` needs it of neutral ones."""
        return [
            named
            for stream in self._engine.streams(texts)
            for named in both_sides_named(self._stored.lexicon, stream)
        ]

    def classify_chunk(self, texts: Sequence[str]) -> list[Label]:
        """Labels of a list of statements, all at once."""
        return [LABELS[i] for i in self._three_scores(texts).argmax(axis=1).tolist()]

    def probabilities_many(
        self, texts: Iterable[str], **options: Any
    ) -> Iterator[tuple[float, ...]]:
        """Probabilities of the labels, in the order of `LABELS`, without the words that decided.

        Takes the options of `stance.bulk.stream`.
        """
        from stance.bulk import stream

        return stream(self, "probabilities_chunk", texts, **options)

    def probabilities_chunk(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Probabilities of a list of statements, all at once."""
        scores = self._three_scores(texts) * SCORE_UNIT
        odds = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
        return [tuple(row) for row in (odds / odds.sum(axis=1, keepdims=True)).tolist()]

    def _three_scores(self, texts: Sequence[str]) -> Any:
        scores = self._engine.scores(texts)
        return np.column_stack([scores, -scores.sum(axis=1)])

    def assess_chunk(self, texts: Sequence[str]) -> list[Assessment]:
        """Assessments of a list of statements."""
        return [explain(self._single, text) for text in texts]


def _checked(text: object) -> str:
    if not isinstance(text, str):
        raise StatementError(text)
    return text


def load(path: Path | str) -> Model:
    """Load a model folder that retraining wrote.

    Raises
    ------
    ModelError
        The folder is missing, damaged or of another schema.
    """
    folder = Path(path)
    return Model(read_folder(folder), folder)
