"""How well documents are read: ``python -m tests.benchmarks.reading``.

Prints boundaries and boilerplate, holders, and whether neighbouring statements help, on the marked
texts and the running texts of the corpus; with ``--real FOLDER`` on further documents, too.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import numpy.typing as npt
from sklearn.metrics import f1_score

from stance.annotations import Annotation, read_corpus
from stance.api import packaged_model
from stance.cli import run
from stance.labels import LABELS
from stance.reading.segmentation import segment
from stance.resources import annotations_folder
from stance.tallies import label_indices
from tests.reading.marked import marked_texts
from tests.reading.scoring import (
    HolderScore,
    Score,
    boilerplate,
    boundaries,
    holder_cases,
    real_cases,
    score_holders,
)

Floats = npt.NDArray[np.float64]
WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)
SIDES = ("before", "both")
FOLDS = 5


class Mixing(NamedTuple):
    """How neighbours are mixed in: their weight, which ones, and into which statements."""

    weight: float
    sides: str
    vague_only: bool


MIXINGS = [
    Mixing(weight, sides, vague)
    for weight in WEIGHTS
    for sides in SIDES
    for vague in (False, True)
    if weight or (sides == SIDES[0] and not vague)
]
SHOWN = [Mixing(weight, sides, False) for sides in SIDES for weight in (0.0, 0.1, 0.2)]


class Running(NamedTuple):
    """Statements of running texts in order, each text in one piece."""

    probabilities: Floats
    labels: npt.NDArray[np.int64]
    documents: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    vague: npt.NDArray[np.bool_]


def mixed(texts: Running, mixing: Mixing) -> Floats:
    """Probabilities with the mean of the neighbours' mixed in."""
    sums = np.zeros_like(texts.probabilities)
    counts = np.zeros((len(sums), 1))
    for step in (1,) if mixing.sides == "before" else (1, -1):
        here = slice(step, None) if step > 0 else slice(None, step)
        there = slice(None, -step) if step > 0 else slice(-step, None)
        joined = (texts.documents[here] == texts.documents[there]) & (
            texts.places[here] - texts.places[there] == step
        )
        sums[here][joined] += texts.probabilities[there][joined]
        counts[here][joined] += 1
    weight = np.where(counts > 0, mixing.weight, 0.0)
    if mixing.vague_only:
        weight = weight * texts.vague[:, None]
    found: Floats = (1 - weight) * texts.probabilities + weight * sums / np.maximum(counts, 1)
    return found


def macro_f1(labels: npt.NDArray[np.int64], probabilities: Floats) -> float:
    """Mean F1 of the three labels, in points."""
    guessed = probabilities.argmax(axis=1)
    return 100 * float(f1_score(labels, guessed, average="macro", labels=range(len(LABELS))))


def cross_validated(texts: Running) -> tuple[float, float, list[Mixing]]:
    """Macro-F1 without and with neighbours, the mixing chosen on other documents each time."""
    fold = np.random.default_rng(0).permutation(texts.documents.max() + 1)[texts.documents] % FOLDS
    tried = [mixed(texts, mixing) for mixing in MIXINGS]
    final = texts.probabilities.copy()
    chosen = []
    for number in range(FOLDS):
        inside = fold != number
        scores = [macro_f1(texts.labels[inside], found[inside]) for found in tried]
        best = int(np.argmax(scores))
        final[~inside] = tried[best][~inside]
        chosen.append(MIXINGS[best])
    return macro_f1(texts.labels, texts.probabilities), macro_f1(texts.labels, final), chosen


def running(annotations: Sequence[Annotation], probabilities: Floats) -> Running:
    """The statements that stand in running texts, in order."""
    order = sorted(
        (i for i, item in enumerate(annotations) if item.doc),
        key=lambda i: (annotations[i].doc, annotations[i].n),
    )
    items = [annotations[i] for i in order]
    numbers = {doc: number for number, doc in enumerate(sorted({item.doc for item in items}))}
    return Running(
        probabilities[order],
        label_indices(items),
        np.array([numbers[item.doc] for item in items]),
        np.array([item.n for item in items]),
        ~np.array(packaged_model().on_topic([item.text for item in items])),
    )


def real_running(path: Path) -> Running:
    """Statements of ``news.jsonl``, ids ``DOCUMENT-NUMBER``, with the packaged model."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    documents = [row["id"].rsplit("-", 1)[0] for row in rows]
    numbers = {doc: number for number, doc in enumerate(sorted(set(documents)))}
    return Running(
        np.array(list(packaged_model().probabilities_many(row["text"] for row in rows))),
        np.array([LABELS.index(row["label"]) for row in rows]),
        np.array([numbers[doc] for doc in documents]),
        np.array([int(row["id"].rsplit("-", 1)[1]) for row in rows]),
        ~np.array(packaged_model().on_topic([row["text"] for row in rows])),
    )


def report_marked() -> None:
    """Print what segmentation and holders reach on the marked texts."""
    cuts, asides, holders = Score(), Score(), HolderScore()
    texts = marked_texts()
    for text, marks in texts.values():
        parts = segment(text)
        cuts += boundaries(marks, parts)
        asides += boilerplate(marks, parts)
        holders += score_holders(holder_cases(text, marks))
    click.echo(f"marked texts: {len(texts)}, statements: {holders.statements}")
    click.echo(f"  boundary F1     {cuts.f1:.3f}")
    click.echo(f"  boilerplate F1  {asides.f1:.3f}")
    report_holders(holders)


def report_holders(score: HolderScore) -> None:
    """Print shares of right holders."""
    others = score.others_right / max(score.others, 1)
    click.echo(f"  holder right    {score.right / max(score.statements, 1):.3f} of all")
    click.echo(f"                  {others:.3f} of {score.others} statements not the author's")
    click.echo(f"  kind right      {score.kind_right / max(score.statements, 1):.3f}")


def report_context(jobs: int, real: Path | None) -> None:
    """Print what neighbouring statements would add."""
    from stance.lexicon import read_sources
    from stance.training import out_of_fold

    corpus = read_corpus(annotations_folder())
    train = corpus.train
    sources = read_sources(corpus.names, corpus.cues, corpus.target)
    click.echo("context: fitting on all folds ...", err=True)
    texts = running(train, out_of_fold(train, sources, jobs=jobs))
    alone, helped, chosen = cross_validated(texts)
    statements, documents = len(texts.labels), texts.documents.max() + 1
    click.echo(f"context: {statements} statements of {documents} running texts, macro-F1")
    click.echo(f"  alone           {alone:.2f}")
    click.echo(f"  with neighbours {helped:.2f}, chosen by document: {sorted(set(chosen))}")
    news = None
    if real is not None and (real / "news.jsonl").is_file():
        news = real_running(real / "news.jsonl")
    for mixing in SHOWN:
        shown = f"{macro_f1(texts.labels, mixed(texts, mixing)):.2f}"
        if news is not None:
            shown += f", real news {macro_f1(news.labels, mixed(news, mixing)):.2f}"
        click.echo(f"  weight {mixing.weight:.2f} of {mixing.sides}: {shown}")


@click.command()
@click.option("--real", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--context/--no-context", default=True, help="Try whether neighbouring statements help."
)
@click.option("--jobs", default=1, show_default=True)
def main(real: Path | None, context: bool, jobs: int) -> None:
    """Print the figures for reading documents."""
    report_marked()
    if real is not None:
        click.echo(f"documents of {real.name}")
        report_holders(score_holders(real_cases(real)))
    if context:
        report_context(jobs, real)


if __name__ == "__main__":
    run(main)
