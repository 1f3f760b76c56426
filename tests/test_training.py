"""Training: what it may see, what it must not depend on, and what its numbers mean."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.base import clone

from stance import training
from stance.annotations import Annotation, read_annotations
from stance.bootstrap import Figure
from stance.errors import AnnotationError
from stance.labels import LABELS, Label
from stance.lexicon import Sources, read_sources
from stance.tallies import label_indices

SMALL = Path(__file__).parent / "data" / "small"


@pytest.fixture(scope="module")
def sources() -> Sources:
    return read_sources(
        names=SMALL / "names.tsv", cues=SMALL / "cues.tsv", target=SMALL / "target.toml"
    )


@pytest.fixture(scope="module")
def items() -> Sequence[Annotation]:
    return read_annotations(SMALL / "train.jsonl")


@pytest.fixture(scope="module")
def trained(items: Sequence[Annotation], sources: Sources) -> training.Trained:
    return training.train(items, sources)


def test_folds_keep_groups_together(items: Sequence[Annotation]) -> None:
    splits = training.folds(items, seed=0)
    outside = sorted(i for _, part in splits for i in part.tolist())
    assert outside == list(range(len(items)))
    for inside, part in splits:
        assert not {items[i].group for i in inside} & {items[i].group for i in part}
        assert {items[i].label for i in part} == set(LABELS)


def test_folds_depend_on_the_seed(items: Sequence[Annotation]) -> None:
    first, again, other = (training.folds(items, seed)[0][1].tolist() for seed in (0, 0, 1))
    assert first == again != other


@pytest.mark.parametrize("label", LABELS)
def test_too_few_groups_of_a_label_are_refused(items: Sequence[Annotation], label: Label) -> None:
    others = [item for item in items if item.label != label]
    few = [item for item in items if item.label == label][:3]
    with pytest.raises(AnnotationError, match=f"labelled '{label}'") as caught:
        training.folds([*others, *few], seed=0)
    assert caught.value.field == "label"


def test_order_of_the_annotations_does_not_matter(
    items: Sequence[Annotation], sources: Sources, trained: training.Trained
) -> None:
    again = training.train(list(reversed(items)), sources)
    for one, other in zip(trained.tables, again.tables, strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(trained.held_out, again.held_out[::-1])


def test_number_of_processes_does_not_matter(items: Sequence[Annotation], sources: Sources) -> None:
    alone, shared = (
        training.out_of_fold_scores(items, sources, [3.0], jobs=n)[3.0] for n in (1, 2)
    )
    assert np.array_equal(alone, shared)


def test_probabilities_are_probabilities(trained: training.Trained) -> None:
    assert trained.held_out.shape == (180, 3)
    assert (trained.held_out > 0).all()
    assert np.allclose(trained.held_out.sum(axis=1), 1)
    assert trained.penalty in trained.validation


def test_small_corpus_is_learned(items: Sequence[Annotation], trained: training.Trained) -> None:
    right = trained.held_out.argmax(axis=1) == label_indices(items)
    assert right.mean() > 0.75


def test_out_of_fold_has_not_seen_the_group(sources: Sources) -> None:
    # The label can be told from a word that each group has to itself, and from nothing else.
    source = np.random.default_rng(0)
    told = [
        Annotation(f"{g}-{i}", f"{word} {word}s {i}", LABELS[g % 3], f"g{g}")
        for g, word in enumerate(f"w{''.join(source.choice(list('bcdfgh'), 6))}" for _ in range(45))
        for i in "ab"
    ]
    scores = training.out_of_fold_scores(told, sources, [3.0])[3.0]
    right = scores.argmax(axis=1) == label_indices(told)
    assert right.mean() < 0.6


def test_out_of_fold_probabilities(items: Sequence[Annotation], sources: Sources) -> None:
    found = training.out_of_fold(items, sources)
    assert found.shape == (len(items), 3)
    assert np.allclose(found.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("figures", "chosen"),
    [
        ({1.0: 0.80, 2.0: 0.795, 4.0: 0.70}, 2.0),
        ({1.0: 0.80, 2.0: 0.785, 4.0: 0.70}, 1.0),
        ({1.0: 0.70, 2.0: 0.80, 4.0: 0.796}, 4.0),
    ],
)
def test_strongest_penalty_within_one_standard_error(
    figures: dict[float, float], chosen: float
) -> None:
    """The standard error of each is 0.01."""
    half = 0.01 * 1.96
    validation = {k: Figure(value, value - half, value + half) for k, value in figures.items()}
    assert training.choose_penalty(validation) == chosen


def test_temperature_is_recovered() -> None:
    source = np.random.default_rng(0)
    scores = source.normal(size=(4000, 3))
    chances = softmax(scores, axis=1)
    labels = np.array([source.choice(3, p=row) for row in chances])
    fitted = training.calibrate(scores * 2.5, labels)
    assert fitted.temperature == pytest.approx(2.5, rel=0.15)
    assert fitted.apply(scores * 2.5) == pytest.approx(chances, abs=0.05)


def test_temperature_is_bounded_where_all_is_right() -> None:
    labels = np.arange(300) % 3
    fitted = training.calibrate(np.eye(3)[labels] * 100, labels)
    assert 0 < fitted.temperature < 100


def test_sentences_of_texts_count_as_much_as_all_that_were_composed(
    items: Sequence[Annotation],
) -> None:
    marked = [replace(item, origin="text" if i < 3 else "") for i, item in enumerate(items)]
    weight = training.origin_weight(marked)
    assert weight[:3].sum() == pytest.approx(weight[3:].sum())
    assert len(set(training.origin_weight(items))) == 1


def test_hard_sentences_of_texts_make_less_sure(
    items: Sequence[Annotation], sources: Sources
) -> None:
    plain = training.train(items, sources)
    missed = plain.held_out.argmax(axis=1) != label_indices(items)
    marked = [
        replace(item, origin="text") if miss else item
        for item, miss in zip(items, missed, strict=True)
    ]
    assert missed.any()
    assert training.train(marked, sources).calibration.temperature > plain.calibration.temperature


def test_rare_labels_are_found(items: Sequence[Annotation], sources: Sources) -> None:
    rare = [item for item in items if item.label == Label.SKEPTICAL][::4]
    kept = [item for item in items if item.label != Label.SKEPTICAL] + rare
    labels = label_indices(kept)
    found = training.train(kept, sources).held_out.argmax(axis=1)
    assert (found[labels == LABELS.index(Label.SKEPTICAL)] == LABELS.index(Label.SKEPTICAL)).any()


def test_words_of_a_single_text_are_left_out(sources: Sources) -> None:
    texts = ["the quixotic treaty", "the zany treaty", "the treaty"]
    tokens = training.Featuriser(sources).fit(texts).lexicon_.tokens
    assert "treaty" in tokens
    assert not {"quixotic", "zany"} & set(tokens)


def test_featuriser_is_an_estimator(sources: Sources, items: Sequence[Annotation]) -> None:
    featuriser = training.Featuriser(sources, min_texts=3)
    assert clone(featuriser).get_params() == featuriser.get_params()
    texts = [item.text for item in items]
    first = featuriser.fit_transform(texts)
    assert (first != clone(featuriser).fit(texts).transform(texts)).nnz == 0


def test_steps_are_announced(items: Sequence[Annotation], sources: Sources) -> None:
    steps: list[str] = []
    training.train(items, sources, progress=steps.append)
    assert len(steps) >= 2
    assert all(isinstance(step, str) and step for step in steps)
