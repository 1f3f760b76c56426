import gzip
import json
from pathlib import Path

import pytest

from stance.annotations import (
    Annotation,
    Corpus,
    comparable,
    read_annotations,
    read_corpus,
    text_digest,
)
from stance.errors import AnnotationError
from stance.labels import Label
from stance.resources import annotations_folder

GOOD = {"id": "a", "text": "Talks resumed.", "label": "neutral", "group": "g"}


def line(**changes):
    row = {**GOOD, **changes}
    return json.dumps({name: value for name, value in row.items() if value is not ...})


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


# Name of the file, its content, and what the error must name: line, field, words of the remedy.
BAD = {
    "not JSON": ("a.jsonl", f"{line()}\n{{oops\n", 2, None, "one object a line"),
    "not an object": ("a.jsonl", "[1]\n", 1, None, "got a list"),
    "nested too deeply": ("a.jsonl", "[" * 100_000 + "\n", 1, None, "nested too deeply"),
    "a member twice": ("a.jsonl", '{"text": "A b.", "text": "C d."}\n', 1, None, "'text' stands"),
    "NaN": ("a.jsonl", '{"text": "A b.", "label": NaN}\n', 1, None, "NaN is not JSON"),
    "no text": ("a.jsonl", line(text=...), 1, "text", "give the sentence"),
    "text is null": ("a.jsonl", line(text=None), 1, "text", "missing"),
    "text is a number": ("a.jsonl", line(text=3), 1, "text", "got a number"),
    "empty text": ("a.jsonl", line(text=" \t"), 1, "text", "write a sentence"),
    "half a character": ("a.jsonl", line(text="a \ud800"), 1, "text", "lone surrogate"),
    "no label": ("a.jsonl", line(label=...), 1, "label", "'supportive', 'skeptical'"),
    "unknown label": ("a.jsonl", line(label="pro"), 1, "label", "use one of 'supportive'"),
    "label in capitals": ("a.jsonl", line(label=" Neutral"), 1, "label", "write 'neutral'"),
    "label is a list": ("a.jsonl", line(label=["neutral"]), 1, "label", "got a list"),
    "id is a number": ("a.jsonl", line(id=7), 1, "id", "put it in quotes"),
    "writer is a list": ("a.jsonl", line(writer=["w"]), 1, "writer", "got a list"),
    "n is a string": ("a.jsonl", line(n="3"), 1, "n", "whole number"),
    "n is a truth value": ("a.jsonl", line(n=True), 1, "n", "got true or false"),
    "votes are a list": ("a.jsonl", line(labels=["neutral"]), 1, "labels", "annotator and label"),
    "unknown vote": ("a.jsonl", line(labels={"ann": "yes"}), 1, "labels", "unknown label 'yes'"),
    "same text": (
        "a.jsonl",
        "\n".join([line(), line(id="b", text="“NO”"), line(id="c", text="talks  RESUMED.")]),
        3,
        "text",
        "same text as line 1",
    ),
    "same id": ("a.jsonl", f"{line()}\n\n{line(text='Other.')}\n", 3, "id", "taken by line 1"),
    "not UTF-8": ("a.jsonl", line().encode() + b"\n\xff\n", 2, None, "save the file as UTF-8"),
    "UTF-16": ("a.csv", "text,label\n".encode("utf-16-le"), None, None, "save the file as UTF-8"),
    "no header": ("a.csv", "Talks resumed.,neutral\n", 1, "text", "name the columns"),
    "column twice": ("a.csv", "text,label,text\n", 1, "text", "rename one"),
    "too few cells": ("a.csv", "text,label\nA b.,neutral\nC d.\n", 3, None, "1 fields where"),
    "too many cells": ("a.csv", "text,label\nA, b.,neutral\n", 2, None, "quote fields"),
    "open quotation": ("a.csv", 'text,label\n"A b.,neutral\n', 2, None, "quote fields"),
    "bare quotation marks": ("a.tsv", 'text\tlabel\n"No," he said.\tneutral\n', 2, None, '""'),
    "no label cell": ("a.csv", "text,label\nA b.,\n", 2, "label", "missing"),
    "n not a number": ("a.csv", "text,label,n\nA b.,neutral,x\n", 2, "n", "whole number"),
    "votes not JSON": ("a.csv", "text,label,labels\nA b.,neutral,x\n", 2, "labels", "JSON"),
    "second line of a cell": (
        "a.csv",
        'text,label\n"A\nb.",neutral\nC d.,bad\n',
        4,
        "label",
        "unknown label",
    ),
    "unknown kind of file": ("a.xlsx", "", None, None, "use .jsonl, .csv, .tsv"),
    "no such file": (None, "", None, None, "check the path"),
    "torn gzip": ("torn", "", None, None, "not a whole gzip file"),
}


@pytest.mark.parametrize("case", BAD, ids=list(BAD))
def test_a_bad_line_is_refused_with_place_and_remedy(case, tmp_path):
    name, content, number, field, remedy = BAD[case]
    if name is None:
        path = tmp_path / "missing.jsonl"
    elif name == "torn":
        path = tmp_path / "a.jsonl.gz"
        path.write_bytes(gzip.compress(line().encode())[:-9])
    else:
        path = write(tmp_path, name, content)
    with pytest.raises(AnnotationError) as caught:
        read_annotations(path)
    error = caught.value
    assert (error.path, error.line, error.field) == (path, number, field)
    assert remedy in str(error)
    assert str(path) in str(error)


def test_a_folder_is_no_annotation_file(tmp_path):
    folder = tmp_path / "x.jsonl"
    folder.mkdir()
    with pytest.raises(AnnotationError, match="cannot be read"):
        read_annotations(folder)


def test_every_field_is_read_and_written_back(tmp_path):
    row = {
        "id": "a",
        "text": "“Talks” resumed.",
        "label": "neutral",
        "labels": {"ann": "neutral", "bo": "supportive"},
        "group": "g",
        "writer": "w",
        "doc": "d",
        "n": 0,
        "pair": "p",
        "genre": "wire",
        "period": "2022-",
        "theme": "treaty",
        "origin": "text",
        "source": {"page": 3},
        "mood": None,
    }
    path = write(tmp_path, "a.jsonl", json.dumps(row) + "\n")
    (item,) = read_annotations(str(path))
    assert item.label is Label.NEUTRAL
    assert item.labels == {"ann": Label.NEUTRAL, "bo": Label.SUPPORTIVE}
    assert item.n == 0
    assert item.extra == {"source": {"page": 3}, "mood": None}
    assert item.record() == row
    assert list(item.record()) == list(row)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv", "a.jsonl.gz", "a.csv.gz"])
def test_text_and_label_are_enough(name, tmp_path):
    rows = [("Talks, at last.", "supportive"), ("No deal.", "skeptical")]
    if "jsonl" in name:
        content = "\ufeff" + "".join(f'{{"text": "{t}", "label": "{k}"}}\r\n' for t, k in rows)
    else:
        mark = "\t" if "tsv" in name else ","
        content = "\ufefftext" + mark + "label\n" + "".join(f'"{t}"{mark}{k}\n' for t, k in rows)
    items = read_annotations(write(tmp_path, name, content))
    assert [(item.text, item.label.value) for item in items] == rows
    assert [item.id for item in items] == [text_digest(text) for text, _ in rows]
    assert [item.group for item in items] == [item.id for item in items]


def test_order_is_the_files_and_blank_lines_and_separators_do_not_count(tmp_path):
    texts = ["B\u2028b.", "A a.", "C c."]
    lines = [json.dumps({"text": t, "label": "neutral"}, ensure_ascii=False) for t in texts]
    items = read_annotations(write(tmp_path, "a.jsonl", "\n \n".join(lines)))
    assert [item.text for item in items] == texts


@pytest.mark.parametrize(
    ("fields", "group"),
    [({"doc": "d", "pair": "p"}, "d"), ({"pair": "p"}, "p"), ({"id": "x", "group": ""}, "x")],
)
def test_group_falls_back_to_document_pair_or_sentence(fields, group, tmp_path):
    row = {"text": "A b.", "label": "neutral", **fields}
    (item,) = read_annotations(write(tmp_path, "a.jsonl", json.dumps(row)))
    assert item.group == group


def test_an_empty_file_holds_nothing(tmp_path):
    assert read_annotations(write(tmp_path, "a.jsonl", "")) == []
    assert read_annotations(write(tmp_path, "a.csv", "")) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Shinzō", "Shinzo\u0304", True),
        ("‘No’", "'no'", True),
        ("A\u00a0b", "a  b", True),
        ("ｶ", "カ", True),
        ("No deal", "No deals", False),
    ],
)
def test_what_counts_as_the_same_text(one, other, same):
    assert (comparable(one) == comparable(other)) is same


def test_annotations_hash_and_corpora_digest_whatever_the_order():
    first = Annotation("a", "A b.", Label.NEUTRAL, "g", labels={"ann": Label.NEUTRAL})
    second = Annotation("b", "C d.", Label.SKEPTICAL, "g")
    assert len({first, second}) == 2
    assert Corpus((first, second)).digest == Corpus((second, first), test=(first,)).digest
    assert Corpus((first,)).digest != Corpus((second,)).digest


def folder_with(tmp_path, train, test=None, **files):
    write(tmp_path, "train.jsonl", train)
    if test is not None:
        write(tmp_path, "test.jsonl", test)
    for name, text in files.items():
        write(tmp_path, name.replace("_", "."), text)
    return tmp_path


def test_a_folder_gives_both_parts_and_its_word_lists(tmp_path):
    test = line(id="b", text="Other.", group="h")
    found = read_corpus(folder_with(tmp_path, line(), test, names_tsv="", target_toml=""))
    assert [item.id for item in found.train + found.test] == ["a", "b"]
    assert found.folder == tmp_path
    assert found.names == tmp_path / "names.tsv"
    assert found.target == tmp_path / "target.toml"
    assert found.cues is None


def test_a_single_file_is_a_training_part(tmp_path):
    found = read_corpus(write(tmp_path, "mine.csv", "text,label\nA b.,neutral\n"))
    assert len(found.train) == 1
    assert found.test == ()
    assert found.folder is None


@pytest.mark.parametrize(
    ("test", "field", "remedy"),
    [
        (line(id="b", text="TALKS resumed.", group="h"), "text", "id 'a'"),
        (line(id="b", text="Other."), "group", "one side of the split"),
        (line(text="Other.", group="h"), "id", "taken in train.jsonl"),
    ],
)
def test_nothing_may_stand_on_both_sides_of_the_split(test, field, remedy, tmp_path):
    with pytest.raises(AnnotationError, match=remedy) as caught:
        read_corpus(folder_with(tmp_path, line(), "\n" + test))
    assert (caught.value.path, caught.value.line) == (tmp_path / "test.jsonl", 2)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("files", "remedy"),
    [
        ({}, "no train.jsonl"),
        ({"train.jsonl": ""}, "label some sentences first"),
        ({"train.jsonl": "", "train.csv": ""}, "keep one of them"),
    ],
)
def test_a_folder_without_one_training_part_is_refused(files, remedy, tmp_path):
    for name, text in files.items():
        write(tmp_path, name, text)
    with pytest.raises(AnnotationError, match=remedy):
        read_corpus(tmp_path)


def test_the_packaged_annotations_are_in_order():
    corpus = read_corpus(annotations_folder())
    assert len(corpus.train) > 10_000
    assert {item.label for item in corpus.train} == set(Label)
    assert all(len(item.labels) == 3 for item in corpus.test)
