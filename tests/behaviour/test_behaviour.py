"""The packaged model on the behaviour cases, and the suite on models of known behaviour."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

import stance
from stance.resources import annotations_folder

from . import suite

CASES = suite.cases()
KNOWN_FAILURES = suite.known_failures()


def _parameter(case: suite.Case) -> object:
    # Only a wrong answer is expected, never an error.
    known = pytest.mark.xfail(strict=True, raises=AssertionError, reason="known failure")
    return pytest.param(case, id=case.id, marks=known if case.id in KNOWN_FAILURES else ())


@pytest.mark.parametrize("case", [_parameter(case) for case in CASES])
def test_packaged_model(case: suite.Case) -> None:
    problem = case.problem(stance)
    assert not problem, problem


@pytest.fixture(scope="module")
def figures() -> Mapping[str, object]:
    return suite.report(stance)


@pytest.mark.parametrize("kind", suite.KINDS)
def test_pass_rate_keeps_its_floor(
    kind: str, figures: dict[str, dict[str, dict[str, float]]]
) -> None:
    assert figures["kinds"][kind]["rate"] >= suite.floors()[kind]


def test_known_failures_are_cases() -> None:
    assert {case.id for case in CASES} >= KNOWN_FAILURES


def test_ids_are_unique() -> None:
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("minimum_functionality", 110),
        ("invariance", 80),
        ("direction", 80),
        ("other_pair", 50),
        ("stubborn", 20),
    ],
)
def test_no_kind_shrinks(kind: str, least: int) -> None:
    assert sum(case.kind == kind for case in CASES) >= least


def test_every_rule_of_the_codebook_has_cases_of_more_than_one_label() -> None:
    labels: dict[str, set[str]] = {}
    for case in CASES:
        if case.kind == "minimum_functionality":
            labels.setdefault(case.aspect, set()).add(case.fields["label"])
    assert labels.keys() == {str(rule) for rule in range(1, 17)}
    assert min(map(len, labels.values())) >= 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_is_well_formed(case: suite.Case) -> None:
    texts = case.texts()
    assert all(text == text.strip() and text for text in texts)
    assert len(set(texts)) == len(texts)
    assert len(texts) >= (1 if "text" in case.fields and "twin" not in case.fields else 2)
    if "label" in case.fields:
        stance.Label(case.fields["label"])
    if case.kind == "direction":
        assert case.fields["moves"] in ("rises", "falls")
    if case.kind == "other_pair":
        assert case.fields["label"] != stance.Label.NEUTRAL


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def test_no_statement_is_in_the_corpus() -> None:
    corpus: set[str] = set()
    for name in ("train.jsonl", "test.jsonl"):
        with (annotations_folder() / name).open(encoding="utf-8") as lines:
            corpus.update(_plain(json.loads(line)["text"]) for line in lines)
    assert not [text for case in CASES for text in case.texts() if _plain(text) in corpus]


@dataclass
class Answer:
    """An assessment reduced to what the suite reads."""

    label: stance.Label
    probabilities: Mapping[stance.Label, float]


class Constant:
    """A model with one answer."""

    def __init__(self, label: str) -> None:
        self.label = stance.Label(label)

    def assess(self, text: str) -> Answer:
        return Answer(self.label, {label: float(label == self.label) for label in stance.LABELS})


class Oracle:
    """A model that knows the answers to the labelled cases and hears a changed sentence."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.moves: dict[str, float] = {}
        for case in CASES:
            fields = case.fields
            if "text" in fields:
                self.answers[fields["text"]] = fields["label"]
            if case.kind == "direction":
                self.moves[fields["changed"]] = 0.1 if fields["moves"] == "rises" else -0.1

    def assess(self, text: str) -> Answer:
        label = stance.Label(self.answers.get(text, "neutral"))
        return Answer(label, dict.fromkeys(stance.LABELS, 0.3 + self.moves.get(text, 0.0)))


def test_oracle_passes_everything() -> None:
    assert suite.report(Oracle())["failures"] == {}


@pytest.mark.parametrize("label", stance.LABELS)
def test_one_answer_for_all_passes_little_but_invariance(label: str) -> None:
    rates = {name: row["rate"] for name, row in suite.report(Constant(label))["kinds"].items()}
    assert rates.pop("invariance") == 1
    assert rates.pop("direction") == 0
    assert rates.pop("other_pair") == 0
    assert max(rates.values()) <= 0.5


def test_wordings_that_differ_in_label_fail() -> None:
    case = next(case for case in CASES if case.kind == "invariance")
    oracle = Oracle()
    oracle.answers[case.texts()[0]] = "skeptical"
    assert case.texts()[0] in case.problem(oracle)


def test_command_prints_a_row_for_each_kind() -> None:
    printed = CliRunner().invoke(suite.main, []).output
    for kind in suite.KINDS.values():
        assert re.search(
            rf"^\| {kind.title} \| \d+ \| \d+ \| [01]\.\d\d \|$", printed, re.MULTILINE
        )


def test_command_writes_json_and_known_failures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "KNOWN_FAILURES", tmp_path / "known_failures.txt")
    result = CliRunner().invoke(suite.main, ["--json", "--write-known-failures"])
    written = json.loads(result.output)
    assert written["cases"] == len(CASES)
    assert written["cases"] - written["passed"] == len(written["failures"])
    assert suite.known_failures() == set(written["failures"])
