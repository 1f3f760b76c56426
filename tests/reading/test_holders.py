"""Whose stance a statement is."""

from pathlib import Path

import pytest

from stance.reading.holders import find_holders
from stance.reading.segmentation import segment
from tests.reading.marked import marked_texts
from tests.reading.scoring import HolderScore, holder_cases, score_holders

HERE = Path(__file__).parent
TEXTS = marked_texts()


def _rows(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines]


def _found(text: str) -> list[str]:
    holders = find_holders(text, segment(text))
    return ["author" if h.kind == "author" else f"{h.kind}:{h.name}" for h in holders]


@pytest.mark.parametrize(("text", "holder"), _rows("holder_cases.tsv"))
def test_holder_of_one_statement(text, holder):
    assert _found(text) == [holder]


@pytest.mark.parametrize(("text", "holders"), _rows("holder_texts.tsv"))
def test_holders_across_statements(text, holders):
    assert _found(text.replace("¶", "\n\n")) == holders.split(";")


def test_interview_turns_are_the_persons():
    text = (
        "Aki Mori ran the consulate in Omsk. She spoke to the Weekly.\n\n"
        "Q: Was it cold?\n\nA: Very. Everybody said so.\n\nQ: Why?\n\nA: Winter."
    )
    assert _found(text)[2:] == [
        "speech:interviewer",
        "speech:Aki Mori",
        "speech:Aki Mori",
        "speech:interviewer",
        "speech:Aki Mori",
    ]


def test_transcript_labels_are_resolved_to_the_fullest_name():
    text = "A talk with Minister Haruto Kanda\n\nKANDA: Yes.\n\nQUESTION: Why?\n\nKANDA: Because."
    assert _found(text)[1:] == ["speech:Haruto Kanda", "speech:questioner", "speech:Haruto Kanda"]


def test_holders_over_all_marked_texts():
    scores = [score_holders(holder_cases(text, marks)) for text, marks in TEXTS.values()]
    total = sum(scores, HolderScore())
    assert total.statements >= 300
    assert len(TEXTS) >= 12
    assert total.right / total.statements >= 0.95
    assert total.others_right / total.others >= 0.95
    assert total.kind_right / total.statements >= 0.95


@pytest.mark.parametrize("name", TEXTS)
def test_holders_of_each_marked_text(name):
    score = score_holders(holder_cases(*TEXTS[name]))
    assert score.right / score.statements >= 0.85


@pytest.mark.parametrize(
    "text", ["", "\n\n", "“", "said", ", said", "“”", "the", "of the", ". . ."]
)
def test_odd_texts_have_a_holder_each(text):
    assert len(_found(text)) == len(segment(text))
