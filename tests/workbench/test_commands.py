"""The commands as a user meets them: exit codes, files written, errors without traceback."""

import csv
import json
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from stance.cli import cli
from stance.errors import StanceError
from stance.resources import annotations_folder
from stance.rows import read_rows
from stance.workbench.codebook import read_codebook
from stance.workbench.commands import annotations

RAW = [
    "Both ministers called the gas deal with Moscow a beginning.",
    "The port of Otaru will not be reopened to Russian boats, he said.",
    "The embassy on the hill has nine windows.",
    "A treaty between Japan and Russia would serve both peoples.",
]


class Outcome:
    def __init__(self, code, output):
        self.code = code
        self.output = output


def run(*args, **more):
    """Exit code and output, as `stance` itself would end."""
    outcome = CliRunner().invoke(
        cli, ["annotations", *map(str, args)], standalone_mode=False, **more
    )
    if outcome.exception is not None:
        assert isinstance(outcome.exception, StanceError), outcome.exception
        return Outcome(1, outcome.output + str(outcome.exception))
    return Outcome(outcome.return_value or 0, outcome.output)


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "raw.txt"
    path.write_text("\n".join(RAW))
    return path


def judged(path, annotator, labels):
    rows = [
        {"id": f"s{n}", "text": text, "annotator": annotator, "label": label}
        for n, (text, label) in enumerate(zip(RAW, labels, strict=False))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def texts(path):
    return [row["text"] for _, row in read_rows(path)]


def test_every_command_explains_itself_with_an_example():
    for name in ("annotations", *annotations.commands):
        args = [] if name == "annotations" else [name]
        outcome = CliRunner().invoke(annotations, [*args, "--help"])
        assert outcome.exit_code == 0
        assert "stance annotations" in outcome.output


def test_check_tells_counts_and_fails_on_errors_only(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("text,label\nA  b.,neutral\nC d.,Skeptical\n")
    outcome = run("check", path)
    assert outcome.code == 1
    assert "1 errors, " in outcome.output
    assert f"{path}:3: error: label-spelling: field 'label'" in outcome.output
    fixed = run("check", path, "--fix")
    assert fixed.code == 0
    assert "mended 1 white-space, 1 label-spelling" in fixed.output
    assert path.read_text() == "text,label\nA b.,neutral\nC d.,skeptical\n"
    assert "mended nothing" in run("check", path, "--fix").output
    assert run("check", path, "--strict").code == 1
    told = json.loads(run("check", path, "--json").output)
    assert {finding["severity"] for finding in told} == {"warning"}


def test_agreement_in_words_and_as_json(tmp_path):
    ann = judged(tmp_path / "ann.jsonl", "ann", ["supportive", "skeptical", "neutral", "neutral"])
    bo = judged(tmp_path / "bo.jsonl", "bo", ["supportive", "skeptical", "neutral", "supportive"])
    outcome = run("agreement", ann, bo, "--draws", 50)
    assert outcome.code == 0
    assert "4 sentences, 8 judgements by ann, bo" in outcome.output
    assert "1 sentences divide the annotators" in outcome.output
    assert "s3: ann neutral, bo supportive\n    " + RAW[3] in outcome.output
    told = json.loads(run("agreement", ann, bo, "--draws", 50, "--json").output)
    assert told["observed"]["value"] == 0.75
    assert ["neutral", "supportive", 1] in told["pairs"][0]["confusion"]
    alone = run("agreement", ann)
    assert alone.code == 1
    assert "labelled twice" in alone.output


def test_adjudicate_writes_appends_and_protects(tmp_path):
    ann = judged(tmp_path / "ann.jsonl", "ann", ["supportive", "skeptical"])
    bo = judged(tmp_path / "bo.jsonl", "bo", ["supportive", "neutral"])
    out, undecided = tmp_path / "train.jsonl", tmp_path / "split.jsonl"
    outcome = run("adjudicate", ann, bo, "--out", out, "--undecided", undecided)
    assert "1 decided, 1 without a majority, 0 set aside" in outcome.output
    assert (texts(out), texts(undecided)) == ([RAW[0]], [RAW[1]])
    again = run("adjudicate", ann, "--out", out)
    assert again.code == 1
    assert "--force" in again.output
    pool = tmp_path / "pool.csv"
    with pool.open("w") as file:
        csv.writer(file).writerows([["id", "text", "genre"], ["s1", RAW[1], "wire"]])
    run("adjudicate", ann, bo, "--adjudicator", "bo", "--sentences", pool, "--append", "--out", out)
    rows = {row["id"]: row for _, row in read_rows(out)}
    assert list(rows) == ["s0", "s1"]
    assert (rows["s1"]["label"], rows["s1"]["genre"]) == ("neutral", "wire")
    assert run("adjudicate", bo, "--out", out, "--force").code == 0


def test_export_import_and_interfaces(tmp_path):
    source = judged(tmp_path / "rows.jsonl", "ann", ["supportive", "skeptical"])
    tasks, back = tmp_path / "tasks.json", tmp_path / "back.csv"
    assert "2 sentences" in run("export", source, "--to", "label-studio", "--out", tasks).output
    assert len(json.loads(tasks.read_text())) == 2
    outcome = run("import", tasks, "--from", "label-studio", "--out", back)
    assert "2 sentences; judgements: none" in outcome.output
    assert texts(back) == RAW[:2]
    assert run("import", tasks, "--from", "label-studio", "--out", back).code == 1
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text('{"id": 1, "text": "A b.", "label": ["pro"]}\n{"id": 2, "text": "C."}\n')
    told = run("import", foreign, "--from", "doccano", "--annotator", "cy", "--label",
               "pro=supportive", "--out", tmp_path / "ours.jsonl")  # fmt: skip
    assert "1 label, 1 skip" in told.output
    blind = tmp_path / "blind.jsonl"
    run("export", tmp_path / "ours.jsonl", "--to", "prodigy", "--blind", "--out", blind)
    assert "judgement" not in blind.read_text()


def test_interfaces_come_from_the_codebook(tmp_path):
    labels = json.loads(run("interface", "doccano").output)
    assert [label["text"] for label in labels] == ["supportive", "skeptical", "neutral"]
    assert len({label["suffix_key"] for label in labels}) == 3
    view = ElementTree.fromstring(run("interface", "label-studio").output)
    assert [choice.get("value") for choice in view.iter("Choice")] == [
        "supportive",
        "skeptical",
        "neutral",
    ]
    assert view.find("Text").get("value") == "$text"
    assert view.find("Choices").get("toName") == view.find("Text").get("name")
    rules = [header.get("value") for header in view.find("Collapse").iter("Header")]
    assert len(rules) == 16
    assert rules[12] == "13. Irony is labelled by what is meant."
    mine = tmp_path / "CODEBOOK.md"
    mine.write_text('# Mine\n\nQuestion. For "it" or <against>?\n\n1. Be fair. Always.\n')
    own = ElementTree.fromstring(run("interface", "label-studio", "--codebook", mine).output)
    assert own.find("Header").get("value") == 'For "it" or <against>?'


def test_codebooks_are_read_loosely(tmp_path):
    mine = tmp_path / "CODEBOOK.md"
    mine.write_text("Just words.\n\n1. Say *why*,\n   in one line. And more.\n2. **Bold**. Rest.\n")
    book = read_codebook(mine)
    assert (book.title, book.question, book.labels) == ("Codebook", "Which label?", {})
    assert [(rule.number, rule.title) for rule in book.rules] == [
        (1, "Say why, in one line"),
        (2, "Bold"),
    ]
    assert book.rules[0].text == "Say why, in one line. And more."
    packaged = read_codebook(annotations_folder() / "CODEBOOK.md")
    assert len(packaged.rules) == 16
    assert len(packaged.labels) == 3


def test_suggest_writes_a_pool_without_the_models_word(raw, tmp_path):
    out = tmp_path / "pool.jsonl"
    outcome = run("suggest", raw, "--count", 3, "--random-share", 0.34, "--out", out, "--verbose")
    assert "3 sentences (2 uncertain, 1 random)" in outcome.output
    assert "\tsupportive " in outcome.output or "\tneutral " in outcome.output
    rows = [row for _, row in read_rows(out)]
    assert {name for row in rows for name in row} == {"id", "text", "suggested"}
    labelled = tmp_path / "mine.csv"
    labelled.write_text(f'text,label\n"{RAW[0]}",supportive\n')
    outcome = run("suggest", raw, "--count", 9, "--annotations", labelled, "--out", out, "--force")
    assert set(texts(out)) == set(RAW[1:])
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    told = run("suggest", empty, "--out", tmp_path / "none.jsonl").output
    assert "holds nothing new" in told


def test_review_prints_or_writes_suspects(tmp_path):
    lines = (annotations_folder() / "test.jsonl").read_text().splitlines()[:200]
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(lines))
    outcome = run("review", tmp_path, "--top", 5, "--rounds", 1)
    assert outcome.code == 0
    assert outcome.output.count("rather") <= 5
    assert "rather" in outcome.output
    out = tmp_path / "suspects.jsonl"
    run("review", path, "--top", 5, "--rounds", 1, "--out", out)
    rows = [row for _, row in read_rows(out)]
    assert rows
    assert all(row["suspect"]["suggested"] != row["label"] for row in rows)


def test_init_tells_what_it_wrote(tmp_path):
    outcome = run("init", tmp_path / "mine", "--first", "Greece", "--second", "Turkey")
    assert outcome.code == 0
    assert str(tmp_path / "mine" / "names.tsv") in outcome.output
    assert run("init", tmp_path / "mine", "--first", "Greece", "--second", "Turkey").code == 1


def test_undecided_sentences_replace_no_file_unasked(tmp_path):
    ann = judged(tmp_path / "ann.jsonl", "ann", ["supportive"])
    out, undecided = tmp_path / "train.jsonl", tmp_path / "split.jsonl"
    undecided.write_text("hours of work")
    refused = run("adjudicate", ann, "--out", out, "--undecided", undecided, "--append")
    assert (refused.code, out.exists()) == (1, False)
    assert f"{undecided}: exists" in refused.output
    assert undecided.read_text() == "hours of work"
    assert run("adjudicate", ann, "--out", out, "--undecided", undecided, "--force").code == 0
    assert undecided.read_text() == ""


def test_a_label_unknown_among_the_sentences_is_refused(tmp_path):
    ann = judged(tmp_path / "ann.jsonl", "ann", ["supportive"])
    pool = tmp_path / "pool.csv"
    pool.write_text("id,text,label\ns0,A b.,Supportive\n")
    told = run("adjudicate", ann, "--sentences", pool, "--out", tmp_path / "train.jsonl")
    assert f"{pool}:2: field 'label': unknown label 'Supportive'" in told.output


def test_a_review_needs_a_process():
    outcome = CliRunner().invoke(annotations, ["review", "--jobs", "0"])
    assert outcome.exit_code == 2
    assert "give 1 or more, or -1" in outcome.output


def test_what_either_part_of_a_folder_holds_is_not_suggested(raw, tmp_path):
    for part, text in (("train", RAW[0]), ("test", RAW[1])):
        (tmp_path / f"{part}.csv").write_text(f'text,label\n"{text}",neutral\n')
    out = tmp_path / "pool.jsonl"
    run("suggest", raw, "--annotations", tmp_path, "--out", out)
    assert set(texts(out)) == set(RAW[2:])


def test_a_spreadsheet_of_labels_counts_once_its_annotator_is_named(tmp_path):
    ann = judged(tmp_path / "ann.jsonl", "ann", ["supportive", "skeptical", "neutral"])
    sheet, eve = tmp_path / "eve.csv", tmp_path / "eve.jsonl"
    with sheet.open("w") as file:
        rows = [[f"s{n}", text, "supportive"] for n, text in enumerate(RAW[:3])]
        csv.writer(file).writerows([["id", "text", "label"], *rows])
    refused = run("agreement", ann, sheet)
    assert refused.code == 1
    assert f"{sheet}: its labels (3) name no annotator" in refused.output
    assert run("adjudicate", ann, sheet, "--out", tmp_path / "train.jsonl").code == 1
    told = run("import", sheet, "--from", "rows", "--annotator", "eve", "--out", eve).output
    assert "3 sentences; judgements: 3 label" in told
    assert "6 judgements by ann, eve" in run("agreement", ann, eve, "--draws", 9).output
    told = run("adjudicate", ann, eve, "--out", tmp_path / "train.jsonl").output
    assert "1 decided, 2 without a majority" in told
    with ann.open("a") as file:
        file.write('{"id": "s9", "text": "It rained.", "label": "neutral"}\n')
    for command in (["agreement"], ["adjudicate", "--out", tmp_path / "train.jsonl", "--force"]):
        done = CliRunner().invoke(cli, ["annotations", *map(str, [*command, ann, eve])])
        assert done.exit_code == 0
        assert f"{ann}: passed over labels that name no annotator (1)" in done.stderr


SEVERAL = '{"id": "a", "text": "A b.", "annotator": "ann", "label": "neutral"}\n'
READING = {
    "import": "import {} --from rows --out {}",
    "export": "export {} --to prodigy --out {}",
    "suggest": "suggest {} --out {}",
    "suggest, what is labelled": "suggest {raw} --annotations {folder} --out {}",
    "adjudicate": "adjudicate {} --out {}",
    "adjudicate, sentences": "adjudicate {more} --sentences {} --out {}",
    "adjudicate, undecided": "adjudicate {} --out {new} --undecided {}",
    "adjudicate, appending": "adjudicate {} --append --out {}",
    "review": "review {} --out {}",
    "review of a folder": "review {folder} --out {}",
}


@pytest.mark.parametrize("case", READING)
def test_nothing_is_written_over_what_is_read(case, raw, tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text(SEVERAL)
    (tmp_path / "more.jsonl").write_text(SEVERAL)
    other = tmp_path / "." / "elsewhere" / ".." / path.name
    (tmp_path / "elsewhere").mkdir()
    places = {"raw": raw, "folder": tmp_path, "more": tmp_path / "more.jsonl"}
    words = READING[case].format(path, other, **places, new=tmp_path / "new.jsonl").split()
    done = run(*words, "--force")
    assert done.code == 1
    assert "would replace what is read; name another file" in done.output
    assert path.read_text() == SEVERAL
    assert not (tmp_path / "new.jsonl").exists()


def test_decided_and_undecided_sentences_do_not_share_a_file(tmp_path):
    ann = judged(tmp_path / "ann.jsonl", "ann", ["supportive"])
    both = ["--out", str(tmp_path / "a.jsonl"), "--undecided", str(tmp_path / "a.jsonl")]
    done = CliRunner().invoke(annotations, ["adjudicate", str(ann), *both])
    assert done.exit_code == 2
    assert "--undecided names the file of --out" in done.output
    assert not (tmp_path / "a.jsonl").exists()


def test_the_share_at_random_is_of_what_the_pool_holds(tmp_path):
    pool, out = tmp_path / "pool.txt", tmp_path / "out.jsonl"
    pool.write_text("".join(f"Sentence {n} has a number of its own.\n" for n in range(23)))
    told = run("suggest", pool, "--count", 100, "--out", out).output
    assert "23 sentences (18 uncertain, 5 random); the pool holds no more new ones" in told
    told = run("suggest", pool, "--count", 23, "--out", out, "--force").output
    assert "23 sentences (18 uncertain, 5 random)\n" in told
    told = run("suggest", pool, "--count", 9, "--annotations", out, "--out", out, "--force").output
    assert "would replace what is read" in told
