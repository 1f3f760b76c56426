"""Folding and tokenising: what counts as the same text, and where tokens stand."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.text import BOUNDARY, fold, token_spans, tokenise, tokenise_many

TOKENS = {
    "": [],
    "   \t ": [],
    "Tokyo": ["tokyo"],
    "Japan's isles": ["japan", "'s", "isles"],
    "Japan’s isles": ["japan", "'s", "isles"],
    "They don't": ["they", "don", "'t"],
    "we'll they've I'm": ["we", "'ll", "they", "'ve", "i", "'m"],
    "he'd you're": ["he", "'d", "you", "'re"],
    "'tis 'treaty'": ["tis", "treaty"],
    "G-7": ["g", "7"],
    "1,200.5 tons": ["1,200.5", "tons"],
    "in 1956.": ["in", "1956"],
    "5% of $3": ["5", "%", "of", "$", "3"],
    "yes, no; a: b? c! d": ["yes", ",", "no", ";", "a", ":", "b", "?", "c", "!", "d"],
    "(a)": ["(", "a", ")"],
    "“Da”": ['"', "da", '"'],
    "«Da»": ['"', "da", '"'],
    "a – b — c": ["a", "|", "b", "|", "c"],
    "Shinzō Abé": ["shinzo", "abe"],
    "Łódź Øst Đa": ["lodz", "ost", "da"],
    "Straße": ["strasse"],
    "ﬁsh": ["fish"],
    "ＴＯＫＹＯ": ["tokyo"],
    "so\u00adft": ["soft"],
    "zero\u200bwidth": ["zerowidth"],
    "no\u00a0break": ["no", "break"],
    "two\nlines": ["two", "lines"],
    "Россия": ["россия"],
    "日本 ロシア": ["日本", "ロシア"],
    "İstanbul": ["istanbul"],
    "🙂 ok": ["ok"],
}

CHARACTERS = st.one_of(
    st.text(),
    st.text(st.sampled_from("aB'’s t,.1\n\t“”–éÅßŉ½㏂…\u0301\u200b\ud800İς")),
)


@pytest.mark.parametrize(("text", "tokens"), TOKENS.items())
def test_tokens(text: str, tokens: list[str]) -> None:
    assert tokenise_many([text]) == [*tokens, BOUNDARY]


@pytest.mark.parametrize("text", ["Shinzō", "Étorofu", "naïve", "ﬁsh", "Ångström", "Южно-Курильск"])
def test_normal_forms_are_one(text: str) -> None:
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert len({tuple(tokenise(fold(form))) for form in forms}) == 1


@given(CHARACTERS)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(CHARACTERS, CHARACTERS)
def test_folding_knows_no_surroundings(left: str, right: str) -> None:
    assert fold(left + right) == fold(left) + fold(right)


@given(st.lists(CHARACTERS, max_size=5))
def test_many_are_each(texts: list[str]) -> None:
    each = [token for text in texts for token in tokenise_many([text])]
    assert tokenise_many(texts) == (each or [BOUNDARY])


@given(CHARACTERS)
def test_one_boundary_a_text(text: str) -> None:
    assert tokenise_many([text, text]).count(BOUNDARY) == 2


@given(CHARACTERS)
def test_spans_are_of_the_tokens(text: str) -> None:
    spans = token_spans(text)
    assert [token for token, _, _ in spans] == tokenise_many([text])[:-1]
    assert all(0 <= start < end <= len(text) for _, start, end in spans)
    starts = [start for _, start, _ in spans]
    assert starts == sorted(starts)


@given(CHARACTERS)
def test_span_holds_its_token(text: str) -> None:
    for token, start, end in token_spans(text):
        assert token in fold(text[start:end])


def test_spans_over_the_corpus(corpus: list[str]) -> None:
    tokens = [token for text in corpus for token, _, _ in [*token_spans(text), (BOUNDARY, 0, 0)]]
    assert tokens == tokenise_many(corpus)


def test_number_sign_is_no_negation() -> None:
    assert "no" not in tokenise(fold("Article № 9"))
