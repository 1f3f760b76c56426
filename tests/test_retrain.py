"""Retraining: the same data give the same model, and bad data never replace a good one."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pytest
from click.testing import CliRunner, Result

from stance.annotations import read_annotations
from stance.errors import AnnotationError, ModelError
from stance.evaluation import evaluate
from stance.model import Model, load
from stance.retrain import HISTORY, Retraining, command, main, retrain, summary

Files = dict[str, bytes]


def files(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def good(retrained: Retraining, tmp_path: Path) -> Path:
    """A model that stands where a retraining is to write."""
    return Path(shutil.copytree(retrained.folder, tmp_path / "good"))


def test_folder_holds_a_whole_model(retrained: Retraining) -> None:
    assert files(retrained.folder).keys() == {
        "model.npz",
        "manifest.json",
        "MODEL_CARD.md",
        "golden.jsonl",
    }


def test_same_data_same_bytes(small: Path, retrained: Retraining, tmp_path: Path) -> None:
    again = retrain(small, tmp_path / "small")
    assert files(again.folder) == files(retrained.folder)


def test_order_of_the_lines_does_not_matter(
    annotations: Path, retrained: Retraining, tmp_path: Path
) -> None:
    for name in ("train.jsonl", "test.jsonl"):
        lines = (annotations / name).read_text().splitlines()
        (annotations / name).write_text("\n".join(lines[::-1]) + "\n")
    again = retrain(annotations, tmp_path / "small")
    for name in ("model.npz", "golden.jsonl"):
        assert (again.folder / name).read_bytes() == (retrained.folder / name).read_bytes()
    assert again.manifest["training"]["digest"] == retrained.manifest["training"]["digest"]


def test_manifest_matches_the_annotations(small: Path, retrained: Retraining) -> None:
    manifest = load(retrained.folder).manifest
    train = read_annotations(small / "train.jsonl")
    assert manifest["training"]["sentences"] == len(train)
    assert manifest["training"]["groups"] == len({item.group for item in train})
    assert manifest["training"]["sources"].keys() == {"names.tsv", "cues.tsv", "target.toml"}
    assert manifest["evaluated_on"] == "the test part, 45 sentences"
    assert sum(manifest["training"]["label_shares"]) == pytest.approx(1, abs=1e-3)


def test_figures_are_those_of_the_written_model(
    small: Path, retrained: Retraining, small_model: Model
) -> None:
    test = read_annotations(small / "test.jsonl")
    rows = small_model.probabilities_many([item.text for item in test])
    again = evaluate(test, np.array(list(rows)))
    written = retrained.manifest["metrics"]["macro_f1"]["value"]
    assert written == pytest.approx(again.macro_f1.value, abs=1e-4)
    assert "zone" in {part["field"] for part in retrained.manifest["metrics"]["slices"]}
    assert str(retrained.evaluation.macro_f1) == str(again.macro_f1)


def test_golden_labels_are_the_models(retrained: Retraining, small_model: Model) -> None:
    lines = (retrained.folder / "golden.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert rows
    for row in rows:
        seen = small_model.assess(row["text"])
        assert seen.label == row["label"]
        assert list(seen.probabilities.values()) == pytest.approx(row["probabilities"], abs=1e-8)


def test_history_grows_by_a_row(small: Path, retrained: Retraining, tmp_path: Path) -> None:
    first, second = (
        retrain(small, tmp_path / name, note=note, seed=seed)
        for name, note, seed in (("one", "", 0), ("two", "other, folds", 3))
    )
    with (tmp_path / HISTORY).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["model"], row["seed"], row["note"]) for row in rows] == [
        ("one", "0", ""),
        ("two", "3", "other, folds"),
    ]
    for row, done in zip(rows, (first, second), strict=True):
        assert None not in row.values()
        assert done.manifest["training"]["digest"].startswith(row["digest"])
        assert float(row["test_macro_f1"]) == pytest.approx(
            done.evaluation.macro_f1.value, abs=1e-4
        )


def test_kept_pipeline_is_the_classifier(retrained: Retraining, small_model: Model) -> None:
    pipeline = joblib.load(retrained.folder.parent / "small.joblib")
    texts = ["Tokyo hailed a peace treaty with Moscow.", "Moscow rejected the ferry line."]
    assert pipeline.predict(texts).tolist() == [0, 1]
    assert [*small_model.classify_many(texts)] == ["supportive", "skeptical"]


@pytest.mark.parametrize(
    ("option", "missing"), [("names", {"names.tsv", "target.toml"}), ("cues", {"cues.tsv"})]
)
def test_without_names_or_cues(
    small: Path, retrained: Retraining, tmp_path: Path, option: str, missing: set[str]
) -> None:
    done = retrain(small, tmp_path / "model", **{option: False})  # type: ignore[arg-type]
    sources = retrained.manifest["training"]["sources"].keys()
    assert done.manifest["training"]["sources"].keys() == sources - missing
    assert files(done.folder)["model.npz"] != files(retrained.folder)["model.npz"]
    model = load(done.folder)
    assert model.classify("Tokyo hailed a peace treaty with Moscow.") == "supportive"


def _table(path: Path, rows: list[tuple[str, str]], dialect: str = "excel") -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, dialect).writerows([("text", "label"), *rows])
    return path


def _pairs(folder: Path) -> list[tuple[str, str]]:
    return [(item.text, item.label.value) for item in read_annotations(folder / "train.jsonl")]


@pytest.mark.parametrize(("name", "dialect"), [("mine.csv", "excel"), ("mine.tsv", "excel-tab")])
def test_single_table_of_text_and_label(
    small: Path, tmp_path: Path, name: str, dialect: str
) -> None:
    table = _table(tmp_path / name, _pairs(small), dialect)
    result = run("--annotations", table, "--out", tmp_path / "model", "--no-names", "--no-cues")
    assert result.exit_code == 0, result.output
    manifest = load(tmp_path / "model").manifest
    kept_out = int(manifest["evaluated_on"].split()[-2])
    assert 20 <= kept_out <= 60
    assert manifest["training"]["sentences"] + kept_out == 180
    assert manifest["training"]["sources"] == {}
    assert load(tmp_path / "model").classify("They hailed the gas project.") == "supportive"


def test_single_jsonl_of_text_and_label(
    small: Path, tmp_path: Path, write_rows: Callable[..., Path]
) -> None:
    rows = [{"text": text, "label": label} for text, label in _pairs(small)]
    done = retrain(write_rows("mine.jsonl", rows), tmp_path / "model")
    assert done.evaluation.macro_f1.value > 0.5


def test_separable_corpus(tmp_path: Path) -> None:
    """Sentences that a word gives away leave the temperature undetermined."""
    words = {"supportive": "hailed", "skeptical": "condemned", "neutral": "discussed"}
    rows = [
        (f"They {word} plan {chr(97 + i)} of the {chr(97 + i % 7)}{i} group.", label)
        for label, word in words.items()
        for i in range(25)
    ]
    retrain(_table(tmp_path / "mine.csv", rows), tmp_path / "model")
    model = load(tmp_path / "model")
    for label, word in words.items():
        seen = model.assess(f"They {word} it.")
        assert seen.label == label
        assert seen.confidence < 0.9999


Spoil = Callable[[Path], object]


def _append(name: str, line: str) -> Spoil:
    def spoil(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")

    return spoil


def _copy_line(source: str, target: str) -> Spoil:
    def spoil(folder: Path) -> None:
        line = (folder / source).read_text().splitlines()[0]
        _append(target, line)(folder)

    return spoil


def _one_label(folder: Path) -> None:
    lines = (folder / "train.jsonl").read_text().splitlines()
    kept = [line for line in lines if '"label": "neutral"' in line]
    (folder / "train.jsonl").write_text("\n".join(kept) + "\n")


BAD: dict[str, tuple[Spoil, str]] = {
    "unknown label": (_append("train.jsonl", '{"text": "x y", "label": "pro"}'), "181.*label"),
    "empty text": (_append("train.jsonl", '{"text": " ", "label": "neutral"}'), "181.*text"),
    "no JSON": (_append("train.jsonl", '{"text": "x y", '), "181"),
    "duplicate": (_copy_line("train.jsonl", "train.jsonl"), "181.*same text as line 1"),
    "text on both sides": (_copy_line("train.jsonl", "test.jsonl"), "test.jsonl:46"),
    "one label only": (_one_label, "labelled 'supportive'"),
    "no training part": (lambda folder: (folder / "train.jsonl").unlink(), "train.jsonl"),
    "empty training part": (lambda folder: (folder / "train.jsonl").write_text(""), "no annot"),
    "bad names": (_append("names.tsv", "japan"), "names.tsv:16"),
    "bad cues": (_append("cues.tsv", "thaw\t+\t9\tprogress"), "cues.tsv:16.*strength"),
    "bad target": (_append("target.toml", "first = 1"), "target.toml"),
}


@pytest.mark.parametrize(("spoil", "hint"), BAD.values(), ids=BAD)
def test_bad_data_keep_the_good_model(
    annotations: Path, good: Path, spoil: Spoil, hint: str
) -> None:
    before = files(good)
    spoil(annotations)
    with pytest.raises(AnnotationError, match=f"(?s){hint}"):
        retrain(annotations, good)
    assert files(good) == before
    assert {path.name for path in good.parent.iterdir()} == {"good", "annotations"}


def test_crash_while_training_keeps_the_good_model(small: Path, good: Path) -> None:
    before = files(good)

    def interrupt(step: str) -> None:
        if step == "writing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retrain(small, good, progress=interrupt)
    assert files(good) == before
    assert [path.name for path in good.parent.iterdir()] == ["good"]


def test_model_that_misreads_its_golden_labels_is_not_installed(
    small: Path, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(good)
    monkeypatch.setattr(Model, "classify", lambda self, text: None)
    with pytest.raises(ModelError, match="golden"):
        retrain(small, good)
    assert files(good) == before


def test_replacing_counts_the_labels_that_moved(annotations: Path, good: Path) -> None:
    assert retrain(annotations, good).manifest["golden_moved"] == {"moved": 0, "of": 45}
    lines = (annotations / "train.jsonl").read_text()
    turned = lines.replace('"skeptical"', '"x"').replace('"supportive"', '"skeptical"')
    (annotations / "train.jsonl").write_text(turned.replace('"x"', '"supportive"'))
    done = retrain(annotations, good)
    assert done.manifest["golden_moved"]["moved"] > 15
    assert "labels moved" in summary(done)


def test_foreign_folder_is_refused_before_any_work(annotations: Path) -> None:
    steps: list[str] = []
    before = files(annotations)
    with pytest.raises(ModelError, match="not a model folder"):
        retrain(annotations, annotations, progress=steps.append)
    assert files(annotations) == before
    assert len(steps) <= 1


def test_pipeline_that_cannot_be_kept_is_refused_before_any_work(small: Path, good: Path) -> None:
    before = files(good)
    result = run(
        *("--annotations", small, "--out", good),
        *("--keep-pipeline", good.parent / "missing" / "p.joblib"),
    )
    assert result.exit_code != 0
    assert files(good) == before
    assert not (good.parent / HISTORY).exists()


def test_command_prints_a_summary(small: Path, retrained: Retraining, tmp_path: Path) -> None:
    result = run("--annotations", small, "--out", tmp_path / "small", "--note", "tried")
    assert result.exit_code == 0, result.output
    for told in ("Model written to", "180 sentences", "macro-F1", "baselines"):
        assert told in result.stdout
    assert "evaluating" in result.stderr
    assert "evaluating" not in result.stdout
    # The note is for the history, not part of the model.
    assert files(tmp_path / "small") == files(retrained.folder)


def test_own_annotations_need_a_place_for_the_model(small: Path) -> None:
    result = run("--annotations", small)
    assert result.exit_code == 2
    assert "--out" in result.stderr


USAGE = {
    "no such annotations": ["--annotations", "no/such", "--out", "x"],
    "jobs of zero": ["--jobs", "0", "--out", "x"],
    "negative seed": ["--seed", "-1", "--out", "x"],
    "seed no number": ["--seed", "many", "--out", "x"],
    "unknown option": ["--penalty", "3"],
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE)
def test_wrong_usage(small: Path, tmp_path: Path, arguments: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        given = [] if "--annotations" in arguments else ["--annotations", small]
        result = run(*given, *arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_main_reports_errors_in_a_line(
    annotations: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _append("train.jsonl", '{"text": "x y", "label": "pro"}')(annotations)
    arguments = ["--annotations", str(annotations), "--out", str(tmp_path / "model")]
    monkeypatch.setattr("sys.argv", ["retrain", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("Error: ")
    assert "train.jsonl:181" in last
    assert not (tmp_path / "model").exists()
