"""The ladder of baselines: ``python -m tests.benchmarks.accuracy``.

Every method learns from the training part of the annotations and is judged on the same test part,
and on any further file of labelled statements, by macro-F1 with a bootstrap interval by group.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import click
import numpy as np

from stance.annotations import Annotation, parse_annotation, read_corpus
from stance.bootstrap import Figure
from stance.cli import run
from stance.evaluation import evaluate, gain, plain
from stance.labels import LABELS, Label
from stance.model import load
from stance.resources import annotations_folder, model_folder
from stance.rows import read_rows
from tests.benchmarks.methods import Method, ladder, semeval

HELD_OUT = "held-out"


class Row(NamedTuple):
    """A method with what it reached.

    Attributes
    ----------
    method : str
    macro_f1 : dict of str to Figure
        By column; empty where the method could not be run.
    problem : str
        Why it could not be run.
    """

    method: str
    macro_f1: dict[str, Figure]
    problem: str = ""


def climb(
    methods: Sequence[Method],
    train: Sequence[Annotation],
    columns: dict[str, Sequence[Annotation]],
) -> list[Row]:
    """Run every method; one that cannot be run keeps its row and says why."""
    rows = []
    for method in methods:
        click.echo(method.name, err=True)
        try:
            labelled = method.run(
                train, [[item.text for item in part] for part in columns.values()]
            )
        except ImportError as error:
            rows.append(Row(method.name, {}, f"not run: {error}"))
            continue
        figures = {
            name: evaluate(part, certain(labels)).macro_f1
            for (name, part), labels in zip(columns.items(), labelled, strict=True)
        }
        rows.append(Row(method.name, figures))
    return rows


def read_labelled(path: Path) -> list[Annotation]:
    """Read statements to measure on; unlike annotations, running text may repeat itself."""
    return [parse_annotation(row, path, line) for line, row in read_rows(path)]


def certain(labels: Sequence[Label]) -> Any:
    """Labels as probabilities of 0 and 1."""
    return np.eye(len(LABELS))[[LABELS.index(label) for label in labels]]


def table(rows: Sequence[Row], columns: dict[str, Sequence[Annotation]]) -> str:
    """Rows as a Markdown table."""
    heads = [f"{name} ({len(part):,})" for name, part in columns.items()]
    lines = [
        "| method | " + " | ".join(heads) + " |",
        "|---" + "|---:" * len(heads) + "|",
    ]
    for row in rows:
        cells = [str(row.macro_f1[name]) for name in columns] if row.macro_f1 else [row.problem]
        cells += [""] * (len(heads) - len(cells))
        lines.append(f"| {row.method} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


class OwnLabels(NamedTuple):
    """Retraining without names and cues beside the SemEval recipe, on the same splits.

    Attributes
    ----------
    trained, tested : int
        Statements that one model learns from, and those tested on in all.
    ours, recipe, gain : Figure
        Macro-F1 of both, and ours less the recipe's on the same samples.
    """

    trained: int
    tested: int
    ours: Figure
    recipe: Figure
    gain: Figure

    def __str__(self) -> str:
        return (
            f"{self.trained:,} statements to learn from, {self.tested:,} to test on; macro-F1\n"
            f"  stance, --no-names --no-cues  {self.ours}\n"
            f"  SemEval-2016 recipe           {self.recipe}\n"
            f"  difference                    {self.gain}"
        )


def compare_on_own_labels(path: Path, *, seed: int = 0, jobs: int = 1) -> OwnLabels:
    """Retrain as for other people's labels and compare with the SemEval recipe.

    Parameters
    ----------
    path : Path
        A folder with a training and a test part; or a folder without the latter or one file, of
        which each fifth of the groups is tested by what the others teach.
    seed : int
        Of the splits and the folds.
    jobs : int
        Processes.
    """
    from stance.training import folds

    corpus = read_corpus(path)
    splits = [(list(corpus.train), list(corpus.test))]
    if not corpus.test:
        items = sorted(corpus.train, key=lambda item: item.id)
        splits = [
            ([items[i] for i in inside], [items[i] for i in outside])
            for inside, outside in folds(items, seed, count=5)
        ]
    tested, ours, recipe = [], [], []
    for train, test in splits:
        texts = [item.text for item in test]
        tested += test
        ours += _retrained(train, test, seed, jobs)
        recipe += semeval(train, [texts])[0]
    return OwnLabels(
        len(splits[0][0]),
        len(tested),
        evaluate(tested, certain(ours)).macro_f1,
        evaluate(tested, certain(recipe)).macro_f1,
        gain(tested, certain(ours), certain(recipe)),
    )


def _retrained(
    train: Sequence[Annotation], test: Sequence[Annotation], seed: int, jobs: int
) -> list[Label]:
    """Labels of the test part by a model retrained and loaded as users do it."""
    from stance.retrain import retrain

    with TemporaryDirectory() as folder:
        parts = Path(folder, "annotations")
        parts.mkdir()
        for name, part in (("train", train), ("test", test)):
            rows = (json.dumps(item.record(), ensure_ascii=False) + "\n" for item in part)
            (parts / f"{name}.jsonl").write_text("".join(rows), encoding="utf-8")
        out = Path(folder, "model")
        retrain(parts, out, seed=seed, jobs=jobs, names=False, cues=False)
        return list(load(out).classify_many([item.text for item in test]))


@click.command()
@click.option(
    "--also",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Further labelled statements (JSONL, CSV or TSV with text and label): one more column.",
)
@click.option("--model", type=click.Path(path_type=Path), help="Model folder for our row.")
@click.option("--fine-tune", is_flag=True, help="Also fine-tune the sentence encoder (slow).")
@click.option(
    "--own-labels",
    is_flag=False,
    flag_value="",
    metavar="[PATH]",
    help="Instead: retrain without names and cues on PATH, by default our annotations, and "
    "compare with the SemEval recipe.",
)
@click.option("--jobs", default=1, show_default=True, help="Processes for --own-labels.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures.")
def main(
    also: tuple[Path, ...],
    model: Path | None,
    fine_tune: bool,
    own_labels: str | None,
    jobs: int,
    json_file: Path | None,
) -> None:
    """Print the ladder of baselines as a Markdown table."""
    if own_labels is not None:
        found = compare_on_own_labels(
            Path(own_labels) if own_labels else annotations_folder(), jobs=jobs
        )
        click.echo(found)
        record: object = found._asdict()
    else:
        corpus = read_corpus(annotations_folder())
        columns: dict[str, Sequence[Annotation]] = {HELD_OUT: corpus.test}
        columns |= {path.stem: read_labelled(path) for path in also}
        rows = climb(
            ladder(load(model or model_folder()), fine_tune=fine_tune), corpus.train, columns
        )
        click.echo(table(rows, columns))
        record = {
            "trained_on": len(corpus.train),
            "training_digest": corpus.digest,
            "rows": [row._asdict() for row in rows],
        }
    if json_file is not None:
        json_file.write_text(json.dumps(plain(record), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
