"""The model card states what training measured."""

import re
from pathlib import Path

import pytest

from stance.card import shares_in_words, write_card
from stance.retrain import Retraining


@pytest.fixture(scope="module")
def card(retrained: Retraining) -> str:
    return (retrained.folder / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_nothing_is_left_to_fill_in(card: str) -> None:
    assert not re.search(r"\$\{?[a-z_]", card)
    assert "None" not in card


def test_card_names_the_model_and_its_data(card: str, retrained: Retraining) -> None:
    training = retrained.manifest["training"]
    assert card.startswith("# Model card: small\n")
    assert training["digest"] in card
    assert f"{training['sentences']} sentences" in card
    assert retrained.manifest["evaluated_on"] in card
    for library in ("numpy", "scikit-learn"):
        assert f"{library} {retrained.manifest['versions'][library]}" in card


def test_card_holds_the_figures(card: str, retrained: Retraining) -> None:
    seen = retrained.evaluation
    for figure in (seen.macro_f1, seen.accuracy, *seen.f1.values()):
        assert str(figure) in card
    for baseline in retrained.manifest["baselines"].values():
        assert f"{baseline:.3f}" in card


def test_tables_are_tables(card: str) -> None:
    for block in re.findall(r"(?:^\|.*\|\n)+", card, re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1


def test_card_is_what_the_manifest_and_the_figures_give(card: str, retrained: Retraining) -> None:
    assert write_card(retrained.manifest, retrained.evaluation) == card


def test_notes_are_added(retrained: Retraining) -> None:
    card = write_card(retrained.manifest, retrained.evaluation, "## Limits\n\nMany.\n\n")
    assert card.endswith("\n## Limits\n\nMany.\n")


def test_shares_in_words() -> None:
    assert shares_in_words([0.5, 0.25, 0.25]) == "supportive 0.50, skeptical 0.25, neutral 0.25"


def test_packaged_card_is_of_the_packaged_model() -> None:
    import stance.resources
    from stance.model import load

    folder: Path = stance.resources.model_folder()
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert load(folder).manifest["training"]["digest"] in card
