"""The command `stance evaluate`."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stance.cli import JOBS

if TYPE_CHECKING:
    from stance.annotations import Corpus
    from stance.lexicon import Sources

_SEEDS = 10


@click.command(
    epilog="""\b
Examples:
  stance evaluate                                # the packaged model on its test part
  stance evaluate mine.csv --model my-model --json figures.json
  stance evaluate --plots figures --learning-curve --seeds 10"""
)
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--model",
    type=click.Path(file_okay=False, path_type=Path),
    help="Model folder; the packaged one by default.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures.",
)
@click.option(
    "--plots",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for pictures (SVG); needs the extra `plots`.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=2),
    help=f"Retrain on so many random splits, such as {_SEEDS}, and report the spread.",
)
@click.option(
    "--learning-curve",
    is_flag=True,
    help="Retrain on growing parts of the annotations.",
)
@click.option(
    "--cross-validate",
    is_flag=True,
    help="Also measure on the training annotations, each labelled by a model without its group.",
)
@click.option(
    "--annotations",
    type=click.Path(exists=True, path_type=Path),
    help="What the three options above train on; the packaged annotations by default.",
)
@click.option("--jobs", type=JOBS, default=1, show_default=True, help="Processes for retraining.")
def evaluate(
    file: Path | None,
    model: Path | None,
    json_file: Path | None,
    plots: Path | None,
    seeds: int | None,
    learning_curve: bool,
    cross_validate: bool,
    annotations: Path | None,
    jobs: int,
) -> None:
    """Measure a model on labelled statements.

    FILE is a JSONL, CSV or TSV file with `text` and `label`, by default the packaged test part.
    """
    import numpy as np

    from stance import evaluation, stability
    from stance.annotations import parse_annotation, read_corpus
    from stance.model import Model
    from stance.output import refuse_inputs
    from stance.resources import annotations_folder, model_folder
    from stance.rows import read_rows
    from stance.storage import read_folder
    from stance.zones import name_zones

    folder = model or model_folder()
    stored = read_folder(folder)
    if file is None:
        _refuse_other_target(stored.manifest)
    path = file or annotations_folder() / "test.jsonl"
    if json_file is not None:
        refuse_inputs(json_file, [path])
    # Running text may repeat itself, which a file of annotations must not.
    test = [parse_annotation(row, path, line) for line, row in read_rows(path)]
    texts = [item.text for item in test]
    probabilities = np.array(list(Model(stored, folder).probabilities_many(texts)))
    found = evaluation.evaluate(test, probabilities, zones=name_zones(stored.lexicon, texts))
    click.echo(found.to_text(), nl=False)
    record = found.record()

    curve: tuple[stability.Point, ...] = ()
    if seeds or learning_curve or cross_validate:
        corpus = read_corpus(annotations or annotations_folder())
        learn = stability.learner_like(stored.manifest, _sources_like(stored.manifest, corpus))
        if learning_curve:
            curve = stability.trace_learning_curve(corpus.train, test, learn, jobs=jobs)
            record["learning_curve"] = [
                {"sentences": point.sentences, "macro_f1": point.macro_f1._asdict()}
                for point in curve
            ]
            click.echo("\nLearning curve: training sentences and macro-F1")
            for point in curve:
                click.echo(f"{point.sentences:>7}  {point.macro_f1}")
        if seeds:
            spread = stability.measure_spread(corpus.train, learn, seeds=seeds, jobs=jobs)
            record["spread"] = spread._asdict()
            click.echo(f"\nMacro-F1 on a tenth held out: {spread}")
        if cross_validate:
            held_out = stability.predict_held_out(corpus.train, learn, jobs=jobs)
            zones = name_zones(stored.lexicon, [item.text for item in corpus.train])
            crossed = evaluation.evaluate(corpus.train, held_out, zones=zones)
            record["cross_validated"] = crossed.record()
            click.echo(f"\nCross-validated on the training annotations\n\n{crossed.to_text()}")
    if plots is not None:
        from stance.plots import draw_plots

        for path in draw_plots(found, plots, curve=curve):
            click.echo(f"wrote {path}", err=True)
    if json_file is not None:
        json_file.write_text(
            json.dumps(evaluation.plain(record), ensure_ascii=False, indent=2) + "\n",
            encoding="utf-8",
        )
        click.echo(f"wrote {json_file}", err=True)


def _refuse_other_target(manifest: Mapping[str, Any]) -> None:
    """Refuse to measure a model on the packaged test part if its target is another pair."""
    from stance.resources import annotations_folder

    own = manifest["training"]["sources"].get("target.toml")
    packaged = sha256((annotations_folder() / "target.toml").read_bytes()).hexdigest()
    if own not in (None, packaged):
        raise click.UsageError(
            "this model is about another target than the packaged test part; name a FILE"
        )


def _sources_like(manifest: Mapping[str, Any], corpus: "Corpus") -> "Sources":
    """Lexicon files of the corpus, without those the model was trained without."""
    from stance.lexicon import read_sources

    used = manifest["training"]["sources"]
    files = (corpus.names, corpus.cues, corpus.target)
    return read_sources(*(path if path and path.name in used else None for path in files))
