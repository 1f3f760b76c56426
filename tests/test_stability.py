"""Learning curve, spread over seeds, and their pictures, with a learner made for the purpose."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from stance.annotations import Annotation
from stance.errors import AnnotationError, StanceError
from stance.evaluation import evaluate
from stance.labels import LABELS
from stance.plots import draw_plots
from stance.stability import measure_spread, predict_held_out, trace_learning_curve

WORDS = ("warm", "cold", "plain")


def corpus(sentences: int, start: int = 0) -> list[Annotation]:
    """Sentences that say their label, two a group."""
    return [
        Annotation(str(i), f"{WORDS[i % 3]} {i}", LABELS[i % 3], f"g{i // 2}")
        for i in range(start, start + sentences)
    ]


def by_word(annotations: Sequence[Annotation], texts: Sequence[str]) -> np.ndarray:
    """Label a text as the training sentences with its first word are labelled."""
    known = {item.text.split()[0]: LABELS.index(item.label) for item in annotations}
    return np.eye(3)[[known[text.split()[0]] for text in texts]]


def by_size(annotations: Sequence[Annotation], texts: Sequence[str]) -> np.ndarray:
    """Label right as many of the texts as there are training sentences, the rest wrong."""
    right = by_word(annotations, texts)
    right[len(annotations) :] = np.roll(right[len(annotations) :], 1, axis=1)
    return right


def test_curve_grows_with_the_training_part() -> None:
    curve = trace_learning_curve(corpus(120), corpus(120, 120), by_size, shares=(0.25, 0.5, 1.0))
    assert [point.sentences for point in curve] == [30, 60, 120]
    values = [point.macro_f1.value for point in curve]
    assert values == sorted(values)
    assert values[-1] == 1


def test_parts_of_the_curve_are_whole_groups_and_nested() -> None:
    parts: list[set[str]] = []

    def learn(annotations: Sequence[Annotation], texts: Sequence[str]) -> np.ndarray:
        parts.append({item.id for item in annotations})
        groups = [item.group for item in annotations]
        assert all(groups.count(group) == 2 for group in groups)
        return by_word(annotations, texts)

    trace_learning_curve(corpus(120), corpus(30, 120), learn, shares=(1.0, 0.2, 0.5), seed=1)
    small, middle, whole = parts
    assert small < middle < whole


def test_curve_passes_over_a_part_without_all_labels() -> None:
    curve = trace_learning_curve(corpus(120), corpus(30, 120), by_word, shares=(0.01, 1.0))
    assert [point.sentences for point in curve] == [120]


def test_curve_refuses_annotations_that_lack_a_label() -> None:
    one = [item for item in corpus(120) if item.label is LABELS[0]]
    with pytest.raises(AnnotationError, match="no part of the 40 annotations"):
        trace_learning_curve(one, corpus(30, 120), by_word)


def test_spread_over_seeds() -> None:
    held: list[frozenset[str]] = []

    def learn(annotations: Sequence[Annotation], texts: Sequence[str]) -> np.ndarray:
        assert not {item.text for item in annotations} & set(texts)
        held.append(frozenset(texts))
        return by_word(annotations, texts)

    found = measure_spread(corpus(240), learn, seeds=4)
    assert found.values == (1.0,) * 4
    assert (found.mean, found.deviation) == (1.0, 0.0)
    assert str(found) == "1.000 ± 0.000 over 4 seeds"
    assert len(set(held)) == 4


def test_spread_takes_two_seeds() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        measure_spread(corpus(240), by_word, seeds=1)


def test_held_out_predictions_come_from_other_groups() -> None:
    def learn(annotations: Sequence[Annotation], texts: Sequence[str]) -> np.ndarray:
        known = {item.group for item in annotations}
        assert not {f"g{int(text.split()[1]) // 2}" for text in texts} & known
        return by_word(annotations, texts)

    part = corpus(120)
    labels = predict_held_out(part, learn).argmax(axis=1)
    assert [LABELS[i] for i in labels] == [item.label for item in part]


def test_pictures_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    part = corpus(60)
    curve = trace_learning_curve(corpus(120), corpus(60, 120), by_word, shares=(0.5, 1.0))
    evaluation = evaluate(part, by_word(part, [item.text for item in part]), draws=10)
    first, second = (draw_plots(evaluation, tmp_path / name, curve=curve) for name in ("a", "b"))
    assert [path.name for path in first] == [
        "confusion.svg",
        "reliability.svg",
        "learning-curve.svg",
    ]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert one.read_text(encoding="utf-8").startswith("<?xml")


def test_pictures_without_matplotlib_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    part = corpus(6)
    evaluation = evaluate(part, by_word(part, [item.text for item in part]), draws=2)
    with pytest.raises(StanceError, match=r"\[plots\]"):
        draw_plots(evaluation, tmp_path)
