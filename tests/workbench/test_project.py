"""A project of one's own: another pair of countries, from an empty folder to a model."""

import shutil
from pathlib import Path

import pytest

import stance
from stance.annotations import read_corpus
from stance.errors import AnnotationError
from stance.labels import Label
from stance.lexicon import read_sources
from stance.target import read_target
from stance.workbench.codebook import read_codebook
from stance.workbench.project import group_name, start_project

EXAMPLE = Path(__file__).parents[1] / "data" / "greece-turkey"


def test_a_new_project_has_all_that_retraining_reads(tmp_path):
    folder = tmp_path / "new" / "project"
    written = start_project(folder, "Greece", "Côte d'Ivoire")
    assert sorted(path.name for path in written) == [
        "CODEBOOK.md", "cues.tsv", "names.tsv", "target.toml", "test.jsonl", "train.jsonl",
    ]  # fmt: skip
    sources = read_sources(folder / "names.tsv", folder / "cues.tsv", folder / "target.toml")
    assert sources.names == {"greece": "GREECE", "côte d'ivoire": "COTE-D-IVOIRE"}
    assert sources.target.second == {"COTE-D-IVOIRE"}
    assert len(sources.cues) > 1000
    book = read_codebook(folder / "CODEBOOK.md")
    assert "Greece–Côte d'Ivoire" in book.question
    assert set(book.labels) == set(Label)
    assert [rule.number for rule in book.rules] == list(range(1, 8))
    assert "{" not in (folder / "CODEBOOK.md").read_text()
    with pytest.raises(AnnotationError, match="label some sentences first"):
        read_corpus(folder)


def test_files_in_the_way_are_left_alone(tmp_path):
    (tmp_path / "train.jsonl").write_text("precious")
    with pytest.raises(AnnotationError, match="in the way"):
        start_project(tmp_path, "Greece", "Turkey")
    assert [path.name for path in tmp_path.iterdir()] == ["train.jsonl"]
    assert (tmp_path / "train.jsonl").read_text() == "precious"


@pytest.mark.parametrize(("first", "second"), [("Greece", "greece"), ("Greece", "日本")])
def test_two_sides_need_two_names(first, second, tmp_path):
    with pytest.raises(AnnotationError, match=r"two sides|Latin"):
        start_project(tmp_path, first, second)
    assert list(tmp_path.iterdir()) == []


def test_group_names():
    assert group_name(" South Korea ") == "SOUTH-KOREA"


def test_sixty_sentences_about_another_pair_make_a_model(tmp_path):
    from stance.retrain import retrain

    folder = tmp_path / "greece-turkey"
    start_project(folder, "Greece", "Turkey")
    for path in EXAMPLE.iterdir():
        shutil.copy(path, folder)
    corpus = read_corpus(folder)
    assert len(corpus.train) + len(corpus.test) == 60
    assert read_target(folder / "target.toml").joint == {"BOTH"}
    retrain(folder, tmp_path / "model", jobs=1)
    model = stance.load(tmp_path / "model")
    assert model.classify("Greece and Turkey agreed to reopen the ferry.") == "supportive"
    assert model.classify("Ankara accused Athens of breaking its word.") == "skeptical"
    assert model.classify("France and Germany signed a treaty.") == "neutral"
