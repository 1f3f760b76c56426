"""The compiled model says what the scikit-learn pipeline says."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from stance import training
from stance.annotations import Annotation, read_corpus
from stance.lexicon import read_sources
from stance.model import Model, load
from stance.resources import annotations_folder
from stance.storage import write_folder

CLOSE = 1e-6


class Both(NamedTuple):
    """One training, before and after compilation."""

    trained: training.Trained
    model: Model
    test: Sequence[Annotation]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Train on one group in twelve, with the packaged lexicons, for one penalty."""
    corpus = read_corpus(annotations_folder())
    groups = sorted({item.group for item in corpus.train})[::12]
    chosen = [item for item in corpus.train if item.group in set(groups)]
    sources = read_sources(names=corpus.names, cues=corpus.cues, target=corpus.target)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "PENALTIES", (3.0,))
        trained = training.train(chosen, sources)
    folder = tmp_path_factory.mktemp("compiled") / "model"
    write_folder(folder, trained.lexicon, trained.tables, {"name": "compiled"}, {})
    return Both(trained, load(folder), corpus.test)


def pipeline_probabilities(both: Both, texts: Sequence[str]) -> np.ndarray:
    scores = both.trained.fit.pipeline().decision_function(texts)
    return both.trained.calibration.apply(scores)


def test_same_probabilities_on_the_whole_test_part(both: Both) -> None:
    texts = [item.text for item in both.test]
    compiled = np.array(list(both.model.probabilities_many(texts)))
    expected = pipeline_probabilities(both, texts)
    assert np.abs(compiled - expected).max() < CLOSE
    assert len({label.value for label in both.model.classify_many(texts)}) == 3


def test_same_probabilities_one_at_a_time(both: Both) -> None:
    texts = [item.text for item in both.test]
    expected = pipeline_probabilities(both, texts)
    for text, row in zip(texts, expected, strict=True):
        seen = both.model.assess(text)
        assert list(seen.probabilities.values()) == pytest.approx(row, abs=CLOSE)


ODD = Path(__file__).parent / "data" / "odd_statements.txt"


def test_same_probabilities_on_odd_statements(both: Both) -> None:
    texts = ODD.read_text(encoding="utf-8").split("\n")
    compiled = np.array(list(both.model.probabilities_many(texts)))
    assert np.abs(compiled - pipeline_probabilities(both, texts)).max() < CLOSE
