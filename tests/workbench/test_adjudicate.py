import json

import pytest

from stance.annotations import read_annotations
from stance.errors import AnnotationError
from stance.labels import LABELS
from stance.workbench.adjudicate import adjudicate, read_sentences
from stance.workbench.files import write_rows
from stance.workbench.judgements import (
    Judgement,
    Verdict,
    collect_judgements,
    count_votes,
    read_judgements,
    settle,
)

S, K, N = LABELS
SKIP, UNSURE, REJECT = Verdict.SKIP, Verdict.UNSURE, Verdict.REJECT


def words(*said):
    return [
        Judgement(
            "a",
            f"ann{n}",
            None if isinstance(word, Verdict) else word,
            word if isinstance(word, Verdict) else Verdict.LABEL,
            text="A b.",
        )
        for n, word in enumerate(said)
    ]


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ([S], S),
        ([S, S, K], S),
        ([S, K], "undecided"),
        ([S, K, N], "undecided"),
        ([S, S, K, N], "undecided"),
        ([S, S, UNSURE], S),
        ([S, UNSURE], "undecided"),
        ([UNSURE], "undecided"),
        ([SKIP, SKIP, S], "set aside"),
        ([SKIP, S], "undecided"),
        ([REJECT], "set aside"),
    ],
)
def test_more_than_half_of_the_judgements_decide(said, outcome):
    done = adjudicate(words(*said))
    where = {"undecided": done.undecided, "set aside": done.set_aside}.get(outcome, done.rows)
    assert len(where) == 1
    assert len(done.rows) + len(done.undecided) + len(done.set_aside) == 1
    assert where[0].get("label") == (outcome if outcome in LABELS else None)
    assert len(where[0]["judgements"]) == len(said)
    assert len(where[0]["labels"]) == sum(word in LABELS for word in said)


@pytest.mark.parametrize(
    ("decision", "outcome"), [(K, "rows"), (SKIP, "set_aside"), (UNSURE, "undecided")]
)
def test_an_adjudicator_decides_and_the_others_votes_stay(decision, outcome):
    said = words(S, S, decision)
    done = adjudicate(said, adjudicator="ann2")
    (row,) = getattr(done, outcome)
    assert row.get("label") == (K if outcome == "rows" else None)
    assert row["labels"]["ann0"] == row["labels"]["ann1"] == S
    with pytest.raises(AnnotationError, match="name one of ann0, ann1, ann2"):
        adjudicate(said, adjudicator="cy")


def test_what_is_known_of_a_sentence_goes_along():
    known = {
        "id": "a",
        "text": "A b.",
        "label": "neutral",
        "group": "g",
        "judgements": [{"annotator": "old", "label": "skeptical"}],
    }
    said = [Judgement("a", "ann", S, note="odd"), Judgement("a", "bo", S)]
    (row,) = adjudicate(said, sentences={"a": known}).rows
    assert row["label"] == S
    assert row["group"] == "g"
    assert row["labels"] == {"writer": "neutral", "ann": "supportive", "bo": "supportive"}
    assert [word["annotator"] for word in row["judgements"]] == ["old", "ann", "bo"]
    assert row["judgements"][1]["note"] == "odd"


def test_a_sentence_without_text_is_refused():
    with pytest.raises(AnnotationError, match="'a' is judged but its text is unknown"):
        adjudicate([Judgement("a", "ann", S)])


def test_the_outcome_can_be_trained_on(tmp_path):
    path = tmp_path / "train.jsonl"
    write_rows(path, adjudicate(words(S, S, K)).rows)
    (item,) = read_annotations(path)
    assert item.label is S
    assert item.labels == {"ann0": S, "ann1": S, "ann2": K}
    assert len(item.extra["judgements"]) == 3


def test_the_last_word_counts_and_a_withdrawn_one_does_not():
    said = [
        Judgement("a", "ann", S),
        Judgement("b", "ann", S),
        Judgement("a", "bo", K),
        Judgement("a", "ann", N),
        Judgement("b", "ann", verdict=Verdict.WITHDRAWN),
    ]
    assert [(j.id, j.annotator, j.label) for j in settle(said)] == [("a", "bo", K), ("a", "ann", N)]


def test_long_and_wide_files_are_collected_together(tmp_path):
    long = tmp_path / "ann.csv"
    long.write_text(
        "id,annotator,label,date,note\na,ann,supportive,2024-05-01,\nb,ann,neutral,,hm\n"
    )
    wide = tmp_path / "rows.jsonl"
    wide.write_text(
        json.dumps(
            {
                "id": "a",
                "text": "A b.",
                "label": "neutral",
                "labels": {"bo": "neutral", "cy": "skeptical"},
                "judgements": [{"annotator": "bo", "label": "neutral", "note": "flat"}],
            }
        )
        + "\n"
        + json.dumps({"text": "No id.", "judgements": [{"annotator": "bo", "verdict": "skip"}]})
    )
    found = collect_judgements([long, wide])
    assert count_votes(found) == {"a": {"ann": S, "bo": N, "cy": K}, "b": {"ann": N}}
    assert [j.note for j in found if j.id == "a"] == ["", "flat", ""]
    assert [j.date for j in read_judgements(long)] == ["2024-05-01", ""]
    assert {j.text for j in found if j.annotator == "bo"} == {"A b.", "No id."}


def test_the_long_format_keeps_unknown_fields(tmp_path):
    path = tmp_path / "ann.jsonl"
    row = {"id": "a", "text": "A.", "annotator": "ann", "label": "neutral", "note": "x", "mood": 3}
    path.write_text(json.dumps(row))
    (judgement,) = read_judgements(path)
    assert judgement.record() == row


@pytest.mark.parametrize(
    ("row", "field", "remedy"),
    [
        ({"annotator": "ann", "label": "neutral"}, "id", "repeat its text"),
        ({"id": 3, "annotator": "ann", "label": "neutral"}, "id", "in quotes"),
        ({"id": "a", "annotator": "ann"}, "label", "missing"),
        ({"id": "a", "labels": ["neutral"]}, "labels", "annotator and label"),
        ({"id": "a", "labels": {"ann": "pro"}}, "labels", "unknown label 'pro'"),
        ({"id": "a", "text": 3, "labels": {"ann": "neutral"}}, "text", "in quotes"),
        ({"id": "a", "text": "\ud800", "labels": {"ann": "neutral"}}, "text", "mend the text"),
    ],
)
def test_lines_that_judge_nothing_are_refused(row, field, remedy, tmp_path):
    path = tmp_path / "ann.jsonl"
    path.write_text(json.dumps(row))
    with pytest.raises(AnnotationError, match=remedy) as caught:
        collect_judgements([path])
    assert (caught.value.line, caught.value.field) == (1, field)


def test_votes_on_two_sentences_of_one_id_are_not_mixed(tmp_path):
    ann, bo, cy = (tmp_path / f"{name}.jsonl" for name in ("ann", "bo", "cy"))
    ann.write_text('{"id": "1", "text": "Ties thaw.", "annotator": "ann", "label": "supportive"}')
    bo.write_text('\n{"id": "1", "text": "No deal.", "labels": {"bo": "skeptical"}}')
    cy.write_text(
        '{"id": "1", "text": "Ties  THAW.", "annotator": "cy", "label": "neutral"}\n'
        '{"id": "1", "annotator": "di", "label": "neutral"}\n'
    )
    assert count_votes(collect_judgements([ann, cy])) == {"1": {"ann": S, "cy": N, "di": N}}
    with pytest.raises(AnnotationError, match="'1' names another text too") as caught:
        collect_judgements([ann, bo])
    assert (caught.value.path, caught.value.line, caught.value.field) == (bo, 2, "id")


def test_a_sentence_judged_with_another_text_is_refused():
    known = {"a": {"id": "a", "text": "No deal."}}
    with pytest.raises(AnnotationError, match="'a' names another text too"):
        adjudicate(words(S), sentences=known)


@pytest.mark.parametrize(
    ("change", "field", "remedy"),
    [
        ({"label": "Supportive"}, "label", "write 'supportive'"),
        ({"labels": {"ann": "pro"}}, "labels", "use one of"),
        ({"labels": ["neutral"]}, "labels", "an object of annotator and label"),
        ({"id": 3}, "id", "put it in quotes"),
        ({"text": "C d."}, "id", "an id of its own"),
    ],
)
def test_sentences_are_checked_when_they_are_read(change, field, remedy, tmp_path):
    path = tmp_path / "pool.jsonl"
    row = {"id": "a", "text": "A b.", "label": "neutral", "labels": {"ann": "neutral"}, "x": 1}
    path.write_text(json.dumps(row))
    assert read_sentences(path) == {"a": row}
    path.write_text(json.dumps(row) + "\n" + json.dumps({**row, **change}))
    with pytest.raises(AnnotationError, match=remedy) as caught:
        read_sentences(path)
    assert (caught.value.path, caught.value.line, caught.value.field) == (path, 2, field)


OWNED = '{"id": "a", "text": "A b.", "label": "neutral", "labels": {"bo": "neutral"}}\n'
UNOWNED = '{"id": "b", "text": "C d.", "label": "neutral", "labels": {}}\n'
PLAIN = '{"id": "c", "text": "E f."}\n'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (OWNED + PLAIN, []),
        (OWNED + UNOWNED * 2, ["passed over labels that name no annotator (2)"]),
        (PLAIN, ["holds no judgements"]),
    ],
)
def test_labels_of_nobody_are_told_of(content, told, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(content)
    heard = []
    collect_judgements([path], heard.append)
    assert len(heard) == len(told)
    assert all(f"{path}: {one}" in line for one, line in zip(told, heard, strict=True))
    assert len(collect_judgements([path])) == content.count("bo")


def test_a_file_of_nobodys_labels_is_refused(tmp_path):
    path = tmp_path / "eve.csv"
    path.write_text("id,text,label\na,A b.,neutral\nb,C d.,neutral\nc,E f.,\n")
    with pytest.raises(AnnotationError, match=r"its labels \(2\) name no annotator") as caught:
        collect_judgements([path])
    assert caught.value.path == path
    assert f"stance annotations import {path} --from rows --annotator NAME" in str(caught.value)
