"""Retrain: annotations in, a model folder out. Run as ``python -m stance.retrain``."""

import csv
import hashlib
import io
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np

from stance.annotations import Annotation, Corpus, read_corpus
from stance.cli import JOBS, run
from stance.errors import ModelError, StanceError
from stance.evaluation import Evaluation, evaluate
from stance.labels import LABELS
from stance.lexicon import read_sources
from stance.resources import annotations_folder, in_checkout, model_folder
from stance.storage import CARD, GOLDEN
from stance.zones import name_zones

HISTORY = "history.csv"
NOTES = "CARD_NOTES.md"
_GOLDEN_PER_LABEL = 160


class Retraining(NamedTuple):
    """Outcome of `retrain`.

    Attributes
    ----------
    folder : Path
        Where the model was written.
    manifest : Mapping[str, Any]
    evaluation : Evaluation
        On the test part.
    """

    folder: Path
    manifest: Mapping[str, Any]
    evaluation: Evaluation


def retrain(
    annotations: Path,
    out: Path,
    *,
    seed: int = 0,
    jobs: int = 1,
    names: bool = True,
    cues: bool = True,
    keep_pipeline: Path | None = None,
    note: str = "",
    progress: Callable[[str], None] = lambda step: None,
) -> Retraining:
    """Train on annotations, evaluate on their test part, and write a model folder.

    Parameters
    ----------
    annotations : Path
        A folder as `stance.annotations.read_corpus` reads it, or one file, of which every fifth
        group is then kept for the test.
    out : Path
        Model folder; replaced only by a whole, verified model.
    seed : int
        Of the folds.
    jobs : int
        Processes.
    names, cues : bool
        Use ``names.tsv`` and ``cues.tsv`` of the folder.
    keep_pipeline : Path, optional
        Also dump the scikit-learn pipeline there with joblib, for experiments of your own.
    note : str
        Remark for the history.
    progress : callable
        Called with the name of each step.

    Raises
    ------
    AnnotationError
        Annotations that cannot be used; the old model stays.
    ModelError
        `out` holds something other than a model.
    """
    from stance import training
    from stance.model import Model, load
    from stance.storage import Stored, refuse_foreign_folder, write_folder

    refuse_foreign_folder(out)
    if keep_pipeline is not None and not keep_pipeline.absolute().parent.is_dir():
        raise StanceError(f"{keep_pipeline}: its folder does not exist; create it first")
    progress("reading annotations")
    corpus = read_corpus(annotations)
    train, test, described = _split(corpus, seed)
    files = {
        "names": corpus.names if names else None,
        "cues": corpus.cues if cues else None,
        "target": corpus.target if names else None,
    }
    sources = read_sources(**files)
    trained = training.train(train, sources, seed=seed, jobs=jobs, progress=progress)

    progress("evaluating")
    texts = [item.text for item in train]
    asked = [item.text for item in test]
    probabilities = trained.calibration.apply(trained.fit.scores(asked))
    evaluation = evaluate(test, probabilities, zones=name_zones(trained.lexicon, asked), seed=seed)
    manifest: dict[str, Any] = {
        "name": out.name,
        "evaluated_on": described,
        "versions": _versions(),
        "training": {
            "sentences": len(train),
            "groups": len({item.group for item in train}),
            "digest": Corpus(train=tuple(train)).digest,
            "sources": {
                path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in files.values()
                if path is not None
            },
            "label_shares": _shares(train),
            "temperature": trained.calibration.temperature,
            "penalty": trained.penalty,
            "validation": {f"{k:g}": v.value for k, v in trained.validation.items()},
            "folds": training.FOLDS,
            "seed": seed,
            "tokens": len(trained.lexicon.tokens),
            "features": sum(len(keys) for keys in trained.fit.featuriser.keys_.values()),
        },
        "baselines": _baselines(train, test),
        "metrics": evaluation.record(),
    }
    fresh = Model(Stored(trained.lexicon, trained.tables, manifest))
    manifest["golden_moved"] = _moved(out, fresh)
    golden = _golden(fresh, [item.text for item in test] or texts)

    def verify(folder: Path) -> None:
        loaded = load(folder)
        rows = [json.loads(line) for line in golden.split("\n") if line]
        if any(loaded.classify(row["text"]) != row["label"] for row in rows):
            raise ModelError(f"{folder}: the written model does not repeat its golden labels")

    progress("writing")
    notes = annotations / NOTES
    card = _card(manifest, evaluation, notes)
    write_folder(
        out,
        trained.lexicon,
        trained.tables,
        manifest,
        {GOLDEN: golden.encode(), CARD: card.encode()},
        verify=verify,
    )
    _append_history(out.parent / HISTORY, manifest, note)
    if keep_pipeline is not None:
        import joblib

        joblib.dump(trained.fit.pipeline(), keep_pipeline)
    return Retraining(out, manifest, evaluation)


def _split(corpus: Corpus, seed: int) -> tuple[Sequence[Annotation], Sequence[Annotation], str]:
    from stance.training import folds

    if corpus.test:
        return corpus.train, corpus.test, f"the test part, {len(corpus.test)} sentences"
    items = sorted(corpus.train, key=lambda item: item.id)
    inside, outside = folds(items, seed, count=5)[0]
    described = f"a fifth of the groups kept out of training, {len(outside)} sentences"
    return [items[i] for i in inside], [items[i] for i in outside], described


def _versions() -> dict[str, str]:
    import sklearn

    import stance

    return {
        "stance": stance.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "scipy": version("scipy"),
    }


def _shares(annotations: Sequence[Annotation]) -> list[float]:
    return [
        round(sum(item.label == label for item in annotations) / len(annotations), 4)
        for label in LABELS
    ]


def tfidf_baseline() -> Any:
    """Build the pipeline that scikit-learn's tutorials show first, not yet fitted."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        # The usual solver takes seven times as long for the same fit.
        LogisticRegression(solver="sag", max_iter=1000, random_state=0),
    )


def _baselines(train: Sequence[Annotation], test: Sequence[Annotation]) -> dict[str, float]:
    from sklearn.dummy import DummyClassifier
    from sklearn.metrics import f1_score

    gold = [item.label.value for item in test]
    texts = [item.text for item in train]
    labels = [item.label.value for item in train]
    found = {}
    for name, candidate in {"majority": DummyClassifier(), "tfidf": tfidf_baseline()}.items():
        guessed = candidate.fit(texts, labels).predict([item.text for item in test])
        found[name] = float(f1_score(gold, guessed, average="macro", zero_division=0.0))
    return found


def _golden(model: Any, texts: Sequence[str]) -> str:
    """Statements with what the model says of them, at most so many a label, chosen by digest."""
    by_label: dict[str, list[str]] = {label.value: [] for label in LABELS}
    chosen = sorted(texts, key=lambda text: hashlib.sha256(text.encode()).digest())
    for seen, text in zip(model.assess_many(chosen), chosen, strict=True):
        rows = by_label[seen.label]
        if len(rows) < _GOLDEN_PER_LABEL:
            row = {
                "text": text,
                "label": seen.label.value,
                "probabilities": [round(seen.probabilities[label], 9) for label in LABELS],
            }
            rows.append(json.dumps(row, ensure_ascii=False))
    return "".join(row + "\n" for rows in by_label.values() for row in rows)


def _moved(out: Path, fresh: Any) -> dict[str, int] | None:
    """How many golden labels of the model being replaced come out differently."""
    try:
        lines = (out / GOLDEN).read_text(encoding="utf-8").split("\n")
        rows = [json.loads(line) for line in lines if line]
        texts, labels = [row["text"] for row in rows], [row["label"] for row in rows]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    seen = fresh.classify_many(texts)
    moved = sum(str(new) != old for new, old in zip(seen, labels, strict=True))
    return {"moved": moved, "of": len(rows)}


def _card(manifest: Mapping[str, Any], evaluation: Evaluation, notes: Path) -> str:
    from stance.card import write_card

    return write_card(
        manifest, evaluation, notes.read_text(encoding="utf-8") if notes.is_file() else ""
    )


def _append_history(path: Path, manifest: Mapping[str, Any], note: str) -> None:
    training, metrics = manifest["training"], manifest["metrics"]
    row = {
        "date": datetime.now(UTC).date().isoformat(),
        "model": manifest["name"],
        "stance": manifest["versions"]["stance"],
        "digest": training["digest"][:12],
        "sentences": training["sentences"],
        "features": training["features"],
        "penalty": training["penalty"],
        "seed": training["seed"],
        "validation_macro_f1": f"{training['validation'][format(training['penalty'], 'g')]:.4f}",
        "test_macro_f1": f"{metrics['macro_f1']['value']:.4f}",
        "note": note,
    }
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(row), lineterminator="\n")
    if not path.exists():
        writer.writeheader()
    writer.writerow(row)
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(stream.getvalue())


@click.command(
    epilog="""\b
Examples:
  python -m stance.retrain                                  # in a checkout: our own annotations
  python -m stance.retrain --annotations mine.csv --out my-model --no-names --no-cues"""
)
@click.option(
    "--annotations",
    type=click.Path(exists=True, path_type=Path),
    help="Folder of annotations, or one JSONL or CSV file with text and label.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Model folder to write.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed of the folds.",
)
@click.option("--jobs", type=JOBS, default=2, show_default=True, help="Processes; -1 for all.")
@click.option("--no-names", is_flag=True, help="Do not fold names into groups.")
@click.option("--no-cues", is_flag=True, help="Do without the cue lexicon.")
@click.option(
    "--keep-pipeline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also dump the scikit-learn pipeline with joblib, for your own experiments.",
)
@click.option("--note", default="", help="Remark for history.csv.")
def command(
    annotations: Path | None,
    out: Path | None,
    seed: int,
    jobs: int,
    no_names: bool,
    no_cues: bool,
    keep_pipeline: Path | None,
    note: str,
) -> None:
    """Train, evaluate and write a model folder."""
    if out is None:
        if annotations is not None or not in_checkout():
            raise click.UsageError("say where the model is to go with --out DIR")
        out = model_folder()
    done = retrain(
        annotations or annotations_folder(),
        out,
        seed=seed,
        jobs=jobs,
        names=not no_names,
        cues=not no_cues,
        keep_pipeline=keep_pipeline,
        note=note,
        progress=_Progress(),
    )
    click.echo(summary(done))


class _Progress:
    """Steps with the time they began, on standard error."""

    def __init__(self) -> None:
        self._begun = datetime.now(UTC)

    def __call__(self, step: str) -> None:
        seconds = (datetime.now(UTC) - self._begun).total_seconds()
        click.echo(f"[{seconds:5.1f} s] {step}", err=True)


def summary(done: Retraining) -> str:
    """What a retraining found, in a few lines."""
    training, seen = done.manifest["training"], done.evaluation
    lines = [
        f"Model written to {done.folder}, a line about it to {done.folder.parent / HISTORY}",
        f"  trained on   {training['sentences']} sentences, {training['features']} features",
        f"  evaluated on {done.manifest['evaluated_on']}",
        f"  macro-F1     {seen.macro_f1}",
        *(f"    {label:<11}{figure}" for label, figure in seen.f1.items()),
        f"  accuracy     {seen.accuracy}",
        f"  baselines    majority {done.manifest['baselines']['majority']:.3f}, "
        f"TF-IDF + logistic regression {done.manifest['baselines']['tfidf']:.3f}",
    ]
    moved = done.manifest["golden_moved"]
    if moved is not None:
        lines.append(f"  golden       {moved['moved']} of {moved['of']} labels moved")
    return "\n".join(lines)


def main() -> None:
    """Run as a script: errors a user can act on are one line, without a traceback."""
    run(command)


if __name__ == "__main__":
    main()
