"""The calls: what they give, what they refuse, and that they agree with one another."""

import copy
import math
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import stance
from stance.labels import LABELS
from stance.model import Model
from tests.made_text import STATEMENTS

SENTENCE = "Tokyo welcomed the thaw with Moscow, but “never” accepted the border — in 1956."


def check(seen: stance.Assessment, text: str) -> None:
    """What holds of any assessment."""
    assert set(seen.probabilities) == set(seen.scores) == set(seen.intercepts) == set(LABELS)
    assert math.fsum(seen.probabilities.values()) == pytest.approx(1)
    assert all(0 <= value <= 1 for value in seen.probabilities.values())
    assert seen.confidence == seen.probabilities[seen.label] == max(seen.probabilities.values())
    assert seen.scores[seen.label] == max(seen.scores.values())
    assert 0 <= seen.coverage <= 1
    done = 0
    for cue in seen.cues:
        assert done <= cue.start < cue.end <= len(text)
        assert cue.text == text[cue.start : cue.end]
        assert cue.contribution == cue.contributions[seen.label]
        assert any(cue.contributions.values())
        done = cue.end
    for label in LABELS:
        # The parts are whole numbers of one unit: they add up without any rounding.
        total = seen.intercepts[label] + sum(cue.contributions[label] for cue in seen.cues)
        assert total == seen.scores[label]
    odds = {label: math.exp(score) for label, score in seen.scores.items()}
    for label in LABELS:
        share = odds[label] / sum(odds.values())
        assert seen.probabilities[label] == pytest.approx(share, abs=1e-12)


def test_label_is_a_str() -> None:
    label = stance.classify(SENTENCE)
    assert isinstance(label, stance.Label)
    assert label in ("supportive", "skeptical", "neutral")
    assert f"{label}" == label.value


def test_assessment(model: Model) -> None:
    seen = model.assess(SENTENCE)
    check(seen, SENTENCE)
    assert len(seen.cues) > 3
    assert seen.label == model.classify(SENTENCE)


@given(STATEMENTS)
def test_assessment_of_anything(text: str) -> None:
    seen = stance.assess(text)
    check(seen, text)
    assert seen.label == stance.classify(text)


def test_whole_corpus(model: Model, corpus: list[str]) -> None:
    """Alone, in a batch and assessed, every sentence comes out the same."""
    labels = list(model.classify_many(corpus))
    rows = list(model.probabilities_many(corpus))
    assert len(set(labels)) == 3
    assessments = list(model.assess_many(corpus))
    assert [seen.label for seen in assessments] == labels
    assert [model.classify(text) for text in corpus] == labels
    found = np.array([list(seen.probabilities.values()) for seen in assessments])
    assert np.abs(found - np.array(rows)).max() < 1e-12
    for seen in assessments:
        parts = sum(cue.contribution for cue in seen.cues)
        assert seen.intercepts[seen.label] + parts == seen.scores[seen.label]
    for text, seen in zip(corpus[::10], assessments[::10], strict=True):
        check(seen, text)


@given(st.lists(STATEMENTS, max_size=7), st.integers(1, 4))
def test_batches_of_anything(texts: list[str], size: int) -> None:
    labels = [stance.classify(text) for text in texts]
    assert list(stance.classify_many(texts, chunk_size=size)) == labels
    seen = list(stance.assess_many(texts, chunk_size=size))
    assert seen == [stance.assess(text) for text in texts]


CALLS: dict[str, Callable[[object], object]] = {
    "classify": lambda item: stance.classify(item),  # type: ignore[arg-type]
    "assess": lambda item: stance.assess(item),  # type: ignore[arg-type]
}
MANY: dict[str, Callable[[object], Iterator[object]]] = {
    "classify_many": lambda items: stance.classify_many(items),  # type: ignore[arg-type]
    "assess_many": lambda items: stance.assess_many(items),  # type: ignore[arg-type]
}
NOT_TEXT = [None, math.nan, b"bytes", bytearray(b"bytes"), 7, ["a list"], {"a": 1}, object()]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("item", NOT_TEXT, ids=lambda item: type(item).__name__)
def test_not_a_text(call: Callable[[object], object], item: object) -> None:
    with pytest.raises(TypeError, match=type(item).__name__) as caught:
        call(item)
    assert isinstance(caught.value, stance.StatementError)
    assert caught.value.index is None


@pytest.mark.parametrize("call", MANY.values(), ids=MANY)
@pytest.mark.parametrize("item", NOT_TEXT, ids=lambda item: type(item).__name__)
def test_not_a_text_among_many(call: Callable[[object], Iterator[object]], item: object) -> None:
    with pytest.raises(TypeError, match=f"index 2.*{type(item).__name__}") as caught:
        list(call(["Tokyo.", "Moscow.", item, "Sochi."]))
    assert isinstance(caught.value, stance.StatementError)
    assert caught.value.index == 2


def test_index_counts_through_chunks(model: Model) -> None:
    texts = ["Tokyo."] * 25
    texts[23] = None  # type: ignore[call-overload]
    with pytest.raises(stance.StatementError, match="index 23") as caught:
        list(model.classify_many(texts, chunk_size=10))
    assert caught.value.index == 23


@pytest.mark.parametrize("call", MANY.values(), ids=MANY)
@pytest.mark.parametrize("text", ["Tokyo.", "", b"Tokyo."])
def test_a_single_text_is_not_many(call: Callable[[object], object], text: object) -> None:
    with pytest.raises(TypeError, match="iterable"):
        call(text)


def test_bytes_are_told_to_be_decoded() -> None:
    with pytest.raises(stance.StatementError, match="decode"):
        stance.classify(b"Tokyo.")  # type: ignore[arg-type]


def test_remedy_for_a_list_fits_the_call() -> None:
    with pytest.raises(stance.StatementError, match="classify_many"):
        stance.classify(["Tokyo."])  # type: ignore[arg-type]
    with pytest.raises(stance.StatementError, match="one by one"):
        list(stance.classify_many(["Tokyo.", ["Moscow."]]))  # type: ignore[list-item]


@pytest.mark.parametrize("size", [0, -3])
def test_chunk_size_below_one(model: Model, size: int) -> None:
    with pytest.raises(ValueError, match="chunk_size"):
        list(model.classify_many(["Tokyo."], chunk_size=size))


def test_subclass_of_str_is_a_text() -> None:
    class Text(str):
        __slots__ = ()

    assert stance.assess(Text(SENTENCE)) == stance.assess(SENTENCE)


def test_iterables_of_all_kinds(model: Model) -> None:
    texts = [SENTENCE, "", "It rained."]
    expected = list(model.classify_many(texts))
    for kind in (tuple, iter, dict.fromkeys, lambda items: (item for item in items)):
        assert list(model.classify_many(kind(texts))) == expected
    assert list(model.classify_many([])) == []


def test_input_is_read_as_results_are_taken(model: Model) -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield SENTENCE

    results = model.classify_many(endless(), chunk_size=10)
    assert taken == 0
    next(results)
    assert 0 < taken <= 100


def test_text_without_words(model: Model) -> None:
    for text in ("", "  ", "?!", "…", "🙂"):
        seen = model.assess(text)
        assert seen.label == "neutral"
        assert seen.coverage == 0
        assert seen.cues == ()
        assert seen.scores == seen.intercepts


COVERAGE = {
    "Japan": 1.0,
    "qxzqxz": 0.0,
    "Japan qxzqxz": 0.5,
    "Japan, 1956!": 1.0,
    "Japan 7 qxzqxz qzqxzx": 0.5,
    "Kwantung Army": 1.0,
}


@pytest.mark.parametrize(("text", "share"), COVERAGE.items())
def test_coverage(model: Model, text: str, share: float) -> None:
    assert model.assess(text).coverage == share


@pytest.mark.parametrize("word", ["Kasumigaseki", "extol", "extolled"])
def test_word_known_from_the_lexicon_is_covered(model: Model, word: str) -> None:
    assert model.assess(word).coverage == 1


def test_functions_are_the_packaged_models_methods(model: Model) -> None:
    assert stance.assess(SENTENCE) == model.assess(SENTENCE)
    assert list(stance.assess_many([SENTENCE])) == [model.assess(SENTENCE)]


def test_loaded_model_has_the_same_methods(small_model: Model) -> None:
    assert small_model.classify("Tokyo hailed a peace treaty with Moscow.") == "supportive"
    assert small_model.classify("Moscow rejected the ferry line from Japan.") == "skeptical"
    assert small_model.classify("The office for a ferry line opened.") == "neutral"
    check(small_model.assess(SENTENCE), SENTENCE)
    assert list(small_model.classify_many([SENTENCE])) == [small_model.classify(SENTENCE)]


def test_model_states_where_it_is_from(small_model: Model) -> None:
    assert isinstance(small_model.path, Path)
    assert str(small_model.path) in repr(small_model)
    with pytest.raises(TypeError):
        small_model.manifest["name"] = "another"  # type: ignore[index]


def test_model_survives_pickling_and_copying(small_model: Model) -> None:
    for twin in (pickle.loads(pickle.dumps(small_model)), copy.deepcopy(small_model)):
        assert twin.assess(SENTENCE) == small_model.assess(SENTENCE)
        assert twin.path == small_model.path


def test_errors_survive_pickling() -> None:
    for error in (
        stance.StatementError(None, 3),
        stance.AnnotationError("no", path="a.jsonl", line=2, field="label"),
        stance.ModelError("no"),
    ):
        twin = pickle.loads(pickle.dumps(error))
        assert (type(twin), str(twin), vars(twin)) == (type(error), str(error), vars(error))
        assert isinstance(twin, stance.StanceError)


def test_progress_goes_to_standard_error(model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    labels = list(model.classify_many([SENTENCE] * 3, progress=True))
    assert len(labels) == 3
    output = capsys.readouterr()
    assert not output.out
    assert "3/3" in output.err


def test_processes_give_the_same_in_the_same_order(small_model: Model) -> None:
    texts = [f"{SENTENCE} {'not ' * (i % 7)}{i}" for i in range(60)]
    expected = list(small_model.classify_many(texts))
    assert list(small_model.classify_many(texts, n_jobs=2, chunk_size=7)) == expected


def test_threads_share_a_model(model: Model) -> None:
    texts = [f"{SENTENCE} {i}" for i in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(model.assess, texts)) == [model.assess(text) for text in texts]


LIGHT = """
import sys
import stance
heavy = {"numpy", "sklearn", "nltk", "scipy", "joblib", "click", "tqdm"}
assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()
assert stance.classify("Tokyo and Moscow signed a treaty.") in stance.LABELS
assert stance.assess("Tokyo and Moscow signed a treaty.").cues
assert len(list(stance.classify_many(["Tokyo.", "Moscow."]))) == 2
assert not (heavy - {"numpy"}) & sys.modules.keys(), (heavy - {"numpy"}) & sys.modules.keys()
"""


def test_importing_and_classifying_load_nothing_heavy() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", LIGHT], check=True, timeout=60)


def test_names_handed_on() -> None:
    for name in stance.__all__:
        assert getattr(stance, name) is not None
    assert set(stance.__all__) <= set(dir(stance))
    with pytest.raises(AttributeError, match="nonsense"):
        stance.nonsense  # noqa: B018
