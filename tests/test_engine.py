"""Batches: a statement scores the same alone, in any company and in any order."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.api import packaged_model
from stance.labels import LABELS
from stance.model import Model
from tests.made_text import STATEMENTS


@given(st.lists(STATEMENTS, max_size=8))
def test_batch_is_singles(texts: list[str]) -> None:
    model = packaged_model()
    assert model.classify_chunk(texts) == [model.classify(text) for text in texts]
    singles = [model.probabilities_chunk([text])[0] for text in texts]
    assert model.probabilities_chunk(texts) == singles


@given(st.lists(STATEMENTS, min_size=2, max_size=8), st.randoms())
def test_order_does_not_matter(texts: list[str], shuffler: random.Random) -> None:
    model = packaged_model()
    order = list(range(len(texts)))
    shuffler.shuffle(order)
    straight = model.probabilities_chunk(texts)
    assert model.probabilities_chunk([texts[i] for i in order]) == [straight[i] for i in order]


def test_whole_corpus_in_one_batch_and_in_many(model: Model, corpus: list[str]) -> None:
    whole = model.probabilities_chunk(corpus)
    parts = model.probabilities_many(iter(corpus), chunk_size=777)
    assert whole == list(parts)


def test_nothing_in_nothing_out(model: Model) -> None:
    assert model.classify_chunk([]) == []
    assert model.probabilities_chunk([]) == []


WORDLESS = ["", " ", "\n", "!!!" * 50, "…", "——", '""', "\u200b", "🙂🙂", "%", "\ud800"]


@pytest.mark.parametrize("text", WORDLESS, ids=ascii)
def test_text_without_words_has_the_prior(model: Model, text: str) -> None:
    prior = model.probabilities_chunk([""])[0]
    assert model.probabilities_chunk(["Tokyo hailed it.", text, "Moscow."])[1] == prior


def test_long_text(model: Model) -> None:
    sentence = "Tokyo welcomed the talks with Moscow, but not the sanctions. "
    label = model.classify(sentence * 20_000)
    assert label in LABELS
    assert model.classify_chunk(["", sentence * 20_000, sentence])[1] == label


def test_text_with_the_boundary_in_it_is_one_text(model: Model) -> None:
    lines = "Tokyo hailed it.\nMoscow did not.\n"
    assert model.probabilities_chunk([lines]) == model.probabilities_chunk(
        [lines.replace("\n", " ")]
    )
    assert len(model.classify_chunk([lines, "\n\n", "x"])) == 3
