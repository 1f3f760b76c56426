"""Sentences on their way to annotation tools and back.

`label-studio-export.json` and `doccano-export.jsonl` were written by Label Studio 1.23.2 and
doccano 1.8.4 after they had imported our own export and a sentence or two was labelled there;
the other files follow the tools' documentation.
"""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.errors import AnnotationError
from stance.labels import LABELS, Label
from stance.rows import read_rows
from stance.workbench.exchange import TOOLS, read_items, write_items
from stance.workbench.files import write_rows
from stance.workbench.items import Item, translate_labels
from stance.workbench.judgements import Judgement, Verdict

DATA = Path(__file__).parents[1] / "data" / "exchange"
SUFFIX = {"rows": "jsonl", "doccano": "jsonl", "label-studio": "json", "prodigy": "jsonl"}

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
sentences = texts.filter(lambda text: bool(text.strip()))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
field_names = st.sampled_from(["group", "genre", "n", "labels", "extra", "source", " odd ", "Ü"])
OWN = {"annotator", "label", "verdict", "date", "note", "id", "text"}


@st.composite
def judgements(draw, item):
    verdict = draw(st.sampled_from([v for v in Verdict if v is not Verdict.WITHDRAWN]))
    return Judgement(
        item,
        draw(st.sampled_from(["ann", "bo", "cy"])),
        draw(st.sampled_from(LABELS)) if verdict is Verdict.LABEL else None,
        verdict,
        date=draw(st.sampled_from(["", "2024-05-01T10:00:00+00:00", "in May"])),
        note=draw(st.just("") | sentences),
        extra=draw(st.dictionaries(texts.filter(lambda n: n not in OWN), json_values, max_size=1)),
    )


@st.composite
def items(draw, name):
    fields = {
        key: draw(st.integers(0, 99)) if key == "n" else draw(json_values)
        for key in draw(st.lists(field_names, unique=True, max_size=3))
    }
    said = draw(st.lists(judgements(name), max_size=3, unique_by=lambda word: word.annotator))
    label = draw(st.none() | st.sampled_from(LABELS))
    return Item(name, draw(sentences), label, tuple(said), fields)


@pytest.mark.parametrize("tool", TOOLS)
@settings(max_examples=60, deadline=None)
@given(found=st.integers(0, 3).flatmap(lambda n: st.tuples(*(items(f"i{k}") for k in range(n)))))
def test_nothing_is_lost_on_the_way_out_and_back(tool, found, tmp_path_factory):
    path = tmp_path_factory.mktemp("trip") / f"a.{SUFFIX[tool]}"
    write_items(path, found, tool)
    assert read_items(path, tool) == list(found)


rows = st.fixed_dictionaries(
    {"text": sentences},
    optional={
        "id": texts,
        "n": st.integers(0, 9),
        "labels": st.dictionaries(texts, texts, max_size=2),
        "judgements": json_values,
        "extra": json_values,
        "x": json_values,
        " y ": texts,
        "genre": texts,
    },
)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv", "a.csv.gz", "A.JSONL.GZ"])
@settings(max_examples=60, deadline=None)
@given(table=st.lists(rows, max_size=4))
def test_rows_keep_every_value_in_every_format(name, table, tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / name
    write_rows(path, table)
    assert [row for _, row in read_rows(path)] == table


FILES = {
    "label-studio-export.json": "label-studio",
    "doccano-export.jsonl": "doccano",
    "doccano-import.jsonl": "doccano",
    "doccano-shared.jsonl": "doccano",
    "prodigy-choice.jsonl": "prodigy",
    "prodigy-binary.jsonl": "prodigy",
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("way", TOOLS)
def test_what_a_tool_wrote_survives_any_other_way(file, way, tmp_path):
    found = read_items(DATA / file, FILES[file], annotator="ann")
    path = tmp_path / f"a.{SUFFIX[way]}"
    write_items(path, found, way)
    assert read_items(path, way, annotator="ann") == found


def by_id(found):
    return {item.id: item for item in found}


def said(item):
    return [(j.annotator, j.label, str(j.verdict), j.note) for j in item.judgements]


def test_label_studio_work_becomes_judgements():
    found = by_id(read_items(DATA / "label-studio-export.json", "label-studio"))
    assert said(found["a1"]) == [
        ("ann", Label.SUPPORTIVE, "label", "clear"),
        ("bo", Label.NEUTRAL, "label", ""),
    ]
    assert found["a1"].fields["deep"] == {"x": [1, None, 2.123456789012345]}
    assert said(found["a2"])[1] == ("bo", None, "unsure", "")
    # Labelled, skipped and corrected in the tool itself.
    assert said(found["a5"]) == [("label-studio:1", Label.SKEPTICAL, "label", "hm")]
    assert said(found["a6"]) == [("label-studio:1", None, "skip", "")]
    assert (found["a3"].label, said(found["a3"])[0][1]) == (Label.NEUTRAL, Label.SUPPORTIVE)
    assert found["a5"].judgements[0].date.startswith("20")
    assert found["a4"].judgements == ()


def test_doccano_work_becomes_judgements():
    found = by_id(read_items(DATA / "doccano-export.jsonl", "doccano", annotator="cy"))
    assert said(found["a5"]) == [("cy", Label.SKEPTICAL, "label", "hm")]
    assert said(found["a1"])[-1] == ("cy", Label.SUPPORTIVE, "label", "")
    assert said(found["a2"])[-1] == ("cy", None, "skip", "")
    assert found["a1"].fields["group"] == "g1"


def test_doccano_lines_of_others():
    first, second, third = read_items(DATA / "doccano-import.jsonl", "doccano", annotator="cy")
    assert said(first) == [("cy", Label.NEUTRAL, "label", "")]
    assert (first.fields["source"], first.fields["page"]) == ("bulletin 4", 2)
    assert said(second)[0][1] is Label.SKEPTICAL
    assert third.judgements == ()
    two, none = read_items(DATA / "doccano-shared.jsonl", "doccano", annotator="cy")
    assert two.id == "doccano-71"
    assert said(two) == [("cy", None, "unsure", "a deed?; ask bo")]
    assert two.fields["doccano"]["label"] == ["neutral", "supportive"]
    assert said(none) == [("cy", None, "skip", "")]


def test_a_prodigy_reject_is_no_label():
    rejected, accepted = read_items(DATA / "prodigy-binary.jsonl", "prodigy")
    assert said(rejected) == [("stance-ann", None, "reject", "")]
    assert rejected.judgements[0].extra["prodigy"]["label"] == "supportive"
    assert rejected.present_label() is None
    assert said(accepted) == [("stance-ann", Label.SUPPORTIVE, "label", "")]


def test_prodigy_answers_to_one_text_are_joined():
    found = read_items(DATA / "prodigy-choice.jsonl", "prodigy")
    assert [item.id for item in found] == ["prodigy--1271234567", "prodigy-42", "prodigy-44"]
    assert [word[:2] for word in said(found[0])] == [
        ("stance-ann", Label.SUPPORTIVE),
        ("stance-bo", Label.NEUTRAL),
    ]
    assert found[0].judgements[0].date == "2024-05-01T10:00:00+00:00"
    assert said(found[1])[0][2] == "skip"
    assert said(found[2]) == [("stance-ann", None, "unsure", "between two")]


def test_prodigy_lines_keep_their_own_fields(tmp_path):
    path = tmp_path / "a.jsonl"
    write_items(path, read_items(DATA / "prodigy-choice.jsonl", "prodigy"), "prodigy")
    for (_, came), (_, went) in zip(
        read_rows(DATA / "prodigy-choice.jsonl"), read_rows(path), strict=True
    ):
        assert {name: went[name] for name in came} == came


def label_item(**changes):
    return Item("a", "A b.", Label.NEUTRAL, (Judgement("a", "ann", Label.NEUTRAL),), changes)


@pytest.mark.parametrize("tool", TOOLS)
def test_blind_files_tell_no_label(tool, tmp_path):
    path = tmp_path / f"a.{SUFFIX[tool]}"
    write_items(path, [label_item(group="g", labels={"ann": "neutral"})], tool, blind=True)
    content = path.read_text().replace(json.dumps([{"id": k, "text": k} for k in LABELS]), "")
    assert "neutral" not in content
    assert read_items(path, tool) == [Item("a", "A b.", fields={"group": "g"})]


def edit(path, change):
    if path.suffix == ".json":
        tasks = json.loads(path.read_text())
        change(tasks[0])
        path.write_text(json.dumps(tasks))
    else:
        row = json.loads(path.read_text())
        change(row)
        path.write_text(json.dumps(row))


CHANGES = {
    "doccano": lambda row: row.update(label=["skeptical"]),
    "label-studio": lambda task: task["annotations"][0]["result"][0]["value"].update(
        choices=["skeptical"]
    ),
    "prodigy": lambda row: row.update(accept=["skeptical"], _annotator_id="bo"),
}


@pytest.mark.parametrize("tool", CHANGES)
def test_a_label_changed_in_the_tool_is_a_new_judgement(tool, tmp_path):
    path = tmp_path / f"a.{SUFFIX[tool]}"
    write_items(path, [label_item()], tool)
    edit(path, CHANGES[tool])
    (item,) = read_items(path, tool, annotator="bo")
    labels = Counter(judgement.label for judgement in item.judgements)
    assert labels[Label.SKEPTICAL] == 1
    assert item.judgements[-1].annotator == "bo"


def test_labels_of_another_name_are_translated(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\nA b.,pro\nC d.,neutral\nE f.,\n")
    found = read_items(path, "rows", labels=translate_labels(["pro=supportive"]))
    assert [item.label for item in found] == [Label.SUPPORTIVE, Label.NEUTRAL, None]
    with pytest.raises(AnnotationError, match="theirs=ours"):
        translate_labels(["pro=yes"])


STUDIO = '[{{"data": {{"text": "A b."}}, "annotations": [{}]}}]'
BAD = {
    "no text": ("rows", '{"label": "neutral"}', "text", "give the sentence"),
    "text is a number": ("rows", '{"text": 3}', "text", "got a number"),
    "half a character": ("doccano", '{"text": "A \\ud800"}', "text", "mend the text"),
    "empty text": ("doccano", '{"text": " "}', "text", "delete it"),
    "id is a number": ("rows", '{"text": "A b.", "id": 4}', "id", "put it in quotes"),
    "unknown label": ("doccano", '{"text": "A b.", "label": ["pro"]}', "label", "unknown label"),
    "labels no list": ("doccano", '{"text": "A b.", "label": {}}', "label", "a list of labels"),
    "our field changed": ("doccano", '{"text": "A b.", "stance": "{"}', "stance", "export"),
    "unknown answer": ("prodigy", '{"text": "A b.", "answer": "yes"}', "answer", "'ignore'"),
    "accept no list": (
        "prodigy",
        '{"text": "A", "answer": "accept", "accept": 1}',
        "accept",
        "a list",
    ),
    "not JSON": ("label-studio", "{", None, "export the project as JSON"),
    "no list of tasks": ("label-studio", "{}", None, "expected a list of tasks"),
    "task without text": ("label-studio", '[{"data": {}}]', "data.text", "give the sentence"),
    "no annotation": ("label-studio", STUDIO.format("1"), "annotations", "list of annotations"),
    "judgements no list": ("rows", '{"text": "A", "judgements": 1}', "judgements", "list"),
    "no annotator": ("rows", '{"text": "A", "judgements": [{}]}', "annotator", "name who"),
    "unknown verdict": (
        "rows",
        '{"text": "A", "judgements": [{"annotator": "ann", "verdict": "maybe"}]}',
        "verdict",
        "'unsure'",
    ),
    "label with a skip": (
        "rows",
        '{"text": "A", "judgements": [{"annotator": "b", "verdict": "skip", "label": "neutral"}]}',
        "label",
        "drop one",
    ),
    "note is a number": (
        "rows",
        '{"text": "A", "judgements": [{"annotator": "b", "label": "neutral", "note": 1}]}',
        "note",
        "put it in quotes",
    ),
}


@pytest.mark.parametrize("case", BAD, ids=list(BAD))
def test_what_cannot_be_used_is_refused_with_its_place(case, tmp_path):
    tool, content, field, remedy = BAD[case]
    path = tmp_path / f"a.{SUFFIX[tool]}"
    path.write_text(content)
    with pytest.raises(AnnotationError, match=remedy) as caught:
        read_items(path, tool)
    assert caught.value.path == path
    assert caught.value.field == field


def test_one_prodigy_id_with_two_texts_is_refused(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "A.", "stance": {"id": "1"}}\n{"text": "B.", "stance": {"id": "1"}}')
    with pytest.raises(AnnotationError, match="another text"):
        read_items(path, "prodigy")


def test_unknown_tools_and_files_are_refused(tmp_path):
    with pytest.raises(AnnotationError, match="use one of rows, doccano"):
        read_items(tmp_path / "a", "brat")
    with pytest.raises(AnnotationError, match=r"use \.jsonl"):
        write_items(tmp_path / "a.xlsx", [], "rows")


def test_label_studio_takes_emails_and_other_peoples_tasks(tmp_path):
    choice = {"type": "choices", "value": {"choices": ["neutral"]}}
    task = {
        "id": 9,
        "data": {"text": "A b.", "source": "x"},
        "completions": [{"completed_by": {"email": "a@example.org"}, "result": [choice]}],
        "project": 3,
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps([task]))
    (item,) = read_items(path, "label-studio")
    assert item.id == "label-studio-9"
    assert said(item) == [("label-studio:a@example.org", Label.NEUTRAL, "label", "")]
    assert item.fields == {"source": "x", "label_studio": {"id": 9, "project": 3}}


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("old")
    with pytest.raises(TypeError):
        write_rows(path, [{"text": "A b."}, {"text": object()}])
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


MINE = [
    {"id": "a", "text": "A b.", "label": "pro", "note": "odd", "genre": "wire"},
    {"id": "b", "text": "C d."},
    {"id": "c", "text": "E f.", "annotator": "bo", "label": "neutral"},
    {"id": "d", "text": "G h.", "label": "neutral", "labels": {"bo": "neutral"}},
    {"id": "e", "text": "I j.", "judgements": [{"annotator": "bo", "label": "neutral"}]},
]


def test_labels_of_rows_are_the_judgements_of_whom_one_names(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in MINE))
    labels = translate_labels(["pro=supportive"])
    named = read_items(path, "rows", annotator="eve", labels=labels)
    said_by_eve = {"annotator": "eve", "label": "supportive", "note": "odd"}
    assert named[0].record() == {
        "id": "a", "text": "A b.", "genre": "wire", "judgements": [said_by_eve],
    }  # fmt: skip
    nobody = read_items(path, "rows", labels=labels)
    assert nobody[0].record() == {**MINE[0], "label": "supportive"}
    assert [item.record() for item in named[1:]] == MINE[1:]
    assert named[1:] == nobody[1:]
