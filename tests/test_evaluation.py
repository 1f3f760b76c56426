"""Evaluation: cases computed by hand, agreement with scikit-learn, and the command."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score, precision_score, recall_score

from stance.annotations import Annotation
from stance.bootstrap import Figure, standard_error
from stance.errors import AnnotationError
from stance.evaluate_command import evaluate as command
from stance.evaluation import evaluate, gain
from stance.labels import LABELS, Label

SUP, SKE, NEU = LABELS


def annotations(*labels: Label, **fields: list[str]) -> list[Annotation]:
    """Annotations with the labels given, each its own group unless `group` says otherwise."""
    columns = {"group": [str(i) for i in range(len(labels))], **fields}
    return [
        Annotation(
            id=str(i),
            text=columns.get("text", ["Talks went on."] * len(labels))[i],
            label=label,
            **{name: values[i] for name, values in columns.items() if name != "text"},
        )
        for i, label in enumerate(labels)
    ]


def assigned(*labels: Label, confidence: float = 0.8) -> np.ndarray:
    """Probabilities that assign the labels given with equal confidence."""
    rest = (1 - confidence) / 2
    return np.where(np.eye(3)[[LABELS.index(label) for label in labels]] > 0, confidence, rest)


@given(
    st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=3, max_size=60)
)
def test_figures_agree_with_scikit_learn(pairs: list[tuple[Label, Label]]) -> None:
    gold, guessed = zip(*pairs, strict=True)
    found = evaluate(annotations(*gold), assigned(*guessed), draws=2)
    options = {"labels": list(LABELS), "average": None, "zero_division": 0.0}
    for mine, theirs in (
        (found.f1, f1_score(gold, guessed, **options)),
        (found.precision, precision_score(gold, guessed, **options)),
        (found.recall, recall_score(gold, guessed, **options)),
    ):
        assert [mine[label].value for label in LABELS] == pytest.approx(list(theirs))
    held = [label for label in LABELS if label in gold]
    macro = f1_score(gold, guessed, labels=held, average="macro", zero_division=0.0)
    assert found.macro_f1.value == pytest.approx(macro)
    assert np.array_equal(found.confusion, confusion_matrix(gold, guessed, labels=list(LABELS)))


def test_accuracy_polarity_and_stance_by_hand() -> None:
    gold = annotations(SUP, SKE, SUP, NEU, NEU)
    probabilities = np.array(
        [
            [0.7, 0.2, 0.1],  # right
            [0.1, 0.3, 0.6],  # stance missed, polarity right
            [0.2, 0.3, 0.5],  # stance missed, polarity wrong
            [0.1, 0.1, 0.8],  # right
            [0.2, 0.5, 0.3],  # stance invented
        ]
    )
    found = evaluate(gold, probabilities, draws=2)
    assert found.accuracy.value == pytest.approx(2 / 5)
    assert found.polarity is not None
    assert found.polarity.value == pytest.approx(2 / 3)
    assert found.stance_or_neutral.value == pytest.approx(2 / 5)


def test_calibration_by_hand() -> None:
    gold = annotations(SUP, SUP, SKE, NEU)
    probabilities = np.array(
        [[0.9, 0.05, 0.05], [0.9, 0.05, 0.05], [0.9, 0.1, 0.0], [0.2, 0.2, 0.6]]
    )
    found = evaluate(gold, probabilities, draws=2)
    # Three at 0.9 of which two are right, one at 0.6 that is right.
    assert found.calibration_error.value == pytest.approx((3 * (0.9 - 2 / 3) + 0.4) / 4)
    assert [row.statements for row in found.reliability] == [1, 3]
    assert found.reliability[1].accuracy == pytest.approx(2 / 3)
    assert found.reliability[1].confidence == pytest.approx(0.9)


def test_full_confidence_falls_in_the_last_bin() -> None:
    found = evaluate(annotations(SUP, SKE), assigned(SUP, SKE, confidence=1.0), draws=2)
    assert [(row.low, row.high, row.statements) for row in found.reliability] == [(0.9, 1.0, 2)]
    assert found.calibration_error.value == 0


def test_accuracy_on_the_confident() -> None:
    gold = annotations(SUP, SUP, SUP, SUP)
    probabilities = np.array([[0.4, 0.3, 0.3], [0.9, 0.05, 0.05], [0.2, 0.6, 0.2], [0.8, 0.1, 0.1]])
    found = evaluate(gold, probabilities, draws=2)
    assert found.confident_half.value == 1
    by_share = {level.share: level for level in found.by_confidence}
    assert by_share[0.5].accuracy == 1
    assert by_share[0.5].confidence == pytest.approx(0.8)
    assert by_share[1.0].accuracy == pytest.approx(3 / 4)


def test_pairs_count_only_when_every_member_is_right() -> None:
    gold = annotations(SUP, SKE, SUP, NEU, SKE, SUP, pair=["a", "a", "b", "b", "b", "alone"])
    found = evaluate(gold, assigned(SUP, SKE, SUP, NEU, NEU, SUP), draws=2)
    assert found.pair_sets == 2
    assert found.pairs is not None
    assert found.pairs.value == 0.5


def test_unlike_members_of_a_set_count_two_by_two() -> None:
    gold = annotations(SUP, SKE, NEU, NEU, SUP, SUP, pair=["a", "a", "a", "a", "b", "b"])
    found = evaluate(gold, assigned(SUP, SKE, NEU, SUP, SUP, NEU), draws=2)
    # Of a: SUP-SKE, SUP-NEU and SKE-NEU are right, SUP and SKE with the other neutral are not.
    assert found.unlike_pairs is not None
    assert found.unlike_pairs.value == 3 / 5


def test_figures_that_do_not_apply_are_none() -> None:
    found = evaluate(annotations(NEU, NEU), assigned(NEU, SUP), draws=2)
    assert found.polarity is None
    assert found.pairs is None
    assert found.unlike_pairs is None
    assert found.macro_f1.value == pytest.approx(2 / 3)
    assert "polarity" not in found.to_text()


def test_slices() -> None:
    gold = annotations(
        SUP,
        SKE,
        NEU,
        NEU,
        genre=["wire", "wire", "oped", ""],
        text=["One two.", "One " * 15, "One " * 25, "One " * 40],
    )
    found = evaluate(gold, assigned(SUP, SUP, NEU, NEU), zones=["both", "both", "one", "both"])
    sizes = [(part.field, part.value, part.statements) for part in found.slices]
    assert sizes == [
        ("genre", "wire", 2),
        ("genre", "oped", 1),
        ("length", "1-10 words", 1),
        ("length", "11-20 words", 1),
        ("length", "21-30 words", 1),
        ("length", "over 30 words", 1),
        ("zone", "both", 3),
        ("zone", "one", 1),
    ]
    assert found.slices[0].accuracy.value == 0.5


def test_bootstrap_is_reproducible_and_depends_on_the_seed() -> None:
    gold = annotations(*[SUP, SKE, NEU] * 20)
    probabilities = assigned(*[SUP, NEU, NEU, SKE] * 15)
    first = evaluate(gold, probabilities, seed=3, draws=50)
    assert first == evaluate(gold, probabilities, seed=3, draws=50)
    assert first.macro_f1 != evaluate(gold, probabilities, seed=4, draws=50).macro_f1


def test_interval_of_accuracy_matches_theory() -> None:
    # 200 groups of one, accuracy 0.8: the standard error is sqrt(0.8 * 0.2 / 200) = 0.028.
    found = evaluate(annotations(*[NEU] * 200), assigned(*[NEU] * 160 + [SUP] * 40), draws=4000)
    assert found.accuracy.low == pytest.approx(0.8 - 1.96 * 0.0283, abs=0.01)
    assert found.accuracy.high == pytest.approx(0.8 + 1.96 * 0.0283, abs=0.01)


def test_groups_widen_the_interval() -> None:
    labels, guesses = [NEU] * 200, [NEU] * 160 + [SUP] * 40
    alone = evaluate(annotations(*labels), assigned(*guesses)).accuracy
    blocks = [str(i // 20) for i in range(200)]
    grouped = evaluate(annotations(*labels, group=blocks), assigned(*guesses)).accuracy
    assert grouped.value == alone.value
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_one_group_has_no_interval() -> None:
    found = evaluate(annotations(SUP, SKE, group=["a", "a"]), assigned(SUP, SKE))
    assert found.accuracy == Figure(1.0, None, None)
    assert json.loads(found.to_json())["accuracy"] == {"value": 1.0, "low": None, "high": None}


def test_gain_of_a_model_on_itself_is_nothing() -> None:
    gold = annotations(*[SUP, SKE, NEU] * 5)
    probabilities = assigned(*[SUP, NEU, NEU] * 5)
    assert gain(gold, probabilities, probabilities) == Figure(0.0, 0.0, 0.0)


def test_no_interval_no_standard_error() -> None:
    with pytest.raises(ValueError, match="interval"):
        standard_error(Figure(0.8))


def test_gain_is_the_difference_of_macro_f1() -> None:
    gold = annotations(*[SUP, SKE, NEU] * 20)
    better, worse = assigned(*[SUP, SKE, NEU, NEU] * 15), assigned(*[NEU] * 60)
    found = gain(gold, better, worse)
    expected = evaluate(gold, better).macro_f1.value - evaluate(gold, worse).macro_f1.value
    assert found.value == pytest.approx(expected)
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    ("probabilities", "zones", "named"),
    [
        (np.ones((1, 3)) / 3, None, r"shape \(2, 3\)"),
        (np.full((2, 3), np.nan), None, "finite"),
        (np.ones((2, 3)) / 3, ["both"], "2 zones"),
    ],
)
def test_unfit_input_is_refused(
    probabilities: np.ndarray, zones: list[str] | None, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        evaluate(annotations(SUP, SKE), probabilities, zones=zones)


def test_nothing_to_evaluate_is_refused() -> None:
    with pytest.raises(AnnotationError, match="no annotations"):
        evaluate([], np.zeros((0, 3)))


def test_json_holds_every_figure() -> None:
    found = evaluate(annotations(SUP, SKE, NEU), assigned(SUP, SKE, SKE), draws=10)
    record = json.loads(found.to_json())
    assert set(record) == {*found.__slots__, "labels"}
    assert record["labels"] == ["supportive", "skeptical", "neutral"]
    assert record["f1"]["supportive"]["value"] == 1.0
    assert record["confusion"] == [[1, 0, 0], [0, 1, 0], [0, 1, 0]]


def test_text_names_labels_and_intervals() -> None:
    found = evaluate(annotations(*LABELS * 10), assigned(*LABELS * 10))
    text = found.to_text()
    assert text.startswith("30 statements in 30 groups")
    assert "macro-F1" in text
    assert "1.000 [1.000, 1.000]" in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_a_thousand_statements_take_less_than_five_seconds() -> None:
    gold = annotations(*LABELS * 378, group=[str(i // 12) for i in range(1134)])
    begun = time.perf_counter()
    evaluate(gold, assigned(*[SUP] * 1134), draws=1000)
    assert time.perf_counter() - begun < 5


def test_command_measures_the_packaged_model(tmp_path: Path) -> None:
    rows = [
        {"text": "Tokyo and Moscow agreed to speed up talks on a treaty.", "label": "supportive"},
        {"text": "It rained all night.", "label": "neutral"},
        {"text": "It rained all night.", "label": "neutral"},
    ]
    file, out = tmp_path / "mine.jsonl", tmp_path / "figures.json"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = CliRunner().invoke(command, [str(file), "--json", str(out)], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout.startswith("3 statements in 2 groups")
    record = json.loads(out.read_text(encoding="utf-8"))
    assert record["statements"] == 3
    assert {part["value"] for part in record["slices"] if part["field"] == "zone"} == {
        "both sides",
        "no party",
    }


def test_command_retrains_for_curve_spread_and_cross_validation(tmp_path: Path) -> None:
    words = ("warm", "cold", "plain")
    rows = [
        {"text": f"The talks were {words[i % 3]} in {i}.", "label": LABELS[i % 3].value}
        for i in range(240)
    ]
    file, out = tmp_path / "mine.jsonl", tmp_path / "figures.json"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options = ["--learning-curve", "--seeds", "2", "--cross-validate", "--json", str(out)]
    done = CliRunner().invoke(
        command, [str(file), "--annotations", str(file), *options], catch_exceptions=False
    )
    assert done.exit_code == 0
    record = json.loads(out.read_text(encoding="utf-8"))
    assert [point["sentences"] for point in record["learning_curve"]][-1] == 240
    assert len(record["spread"]["values"]) == 2
    assert record["cross_validated"]["macro_f1"]["value"] > 0.95
    assert "Macro-F1 on a tenth held out" in done.stdout


def test_command_names_a_model_that_is_missing(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["--model", str(tmp_path / "none")])
    assert done.exit_code != 0
    assert str(tmp_path / "none") in str(done.exception) + done.output
