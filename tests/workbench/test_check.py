import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.errors import AnnotationError
from stance.resources import annotations_folder
from stance.workbench.check import check_annotations
from stance.workbench.mend import clean_row, clean_text, flaws, mend_annotations
from stance.workbench.overlaps import find_near_copies, find_shared_runs, likeness, shingles_of

LABELS = ("supportive", "skeptical", "neutral")
WORDS = [
    "harbor",
    "treaty",
    "minister",
    "salmon",
    "envoy",
    "pipeline",
    "border",
    "summer",
    "festival",
    "island",
    "bank",
    "visa",
    "editor",
    "railway",
    "satellite",
    "museum",
    "protest",
    "budget",
    "forest",
    "archive",
]


def sentence(number):
    """A sentence that shares no run of words with the others."""
    return " ".join(WORDS[(number + k * k) % 19] + str(number) for k in range(1, 10)) + "."


def rows(count=30, start=0):
    return [
        {
            "id": f"s{n}",
            "text": sentence(n),
            "label": LABELS[n % 3],
            "group": f"g{n // 3}",
        }
        for n in range(start, start + count)
    ]


def write(path, table):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table))
    return path


def kinds(report):
    return [(found.kind, found.path.name, found.line) for found in report.findings]


def test_good_annotations_raise_no_finding(tmp_path):
    write(tmp_path / "train.jsonl", rows(60))
    write(tmp_path / "test.jsonl", rows(30, start=60))
    report = check_annotations(tmp_path)
    assert report.findings == ()
    assert [part.sentences for part in report.parts] == [60, 30]
    assert "supportive 20 (33%)" in str(report.parts[0])
    assert report.parts[0].groups["g0"] == 3


# Changes to the rows of a training file, and the findings they must lead to.
FLAWS = {
    "control character": ({3: {"text": "A\u200b b\x07."}}, [("control-character", 4)]),
    "line break": ({3: {"text": "One\ntwo three."}}, [("control-character", 4)]),
    "decomposed": ({3: {"text": "Shinzo\u0304 spoke."}}, [("normal-form", 4)]),
    "white space": ({3: {"text": " Two  spaces. "}}, [("white-space", 4)]),
    "wrong encoding": ({3: {"text": "Theyâ€™d agreed."}}, [("encoding", 4)]),
    "replacement character": ({3: {"text": "They\ufffdd agreed."}}, [("encoding", 4)]),
    "label in capitals": ({3: {"label": "Neutral"}}, [("label-spelling", 4)]),
    "vote in capitals": ({3: {"labels": {"ann": "SUPPORTIVE"}}}, [("label-spelling", 4)]),
    "label in capitals and more": (
        {3: {"label": "Neutral", "group": 3}},
        [("label-spelling", 4), ("schema", 4)],
    ),
    "nothing but control characters": (
        {3: {"text": "\u200b\x07"}},
        [("control-character", 4), ("schema", 4)],
    ),
    "unknown label": ({3: {"label": "pro"}}, [("schema", 4)]),
    "number for a group": ({3: {"group": 3}}, [("schema", 4)]),
    "outvoted": (
        {3: {"labels": {"ann": "neutral", "bo": "neutral", "cy": "supportive"}}},
        [("vote", 4)],
    ),
    "copy": ({3: {"text": sentence(0).upper(), "label": "supportive"}}, [("duplicate", 4)]),
    "conflict": ({3: {"text": sentence(0), "label": "neutral"}}, [("conflict", 4)]),
    "same id": ({3: {"id": "s0"}}, [("duplicate-id", 4)]),
    "near copy": ({3: {"text": sentence(0)[:-1] + " again."}}, [("near-copy", 4)]),
    "near copy in one group": ({1: {"text": sentence(0)[:-1] + " again."}}, []),
    "short texts": ({1: {"text": "No."}, 5: {"text": "Yes."}, 7: {"text": "!!"}}, []),
}


@pytest.mark.parametrize("case", FLAWS, ids=list(FLAWS))
def test_each_flaw_is_found_at_its_line(case, tmp_path):
    changes, expected = FLAWS[case]
    table = rows(60)
    for place, change in changes.items():
        table[place].update(change)
    path = write(tmp_path / "train.jsonl", table)
    report = check_annotations(path)
    assert kinds(report) == [(kind, "train.jsonl", number) for kind, number in expected]
    for found in report.findings:
        assert str(found).startswith(f"{path}:{found.line}: {found.severity}: {found.kind}: ")
        assert found.remedy
        assert json.loads(json.dumps(found.record()))["line"] == found.line


LEAKS = {
    "text": ({"text": sentence(0).upper()}, "leak", "line 1"),
    "group": ({"group": "g0"}, "leak", "keep a group on one side"),
    "id": ({"id": "s0"}, "duplicate-id", "taken in train.jsonl, line 1"),
    "like": ({"text": sentence(0)[:-1] + " again."}, "near-leak", "train.jsonl, line 1: “"),
    "eight words in a row": (
        {"text": f"Much was said, and none of it new, but {sentence(0)} So it went all that year."},
        "near-leak",
        "shares “",
    ),
}


@pytest.mark.parametrize("case", LEAKS, ids=list(LEAKS))
def test_leaks_between_the_parts_are_found(case, tmp_path):
    change, kind, told = LEAKS[case]
    write(tmp_path / "train.jsonl", rows(60))
    table = rows(30, start=60)
    table[4].update(change)
    write(tmp_path / "test.jsonl", table)
    report = check_annotations(tmp_path)
    assert kinds(report) == [(kind, "test.jsonl", 5)]
    assert told in str(report.findings[0])


def test_a_file_is_read_on_after_an_error(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [json.dumps(row) for row in rows(30)]
    path.write_text("\n".join(["{oops", *lines[:2], "[]", *lines[2:], '{"label": "neutral"}']))
    report = check_annotations(path)
    assert [(f.kind, f.line, f.field) for f in report.findings] == [
        ("schema", 1, ""),
        ("schema", 4, ""),
        ("schema", 33, "text"),
    ]
    assert len(report.errors) == 3
    table = tmp_path / "a.csv"
    table.write_text('text,label\nA b.,neutral\nA,b,c\nC d.,skeptical\n"oops\n')
    found = [(f.kind, f.line) for f in check_annotations(table).findings if f.kind == "schema"]
    assert found == [("schema", 3), ("schema", 5)]


def balance(tmp_path, train, test=None):
    write(tmp_path / "train.jsonl", train)
    if test is not None:
        write(tmp_path / "test.jsonl", test)
    return [(f.kind, f.problem) for f in check_annotations(tmp_path).findings]


def test_lopsided_labels_and_groups_are_told(tmp_path):
    one = [{**row, "label": "neutral", "group": "g"} for row in rows(30)]
    told = dict(balance(tmp_path, one))
    assert set(told) == {"balance", "groups"}
    few = [{**row, "label": "neutral" if n else "skeptical"} for n, row in enumerate(rows(30))]
    assert ("balance", "only 1 of 30 sentences are 'skeptical'") in balance(tmp_path, few)
    drift = [{**row, "label": "neutral"} for row in rows(30, start=60)]
    assert any(
        "of the training part" in problem for _, problem in balance(tmp_path, rows(60), drift)
    )
    assert balance(tmp_path, [], rows(3)) == [("empty", "no sentences")]


def test_a_folder_without_training_part_cannot_be_checked(tmp_path):
    with pytest.raises(AnnotationError, match="no train"):
        check_annotations(tmp_path)


def test_the_packaged_annotations_pass():
    assert check_annotations(annotations_folder()).errors == ()


def test_mending_puts_right_what_needs_no_judgement(tmp_path):
    table = rows(60)
    table[3]["text"] = " Shinzo\u0304 \u200b spoke.\n"
    table[4].update(label=" NEUTRAL", labels={"ann": "Neutral", "bo": "neutral"})
    table[9]["text"] = "SHINZŌ  spoke."  # Copy of 3 once both are mended; label alike.
    table[10]["text"] = sentence(0)  # Copy with another label: not for a machine to decide.
    path = write(tmp_path / "train.jsonl", table)
    before = path.read_text().splitlines()
    done = mend_annotations(tmp_path)[path]
    assert done == {
        "control-character": 1,
        "normal-form": 1,
        "white-space": 1,
        "label-spelling": 2,
        "duplicate": 1,
    }
    after = path.read_text().splitlines()
    mended = [json.loads(line) for line in after]
    assert mended[3]["text"] == "Shinzō spoke."
    assert (mended[4]["label"], mended[4]["labels"]["ann"]) == ("neutral", "neutral")
    untouched = [line for place, line in enumerate(before) if place not in (3, 4, 9)]
    assert [line for place, line in enumerate(after) if place not in (3, 4)] == untouched
    assert [found.kind for found in check_annotations(path).findings] == ["conflict"]
    assert mend_annotations(path) == {path: {}}


def test_mending_keeps_lines_it_cannot_read_and_tables_their_columns(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{oops\n{"text": " A b.", "label": "neutral"}\n')
    mend_annotations(path)
    assert path.read_text() == '{oops\n{"text": "A b.", "label": "neutral"}\n'
    table = tmp_path / "a.csv"
    table.write_text(
        'odd,label,text\n"x,y",Neutral,"A  b."\n\nz,neutral,a B.\ntoo,few\nw,skeptical,C.\n'
    )
    assert mend_annotations(table)[table] == {"label-spelling": 1, "white-space": 1, "duplicate": 1}
    assert table.read_text() == 'odd,label,text\n"x,y",neutral,A b.\n\ntoo,few\nw,skeptical,C.\n'
    twice = tmp_path / "c.csv"
    twice.write_text("text,text,label\n A,B ,neutral\n")
    assert mend_annotations(twice)[twice] == {}
    path.write_text('{"text": ""}\n' * 2)
    assert mend_annotations(path)[path] == {}
    broken = tmp_path / "b.csv"
    broken.write_text('text,label\n A b.,"neutral\n')
    assert mend_annotations(broken)[broken] == {}
    assert broken.read_text() == 'text,label\n A b.,"neutral\n'


@given(st.text())
@settings(max_examples=300)
def test_mended_text_has_no_flaw_left(text):
    better = clean_text(text)
    assert clean_text(better) == better
    assert list(flaws({"text": better})) == []
    assert bool(list(flaws({"text": text}))) == (better != text)


@given(
    st.dictionaries(
        st.sampled_from(["text", "label", "labels"]), st.none() | st.text() | st.integers()
    )
)
def test_rows_of_any_kind_can_be_mended(row):
    assert clean_row(clean_row(row)) == clean_row(row)


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=7).map(" ".join), max_size=7))
@settings(max_examples=150)
def test_every_pair_of_near_copies_is_found(texts):
    found = {(pair.first, pair.second): pair.likeness for pair in find_near_copies(texts)}
    expected = {}
    for second, one in enumerate(texts):
        for first, other in enumerate(texts[:second]):
            sets = shingles_of(other), shingles_of(one)
            if all(sets) and likeness(*sets) >= 0.5:
                expected[first, second] = likeness(*sets)
    assert found == expected


def test_shared_runs_name_the_words():
    run = "one two three four five six seven eight"
    found = list(find_shared_runs([f"So {run}.", run[4:]], ["No.", f"{run.upper()} nine"]))
    assert found == [(0, 1, run)]


def test_votes_of_a_table_are_mended_and_other_votes_stay_as_they_are(tmp_path):
    path = tmp_path / "a.csv"
    kept = '{oops},C d.,neutral\n,E f.,neutral\n"{""b"":""neutral""}",G h.,neutral\n'
    path.write_text(
        f'labels,text,label\n"{{""Jo"": ""Neutral"", ""Ü"": ""pro""}}",A b.,neutral\n{kept}'
    )
    assert mend_annotations(path)[path] == {"label-spelling": 1}
    mended = '"{""Jo"": ""neutral"", ""Ü"": ""pro""}"'
    assert path.read_text() == f"labels,text,label\n{mended},A b.,neutral\n{kept}"


def test_mending_leaves_half_characters_to_a_person(tmp_path):
    path = tmp_path / "a.jsonl"
    broken = '{"text": " A \\ud800", "label": "neutral"}\n'
    path.write_text(broken + '{"text": " B.", "label": "neutral"}\n')
    assert mend_annotations(path)[path] == {"white-space": 1}
    assert path.read_text() == broken + '{"text": "B.", "label": "neutral"}\n'


def test_a_table_with_semicolons_keeps_them(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("text;label\nTies  thaw;Neutral\n")
    mend_annotations(path)
    assert path.read_text() == "text;label\nTies thaw;neutral\n"
