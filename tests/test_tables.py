"""Compiled tables give the sums of the weights they were compiled from."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from scipy.special import softmax

from stance.annotations import read_annotations
from stance.lexicon import read_sources
from stance.model import Model
from stance.storage import Stored
from stance.tables import Weights, compile_tables
from stance.training import Featuriser
from tests.made_text import STATEMENTS

SMALL = Path(__file__).parent / "data" / "small"
SOURCES = read_sources(
    names=SMALL / "names.tsv", cues=SMALL / "cues.tsv", target=SMALL / "target.toml"
)
TEXTS = [item.text for item in read_annotations(SMALL / "train.jsonl")]
FITTED = Featuriser(SOURCES).fit(TEXTS)
WIDTH = FITTED.transform(TEXTS[:1]).shape[1]


def compiled(coefficients: np.ndarray, intercept: np.ndarray) -> Model:
    tables = compile_tables(FITTED.lexicon_, FITTED.weights(coefficients), intercept)
    return Model(Stored(FITTED.lexicon_, tables, {}))


RANDOM = np.random.default_rng(3)
COEFFICIENTS = RANDOM.normal(size=(3, WIDTH))
INTERCEPT = RANDOM.normal(size=3)
MODEL = compiled(COEFFICIENTS, INTERCEPT)


def expected(texts: list[str]) -> np.ndarray:
    return softmax(FITTED.transform(texts) @ COEFFICIENTS.T + INTERCEPT, axis=1)


def test_sums_of_random_weights_over_the_corpus() -> None:
    found = np.array(MODEL.probabilities_chunk(TEXTS))
    assert np.abs(found - expected(TEXTS)).max() < 1e-5


@given(STATEMENTS)
def test_sums_of_random_weights(text: str) -> None:
    found = MODEL.assess(text)
    assert list(found.probabilities.values()) == pytest.approx(expected([text])[0], abs=1e-5)


def test_scores_of_an_entry_add_up_to_zero() -> None:
    seen = MODEL.assess("Tokyo did not welcome the treaty with Moscow.")
    assert sum(seen.scores.values()) == 0
    assert sum(seen.intercepts.values()) == 0
    assert all(sum(cue.contributions.values()) == 0 for cue in seen.cues)


def test_same_weights_give_the_same_tables() -> None:
    weights = FITTED.weights(COEFFICIENTS)
    first = compile_tables(FITTED.lexicon_, weights, INTERCEPT)
    second = compile_tables(FITTED.lexicon_, dict(reversed(weights.items())), INTERCEPT)
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("weight", [np.nan, np.inf, -np.inf, 1e6])
def test_weight_beyond_the_tables_is_refused(weight: float) -> None:
    coefficients = COEFFICIENTS.copy()
    coefficients[0, WIDTH // 2] = weight
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(ValueError, match="not finite or beyond"),
    ):
        compiled(coefficients, INTERCEPT)


def test_weights_of_keys() -> None:
    weights = Weights(np.array([2, 5]), np.array([[1.0, -1.0], [3.0, 4.0]]))
    found = weights.of(np.array([[5, 0], [2, 9]]))
    assert found.tolist() == [[[3, 4], [0, 0]], [[1, -1], [0, 0]]]


def test_no_weights_are_no_weight() -> None:
    weights = Weights(np.zeros(0, np.int64), np.zeros((0, 3)))
    assert weights.of(np.array([1, 2])).tolist() == [[0, 0, 0], [0, 0, 0]]
