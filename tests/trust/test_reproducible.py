"""The same annotations give the same model, and the model the same answers, wherever it runs."""

import json
import random
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import stance
from stance.annotations import read_corpus
from stance.resources import annotations_folder, model_folder

from .support import CORPUS, LONG, PROJECT, contents, environment, run_python

# How many golden statements there are at the least.
GOLDEN = 400

VARIANTS: dict[str, dict[str, str]] = {
    "again": {},
    "hash seed": {"PYTHONHASHSEED": "12345"},
    "threads": {"OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4", "MKL_NUM_THREADS": "4"},
    "locale": {"LC_ALL": "C", "PYTHONUTF8": "0"},
    "time zone": {"TZ": "Asia/Vladivostok"},
    "order of lines": {},
    "processes": {},
}


def shuffled(source: Path, folder: Path, count: int | None = None) -> Path:
    """The same annotations in another order; only some groups of them if `count` is given."""
    folder.mkdir(parents=True)
    for path in source.iterdir():
        if path.name in ("names.tsv", "cues.tsv", "target.toml"):
            (folder / path.name).write_bytes(path.read_bytes())
    lines = (source / "train.jsonl").read_bytes().splitlines(keepends=True)
    if count is not None:
        lines = sorted(lines)[:: len(lines) // count]
    random.Random(len(folder.name)).shuffle(lines)
    (folder / "train.jsonl").write_bytes(b"".join(lines))
    return folder


def retrained(annotations: Path, place: Path, *, jobs: int = 1, **env: str) -> dict[str, bytes]:
    """Files of a model, trained by an interpreter of its own."""
    done = run_python(
        *("-m", "stance.retrain", "--annotations", annotations),
        *("--out", place / "model", "--jobs", str(jobs)),
        env=env,
    )
    assert done.returncode == 0, done.stderr
    return contents(place / "model")


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """Models of one small corpus, each trained in other surroundings."""
    base = tmp_path_factory.mktemp("variants")
    mixed = shuffled(CORPUS, base / "mixed")

    def train(name: str) -> dict[str, bytes]:
        (base / name).mkdir()
        env = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        annotations = mixed if name == "order of lines" else CORPUS
        jobs = 2 if name == "processes" else 1
        return retrained(annotations, base / name, jobs=jobs, **{**env, **VARIANTS.get(name, {})})

    with ThreadPoolExecutor(2) as pool:
        names = ["first", *VARIANTS]
        return dict(zip(names, pool.map(train, names), strict=True))


@pytest.mark.parametrize("name", VARIANTS)
def test_same_bytes(variants: dict[str, dict[str, bytes]], name: str) -> None:
    assert variants[name].keys() == variants["first"].keys()
    for file, data in variants["first"].items():
        assert variants[name][file] == data, file


def test_same_bytes_of_a_larger_corpus(tmp_path: Path) -> None:
    """Six hundred of the packaged annotations, everything different at once."""
    count = 3000 if LONG else 600
    one = shuffled(annotations_folder(), tmp_path / "one", count)
    two = shuffled(one, tmp_path / "another")
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(retrained, one, tmp_path / "a", PYTHONHASHSEED="0", OMP_NUM_THREADS="1")
        env = {
            "PYTHONHASHSEED": "1",
            "OMP_NUM_THREADS": "2",
            "LC_ALL": "C",
            "TZ": "Asia/Tokyo",
        }
        second = pool.submit(retrained, two, tmp_path / "b", jobs=2, **env)
        assert first.result() == second.result()


def test_other_annotations_give_other_bytes(
    variants: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    """The comparison above would notice a sentence less."""
    fewer = shuffled(CORPUS, tmp_path / "fewer")
    lines = (fewer / "train.jsonl").read_bytes().splitlines(keepends=True)
    (fewer / "train.jsonl").write_bytes(b"".join(lines[1:]))
    assert retrained(fewer, tmp_path)["model.npz"] != variants["first"]["model.npz"]


# The packaged model.


@pytest.fixture(scope="module")
def golden() -> list[dict[str, Any]]:
    """Statements with what the packaged model said of them when it was made."""
    lines = (model_folder() / "golden.jsonl").read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def test_golden_answers(golden: list[dict[str, Any]]) -> None:
    for row, seen in zip(golden, stance.assess_many(row["text"] for row in golden), strict=True):
        assert seen.label == row["label"], row["text"]
        assert list(seen.probabilities.values()) == pytest.approx(row["probabilities"], abs=1e-6)


def test_golden_statements_are_many_and_various(golden: list[dict[str, Any]]) -> None:
    assert len(golden) >= GOLDEN
    assert len({row["text"] for row in golden}) == len(golden)
    labels = Counter(row["label"] for row in golden)
    # Not more than SECURITY.md says are given away.
    assert all(GOLDEN // 4 <= labels[label] <= 160 for label in stance.LABELS)
    test = read_corpus(annotations_folder()).test
    genres = {item.text: item.genre for item in test}
    assert {genres[row["text"]] for row in golden} == set(genres.values())
    assert len(set(genres.values())) == 10
    lengths = [len(row["text"].split()) for row in golden]
    assert min(lengths) <= 8
    assert max(lengths) >= 30
    assert all(len(row["probabilities"]) == 3 for row in golden)


def test_golden_digest_is_the_stated_one() -> None:
    """Nobody has edited an expected label to match."""
    import hashlib

    stated = json.loads((model_folder() / "manifest.json").read_bytes())["files"]
    for name, digest in stated.items():
        found = hashlib.sha256((model_folder() / name).read_bytes()).hexdigest()
        assert found == digest, name


def newest_section(changelog: str) -> str:
    """Text of the first section of a change log."""
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    assert sections, "CHANGELOG.md has no sections"
    return sections[0]


@pytest.mark.skipif(
    not (PROJECT / "CHANGELOG.md").exists(), reason="no change log beside the tests"
)
def test_changelog_states_how_many_golden_labels_moved(packaged: stance.Model) -> None:
    """Predictions change on purpose only, and users are told."""
    section = newest_section((PROJECT / "CHANGELOG.md").read_text("utf-8"))
    stated = re.search(r"[Gg]olden labels moved: (\d+) of (\d+)", section)
    # None where the model replaced none: then no label can have moved.
    moved = packaged.manifest["golden_moved"] or {"moved": 0, "of": 0}
    assert stated is not None, f"write 'Golden labels moved: {moved['moved']} of {moved['of']}'"
    assert [int(number) for number in stated.groups()] == [moved["moved"], moved["of"]]


def test_answers_in_other_surroundings(golden: list[dict[str, Any]]) -> None:
    """Threads, hash seed, locale and optimisation of the interpreter change nothing."""
    code = """
import json, sys, stance
rows = json.load(sys.stdin)
print(json.dumps([[seen.label, *seen.scores.values()] for seen in stance.assess_many(rows)]))
"""
    texts = json.dumps([row["text"] for row in golden])
    told = set()
    for options, env in (
        ([], {"PYTHONHASHSEED": "0"}),
        (["-O"], {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "3"}),
        (["-OO"], {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8"}),
        (["-X", "dev"], {"TZ": "Asia/Tokyo"}),
    ):
        done = subprocess.run(
            [sys.executable, *options, "-c", code],
            input=texts,
            env=environment(**env),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        told.add(done.stdout)
    assert len(told) == 1
