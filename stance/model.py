"""A loaded model: immutable, safe to share between threads and processes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import exp
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from stance.assessment import Assessment, Cue
from stance.engine import Engine
from stance.errors import StatementError
from stance.labels import LABELS, Label
from stance.lexicon import BOUNDARY_ID, UNKNOWN_ID, WORD, TokenIndex
from stance.single import Single
from stance.storage import Stored, read_folder
from stance.stream import wordless
from stance.tables import UNIT
from stance.text import token_spans


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
        scores = _three((supportive, skeptical))
        return LABELS[scores.index(max(scores))]

    def assess(self, text: str) -> Assessment:
        """Label one statement with probabilities and the words that decided.

        Raises
        ------
        StatementError
            `text` is not a str.
        """
        return self._assess(_checked(text))

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
        scores = self._three_scores(texts) * UNIT
        odds = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
        return [tuple(row) for row in (odds / odds.sum(axis=1, keepdims=True)).tolist()]

    def _three_scores(self, texts: Sequence[str]) -> Any:
        scores = self._engine.scores(texts)
        return np.column_stack([scores, -scores.sum(axis=1)])

    def assess_chunk(self, texts: Sequence[str]) -> list[Assessment]:
        """Assessments of a list of statements."""
        return [self._assess(text) for text in texts]

    def _assess(self, text: str) -> Assessment:
        return explain(self._engine, text)


def explain(engine: Engine, text: str) -> Assessment:
    """Assess one statement, attributing the score to stretches of the text.

    What two neighbours add together is shared between them; a cue expression is one stretch.
    """
    spans = token_spans(text)
    lookup = engine.look_up
    ids = np.array([BOUNDARY_ID, *(lookup(token) for token, _, _ in spans), BOUNDARY_ID], np.int32)
    stream = engine.analyse(ids)
    words, pairs = engine.contributions(stream)
    added = words.astype(np.int64)
    # The left neighbour takes half, the right one what is left, but an edge of the statement none.
    half = pairs.astype(np.int64) // 2
    half[0], last = 0, pairs[-1]
    added[:-1] += half
    added[1:] += pairs - half
    if len(added) > 2:
        added[-2] += last - half[-1]
        added[-1] -= last - half[-1]
    added[stream.cue_start] += engine.cue_contributions(stream)
    if wordless(engine.lexicon, stream)[0]:
        added[:] = 0

    unit = np.arange(len(added))
    for start, length in zip(stream.cue_start.tolist(), stream.cue_length.tolist(), strict=True):
        unit[start : start + length] = start
    origin = stream.origin.tolist()
    base = engine.tables.intercept + added[-1]
    total = base + added[1:-1].sum(axis=0)
    label = LABELS[int(np.argmax(_three(total)))]
    stretches: list[tuple[int, int, Any]] = []
    position = 1
    while position < len(added) - 1:
        after = position + 1
        while after < len(added) - 1 and unit[after] == unit[position]:
            after += 1
        part = added[position:after].sum(axis=0)
        start, end = spans[origin[position] - 1][1], spans[origin[after] - 2][2]
        if stretches and start < stretches[-1][1]:
            # One character can hold several words, such as a fraction.
            start, _, before = stretches.pop()
            part = part + before
        stretches.append((start, end, part))
        position = after
    cues = []
    for start, end, part in stretches:
        if part.any():
            contributions = _by_label(_three(part))
            cues.append(Cue(start, end, text[start:end], contributions[label], contributions))
    scores = _by_label(_three(total))
    probabilities = _softmax(scores)
    counted = ids[(engine.lexicon.flags[ids] & WORD) > 0]
    known = int((counted != UNKNOWN_ID).sum())
    return Assessment(
        label=label,
        confidence=probabilities[label],
        probabilities=probabilities,
        cues=tuple(cues),
        coverage=known / len(counted) if len(counted) else 0.0,
        scores=scores,
        intercepts=_by_label(_three(base)),
    )


def _three(pair: Any) -> tuple[int, int, int]:
    supportive, skeptical = int(pair[0]), int(pair[1])
    return supportive, skeptical, -supportive - skeptical


def _by_label(three: tuple[int, int, int]) -> dict[Label, float]:
    return {label: value * UNIT for label, value in zip(LABELS, three, strict=True)}


def _softmax(scores: Mapping[Label, float]) -> dict[Label, float]:
    largest = max(scores.values())
    parts = {label: exp(score - largest) for label, score in scores.items()}
    total = sum(parts.values())
    return {label: part / total for label, part in parts.items()}


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
