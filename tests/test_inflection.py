"""Inflected forms lead to their base forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.inflection import irregular, lemmas, regular_forms

FORMS = {
    "welcome": ["welcomed", "welcomes", "welcoming"],
    "agree": ["agreed", "agrees"],
    "deny": ["denied", "denies", "denying"],
    "betray": ["betrayed", "betrays", "betraying"],
    "stop": ["stopped", "stops", "stopping"],
    "clash": ["clashed", "clashes", "clashing"],
    "visit": ["visited", "visits", "visiting"],
    "seek": ["sought", "seeks", "seeking"],
    "break": ["broke", "broken", "breaking"],
    "tie": ["ties", "tied"],
    "crisis": ["crises"],
    "bad": ["worse", "worst"],
}


@pytest.mark.parametrize(("base", "forms"), FORMS.items(), ids=FORMS)
def test_forms_lead_to_base(base: str, forms: list[str]) -> None:
    found = lemmas([base])
    assert {form: found.get(form) for form in forms} == dict.fromkeys(forms, base)


@pytest.mark.parametrize("base", ["", "a", "be", "g7", "co-op", "9th"])
def test_no_regular_forms_of_what_is_no_longer_word(base: str) -> None:
    assert regular_forms(base) == []


def test_listed_word_stays_itself() -> None:
    found = lemmas(["tie", "ties", "need", "needed"])
    assert found["ties"] == "ties"
    assert found["needed"] == "needed"


def test_irregular_form_goes_to_its_base_even_if_listed() -> None:
    found = lemmas(["freeze", "frozen"])
    assert found["frozen"] == "freeze"
    assert "froze" not in lemmas(["frozen"])


SHARED = {
    "noted": (["not", "note"], "note"),
    "shamed": (["sham", "shame"], "shame"),
    "breathed": (["breath", "breathe"], "breathe"),
    "fulfilled": (["fulfil", "fulfill"], "fulfil"),
}


@pytest.mark.parametrize(("form", "bases", "base"), [(f, *rest) for f, rest in SHARED.items()])
def test_shared_form(form: str, bases: list[str], base: str) -> None:
    assert lemmas(bases)[form] == base
    assert lemmas(bases[::-1])[form] == base


def test_irregular_table_is_sound() -> None:
    table = irregular()
    assert len(table) > 200
    assert list(table) == sorted(table)
    assert all(form.isalpha() and base.isalpha() and form != base for form, base in table.items())
    assert not [form for form, base in table.items() if base in table and table[base] != base]


WORDS = st.lists(st.text(st.sampled_from("abdeinosty"), min_size=1, max_size=7), max_size=12)


@given(WORDS, st.randoms())
def test_order_of_the_bases_does_not_matter(words: list[str], random: object) -> None:
    shuffled = list(words)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert lemmas(words) == lemmas(shuffled)


@given(WORDS)
def test_bases_are_their_own(words: list[str]) -> None:
    found = lemmas(words)
    assert all(found[word] == word for word in words if word not in irregular())
    assert set(found.values()) <= set(words)
