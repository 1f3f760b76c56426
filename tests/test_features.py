"""Which statements look alike to the classifier, and which do not."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance import features
from stance.annotations import read_annotations
from stance.lexicon import TokenIndex, build_lexicon, read_sources
from stance.stream import stream_of
from stance.training import Featuriser
from tests.made_text import STATEMENTS

SMALL = Path(__file__).parent / "data" / "small"
SOURCES = read_sources(
    names=SMALL / "names.tsv", cues=SMALL / "cues.tsv", target=SMALL / "target.toml"
)
TEXTS = [item.text for item in read_annotations(SMALL / "train.jsonl")]

Rows = Callable[[Sequence[str]], np.ndarray]


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Features of texts that were all seen in training, one row each."""

    def fitted(texts: Sequence[str]) -> np.ndarray:
        return Featuriser(SOURCES, min_texts=1).fit([*texts, *TEXTS]).transform(texts).toarray()

    return fitted


ALIKE = {
    "name of one group": ("Tokyo hailed it.", "Japan hailed it."),
    "name of several words": ("Tokyo told Moscow.", "Tokyo told the Kremlin."),
    "year": ("It began in 1957.", "It began in 2014."),
    "number": ("It cost 5,000 yen.", "It cost 70.5 yen."),
    "case": ("TOKYO HAILED IT.", "Tokyo hailed it."),
    "quotation marks": ("“Tokyo hailed it,” he said.", '"Tokyo hailed it," he said.'),
    "apostrophe": ("Moscow’s offer", "Moscow's offer"),
    "accent": ("the Kōno offer", "the Kono offer"),
    "white space": ("Tokyo  hailed\tit.\n", "Tokyo hailed it."),
}


@pytest.mark.parametrize("pair", ALIKE.values(), ids=ALIKE)
def test_alike(rows: Rows, pair: tuple[str, str]) -> None:
    first, second = rows(pair)
    assert np.array_equal(first, second)


UNLIKE = {
    "word": ("Tokyo hailed it.", "Tokyo halved it."),
    "other group": ("Tokyo hailed it.", "Beijing hailed it."),
    "company of another party": ("They hailed it in Tokyo.", "They hailed it in Oslo."),
    "negation": ("They did welcome it.", "They did not welcome it."),
    "order": ("Tokyo warned Moscow.", "Moscow warned Tokyo."),
    "question": ("Will it thaw?", "It will thaw."),
    "edge": ("thaw it did", "it did thaw"),
}


@pytest.mark.parametrize("pair", UNLIKE.values(), ids=UNLIKE)
def test_unlike(rows: Rows, pair: tuple[str, str]) -> None:
    first, second = rows(pair)
    assert not np.array_equal(first, second)


def test_words_around_a_statement_do_not_reach_into_it(rows: Rows) -> None:
    alone = rows(["They welcome it."])[0]
    featuriser = Featuriser(SOURCES, min_texts=1).fit(["They welcome it.", *TEXTS])
    among = featuriser.transform(["Never, said Moscow, not", "They welcome it.", "Beijing"])
    assert np.array_equal(among.toarray()[1], alone)


@given(st.lists(STATEMENTS, min_size=1, max_size=5))
def test_each_row_is_its_own_texts(texts: list[str]) -> None:
    featuriser = _FITTED
    together = featuriser.transform(texts).toarray()
    assert together.shape[0] == len(texts)
    assert np.isfinite(together).all()
    for row, text in zip(together, texts, strict=True):
        assert np.array_equal(row, featuriser.transform([text]).toarray()[0])


_FITTED = Featuriser(SOURCES).fit(TEXTS)


def test_every_family_is_described() -> None:
    lexicon = build_lexicon(SOURCES, [])
    found = features.firings(lexicon, stream_of(lexicon, TokenIndex(lexicon.tokens), TEXTS))
    described = {line.split("  ")[0] for line in (features.__doc__ or "").splitlines()}
    assert found.keys() <= described


def test_features_occur_in_texts_that_exist() -> None:
    lexicon = _FITTED.lexicon_
    stream = stream_of(lexicon, _FITTED.index_, TEXTS)
    for name, firing in features.firings(lexicon, stream).items():
        assert len(firing.keys) == len(firing.texts) == len(firing.values), name
        assert len(firing.keys), f"{name} never fires on the small corpus"
        assert firing.keys.min() >= 0
        assert 0 <= firing.texts.min() <= firing.texts.max() < len(TEXTS)
