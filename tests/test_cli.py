"""The command line: what it prints, and how it ends."""

import csv
import gzip
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import click
import pytest

import stance
from stance.labels import LABELS
from stance.model import Model
from tests.program import Program, environment, shell

TEXTS = ["Tokyo hailed a peace treaty with Moscow.", "", "Moscow rejected “it”, said Kōno."]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Program:
    return Program(capsys, monkeypatch)


@pytest.fixture
def labels(model: Model) -> list[str]:
    return [label.value for label in model.classify_many(TEXTS)]


@pytest.fixture
def statements(tmp_path: Path) -> dict[str, Path]:
    """The same statements in every kind of file."""
    contents = {
        "plain.txt": "".join(text + "\n" for text in TEXTS),
        "unended.txt": "\n".join(TEXTS),
        "windows.txt": "\ufeff" + "".join(text + "\r\n" for text in TEXTS),
        "rows.jsonl": "".join(json.dumps({"n": n, "text": t}) + "\n" for n, t in enumerate(TEXTS)),
        "rows.csv": _table([["n", "text"], *([n, t] for n, t in enumerate(TEXTS))], ","),
        "rows.tsv": _table([["n", "text"], *([n, t] for n, t in enumerate(TEXTS))], "\t"),
    }
    paths = {name: tmp_path / name for name in contents}
    for name, content in contents.items():
        paths[name].write_bytes(content.encode())
        paths[name + ".gz"] = tmp_path / (name + ".gz")
        paths[name + ".gz"].write_bytes(gzip.compress(content.encode()))
    return paths


def _table(rows: list[list[object]], delimiter: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue()


KINDS = ["plain.txt", "unended.txt", "windows.txt", "rows.jsonl", "rows.csv", "rows.tsv"]
KINDS += [name + ".gz" for name in KINDS]


# One statement


def test_statement(run: Program) -> None:
    done = run(TEXTS[0])
    seen = stance.assess(TEXTS[0])
    assert done == (0, f"{seen.label}\t{seen.confidence:.2f}\n", "")


def test_statement_without_quotation_marks(run: Program) -> None:
    assert run(*TEXTS[0].split()) == run(TEXTS[0])


@pytest.mark.parametrize("text", ["-5 degrees in Sakhalin", "--- and so on", "日本 は"])
def test_statement_that_begins_oddly(run: Program, text: str) -> None:
    assert run("--", text).code == 0


def test_mistyped_command_is_no_statement(run: Program) -> None:
    done = run("clasify", "sentences.txt", "--format", "csv")
    assert (done.code, done.out) == (2, "")
    assert "'classify'" in done.err


def test_single_word_is_taken_for_a_mistyped_command(run: Program) -> None:
    done = run("clasify")
    assert done.code == 2
    assert "no command 'clasify'" in done.err


@pytest.mark.parametrize("text", ["", "  "])
def test_empty_statement_is_named_as_such(run: Program, text: str) -> None:
    done = run(text)
    assert (done.code, done.out) == (2, "")
    assert "empty" in done.err


# classify


@pytest.mark.parametrize("kind", KINDS)
def test_labels_of_a_file(
    run: Program, statements: dict[str, Path], labels: list[str], kind: str
) -> None:
    assert run("classify", statements[kind]) == (0, "".join(f"{x}\n" for x in labels), "")


def test_labels_of_several_files(
    run: Program, statements: dict[str, Path], labels: list[str]
) -> None:
    done = run("classify", statements["plain.txt"], statements["rows.csv"])
    assert done.out.split() == labels * 2


@pytest.mark.parametrize("arguments", [["classify"], ["classify", "-"]])
@pytest.mark.parametrize("kind", ["plain.txt", "unended.txt", "windows.txt", "rows.jsonl"])
def test_standard_input(
    run: Program, statements: dict[str, Path], labels: list[str], arguments: list[str], kind: str
) -> None:
    done = run(*arguments, given=statements[kind].read_bytes())
    assert done == (0, "".join(f"{x}\n" for x in labels), "")


def test_nothing_to_classify(run: Program, tmp_path: Path) -> None:
    assert run("classify", given="") == (0, "", "")
    (tmp_path / "empty.jsonl").touch()
    assert run("classify", tmp_path / "empty.jsonl") == (0, "", "")


@pytest.mark.parametrize("kind", ["plain.txt", "rows.jsonl", "rows.csv.gz"])
def test_output_as_jsonl(
    run: Program, statements: dict[str, Path], labels: list[str], kind: str
) -> None:
    done = run("classify", statements[kind], "--format", "jsonl")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [row["text"] for row in rows] == TEXTS
    assert [row["label"] for row in rows] == labels
    if kind != "plain.txt":
        assert [int(row["n"]) for row in rows] == [0, 1, 2]


def test_output_as_csv(run: Program, statements: dict[str, Path], labels: list[str]) -> None:
    done = run("classify", statements["rows.jsonl"], "--format", "csv")
    assert list(csv.reader(io.StringIO(done.out))) == [
        ["n", "text", "label"],
        *([str(n), *row] for n, row in enumerate(map(list, zip(TEXTS, labels, strict=True)))),
    ]


def test_rows_of_other_fields_do_not_fit_a_csv(run: Program) -> None:
    given = '{"text": "Tokyo."}\n{"text": "Moscow.", "day": "Friday"}\n'
    done = run("classify", "--format", "csv", given=given)
    assert done.code == 1
    assert "text, day, label" in done.err
    assert "--format jsonl" in done.err


def test_labels_that_came_along_outlive_a_second_run(run: Program) -> None:
    first = run("classify", "--format", "jsonl", given='{"text": "Tokyo.", "label": "gold"}\n')
    again = run("classify", "--format", "jsonl", given=first.out)
    assert json.loads(again.out) == json.loads(first.out)
    assert json.loads(again.out)["given_label"] == "gold"


def test_tables_as_spreadsheets_write_them(run: Program, tmp_path: Path, labels: list[str]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(_table([["day", "text"], *(["1,5", text] for text in TEXTS)], ";"))
    assert run("classify", path).out.split() == labels
    path.write_text(_table([["text"], *([text] for text in TEXTS)], ","), encoding="utf-16")
    assert run("classify", path).out.split() == labels


def test_probabilities_in_every_format(
    run: Program, statements: dict[str, Path], model: Model
) -> None:
    expected = [row for row in model.probabilities_many(TEXTS)]
    path = statements["plain.txt"]
    lines = run("classify", path, "--probabilities").out.splitlines()
    shown = [[float(cell) for cell in line.split("\t")[1:]] for line in lines]
    for found, row in zip(shown, expected, strict=True):
        assert found == pytest.approx(row, abs=1e-4)
    out = run("classify", path, "--probabilities", "--format", "jsonl").out
    for line, row in zip(out.splitlines(), expected, strict=True):
        found = json.loads(line)["probabilities"]
        assert [found[label] for label in LABELS] == pytest.approx(row, abs=1e-5)
    out = run("classify", path, "--probabilities", "--format", "csv").out
    header, *cells = csv.reader(io.StringIO(out))
    assert header == ["text", "label", *LABELS]
    for found, row in zip(cells, expected, strict=True):
        assert [float(cell) for cell in found[2:]] == pytest.approx(row, abs=1e-5)


def test_label_is_the_most_probable(run: Program, statements: dict[str, Path]) -> None:
    path = statements["plain.txt"]
    plain = run("classify", path).out.split()
    rows = run("classify", path, "--probabilities").out.splitlines()
    assert [row.split("\t")[0] for row in rows] == plain


@pytest.mark.parametrize("text", ["Ties\nthaw.", "Ties\rthaw.", "Ties\r\nthaw, he said."])
def test_csv_of_texts_with_line_breaks(run: Program, tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"text": text}) + "\n")
    out = run("classify", path, "--format", "csv").out
    _, row = csv.reader(io.StringIO(out, newline=""))
    assert row[0] == text


def test_types_that_json_lacks(run: Program, tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow", reason="needs the 'parquet' extra")
    from pyarrow import parquet

    path = tmp_path / "dated.parquet"
    table = arrow.Table.from_pylist([{"text": TEXTS[0], "day": date(2016, 12, 15)}])
    parquet.write_table(table, path)
    assert json.loads(run("classify", path, "--format", "jsonl").out)["day"] == "2016-12-15"


def test_suffix_in_capitals(run: Program, tmp_path: Path, labels: list[str]) -> None:
    path = tmp_path / "ROWS.CSV.GZ"
    path.write_bytes(gzip.compress(_table([["text"], *([text] for text in TEXTS)], ",").encode()))
    assert run("classify", path).out.split() == labels


def test_other_field(run: Program, tmp_path: Path, labels: list[str]) -> None:
    path = tmp_path / "articles.csv"
    path.write_text(_table([["headline", "text"], *([text, "x"] for text in TEXTS)], ","))
    assert run("classify", path, "--field", "headline").out.split() == labels


def test_other_model(run: Program, statements: dict[str, Path], small_model: Model) -> None:
    done = run("classify", statements["plain.txt"], "--model", small_model.path)
    assert done.out.split() == list(small_model.classify_many(TEXTS))


def test_processes(run: Program, statements: dict[str, Path], labels: list[str]) -> None:
    assert run("classify", statements["plain.txt"], "--jobs", 2).out.split() == labels


def test_nothing_but_a_line_feed_ends_a_statement(run: Program, model: Model) -> None:
    text = "Tokyo\u2028hailed\x0bit\x1e today\x85and\rthen"
    assert run("classify", given=text + "\n").out.split() == [model.classify(text)]


def test_a_field_of_a_table_on_standard_input(run: Program) -> None:
    done = run("classify", "--field", "headline", given="headline,day\nTokyo waits.,1\n")
    assert (done.code, done.out) == (1, "")
    assert "give a table as a file" in done.err


def test_half_a_character(run: Program) -> None:
    given = '{"text": "Tokyo \\ud800 hailed it."}\n'
    for style in ("text", "jsonl", "csv"):
        done = run("classify", "--format", style, given=given)
        assert done.code == 0
    assert json.loads(run("classify", "--format", "jsonl", given=given).out)["text"]


# What is wrong with the input

WRONG = {
    "no such file": ("missing.txt", None, "missing.txt"),
    "a folder": (".", None, "irectory"),
    "not UTF-8": ("latin.txt", b"fine\nKor\xe9\n", "latin.txt:2: not UTF-8"),
    "UTF-16 without its mark": ("u.txt", "Tokyo.\n".encode("utf-16-le"), "save the file as UTF-8"),
    "JSON": ("rows.json", b'[{"text": "Tokyo."}]', "one object a line"),
    "not gzip": ("plain.txt.gz", b"hello", "gzip"),
    "gzip cut short": ("cut.txt.gz", gzip.compress(b"Tokyo. " * 99)[:-9], "gzip"),
    "gzip damaged": ("bad.txt.gz", gzip.compress(os.urandom(99))[:20] + b"\xff" * 99, "gzip"),
    "not JSON": ("bad.jsonl", b'{"text": "a"}\n{"text": \n', "bad.jsonl:2"),
    "deep JSON": ("deep.jsonl", b"[" * 100_000 + b"\n", "deep.jsonl:1"),
    "no object": ("list.jsonl", b'["a"]\n', "list.jsonl:1"),
    "no such field": ("none.jsonl", b'{"headline": "a"}\n', "none.jsonl:1: no text in field"),
    "null": ("null.jsonl", b'{"text": null}\n', "null.jsonl:1"),
    "number": ("number.jsonl", b'{"text": 7}\n', "number.jsonl:1"),
    "no such column": ("none.csv", b"headline,n\na,1\n", "no column 'text'.*headline, n"),
    "empty table": ("empty.csv", b"", "no column 'text'"),
    "cell too many": ("many.csv", b"text,n\na,1\nb,2,3\n", "many.csv:3: 3 cells"),
    "carriage return": ("mac.csv", b"text,n\na\rb,1\n", "mac.csv"),
    "no parquet": ("bad.parquet", b"hello", "bad.parquet"),
}


@pytest.mark.parametrize(("name", "content", "hint"), WRONG.values(), ids=WRONG)
def test_wrong_input(
    run: Program, tmp_path: Path, name: str, content: bytes | None, hint: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    done = run("classify", path)
    assert done.code == 1
    assert re.search(hint, done.err)
    assert done.err.startswith("Error: ")
    assert len(done.err.splitlines()) == 1


def test_malformed_lines_are_set_aside(run: Program, tmp_path: Path) -> None:
    path, rejects = tmp_path / "some.jsonl", tmp_path / "rejects.jsonl"
    path.write_text('{"text": "Tokyo."}\nnonsense\n\n{"label": 1}\n{"text": "Moscow."}\n')
    done = run("classify", path, "--rejects", rejects)
    assert done.code == 0
    assert len(done.out.splitlines()) == 2
    rows = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(row["file"], row["line"]) for row in rows] == [(str(path), 2), (str(path), 4)]
    assert "2 malformed lines" in done.err


def test_rejects_are_kept_where_a_later_file_fails(run: Program, tmp_path: Path) -> None:
    path, rejects = tmp_path / "some.jsonl", tmp_path / "rejects.jsonl"
    path.write_text('nonsense\n{"text": "Moscow."}\n')
    assert run("classify", path, tmp_path / "missing.txt", "--rejects", rejects).code == 1
    assert json.loads(rejects.read_text())["line"] == 1


def test_rejects_need_a_folder_before_any_work(run: Program, statements: dict[str, Path]) -> None:
    rejects = statements["plain.txt"].parent / "nowhere" / "rejects.jsonl"
    done = run("classify", statements["plain.txt"], "--rejects", rejects)
    assert (done.code, done.out) == (1, "")
    assert f"{rejects}: no such folder; create" in done.err


def test_rejects_do_not_replace_what_is_read(run: Program, statements: dict[str, Path]) -> None:
    path = statements["rows.jsonl"]
    before = path.read_bytes()
    assert run("classify", path, "--rejects", path).code == 1
    assert path.read_bytes() == before


USAGE = {
    "unknown option": ["classify", "--shiny"],
    "unknown format": ["classify", "--format", "xml"],
    "model missing": ["classify", "--model", "no/such/model"],
    "jobs of zero": ["classify", "--jobs", "0", "-"],
    "jobs below minus one": ["classify", "--jobs", "-2", "-"],
    "jobs no number": ["classify", "--jobs", "some", "-"],
    "reading in no processes": ["read", "--jobs", "0", "-"],
    "archive of standard input": ["classify", "--out", "labelled"],
    "nothing to explain": ["explain"],
    "too much to explain": ["explain", "a b", "c"],
    "file to evaluate missing": ["evaluate", "no/such.csv"],
    "evaluation in no processes": ["evaluate", "--seeds", "2", "--jobs", "0"],
    "format of an archive": ["classify", "--out", "labelled", "--format", "csv", "a.txt"],
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE)
def test_wrong_usage(
    run: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments, given="Tokyo.\n")
    assert done.code == 2
    assert done.out == ""
    assert "Usage:" in done.err
    assert "--help" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["classify", "explain", "info"])
def test_folder_that_is_no_model(run: Program, tmp_path: Path, command: str) -> None:
    text = ["a b"] if command == "explain" else []
    done = run(command, *text, "--model", tmp_path)
    assert done.code == 1
    assert "manifest.json" in done.err


def test_interruption(run: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("stance.classify_command.read_statements", interrupt)
    done = run("classify", "-")
    assert (done.code, done.out, done.err.strip()) == (130, "", "Interrupted.")


# explain and info


def test_explain_shows_what_decided(run: Program) -> None:
    text = "Tokyo warmly welcomed the thaw with Moscow, but “never” trusted it."
    seen = stance.assess(text)
    done = run("explain", text)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == text
    assert f"{seen.label}  confidence {seen.confidence:.2f}" in done.out
    strongest = max(seen.cues, key=lambda cue: max(map(abs, cue.contributions.values())))
    row = next(line for line in lines[5:] if line.startswith(strongest.text))
    shown = [float(cell) for cell in row[len(strongest.text) :].split()]
    assert shown == [pytest.approx(strongest.contributions[label], abs=0.006) for label in LABELS]


def test_explained_rows_add_up(run: Program, test_part: list[str]) -> None:
    text = max(test_part, key=len)
    rows = run("explain", text).out.splitlines()[5:]
    numbers = [
        [float(cell) for cell in re.findall(r"[+-]\d+\.\d\d(?!\d)", row)[-3:]] for row in rows
    ]
    *parts, score = [row for row in numbers if row]
    for column in range(3):
        total = sum(row[column] for row in parts)
        assert total == pytest.approx(score[column], abs=0.006 * len(parts))


@pytest.mark.parametrize("text", ["", "?!", "日本", "\udcff Tokyo", "a\tb\nc"])
def test_explain_anything(run: Program, text: str) -> None:
    assert run("explain", text).code == 0


def test_explain_with_another_model(run: Program, small_model: Model) -> None:
    done = run("explain", TEXTS[0], "--model", small_model.path)
    assert "supportive  confidence" in done.out


def test_colours_only_on_a_terminal(run: Program) -> None:
    assert "\x1b[" not in run("explain", TEXTS[0]).out


def test_coloured_words() -> None:
    from stance.explain_command import coloured

    text = "Tokyo hailed a peace treaty with Moscow."
    seen = stance.assess(text)
    shown = coloured(text, seen)
    assert click.unstyle(shown) == text
    assert shown != text


def test_info(run: Program, small_model: Model) -> None:
    for arguments, model in (
        (["info"], stance.load(stance.resources.model_folder())),
        (["info", "--model", small_model.path], small_model),
    ):
        done = run(*arguments)
        assert done.code == 0
        assert model.manifest["training"]["digest"][:12] in done.out
        assert f"{model.manifest['metrics']['macro_f1']['value']:.3f}" in done.out
        card = run(*arguments, "--card")
        assert card.out.strip() == (model.path / "MODEL_CARD.md").read_text().strip()


def test_version(run: Program) -> None:
    assert run("--version") == (0, f"stance, version {stance.__version__}\n", "")


# As a program of its own


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="no SIGPIPE here")
@pytest.mark.parametrize("options", ["", "--jobs 2", "--format jsonl --probabilities"])
def test_closed_pipe_ends_it_quietly(tmp_path: Path, options: str) -> None:
    (tmp_path / "long.txt").write_text("Tokyo and Moscow agreed to resume talks.\n" * 60_000)
    done = shell(f"stance classify long.txt {options} | head -1; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert len(done.out.splitlines()) == 1
    assert done.err == ""
    assert done.code in (0, 128 + signal.SIGPIPE)


def test_evaluation_does_not_replace_what_it_reads(run: Program, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text,label\nTokyo waits.,neutral\n")
    before = path.read_bytes()
    assert run("evaluate", path, "--json", path).code == 1
    assert path.read_bytes() == before


def test_model_of_another_pair_is_not_measured_on_the_packaged_test_part(
    run: Program, small_model: Model, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(small_model.path, tmp_path / "model"))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["training"]["sources"]["target.toml"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))
    done = run("evaluate", "--model", folder)
    assert done.code == 2
    assert "name a FILE" in done.err


def test_whole_training_file_twice(tmp_path: Path, corpus: list[str]) -> None:
    """The same input gives the same output, from a file and through a pipe."""
    path = tmp_path / "all.txt"
    path.write_text("".join(" ".join(text.split()) + "\n" for text in corpus), encoding="utf-8")
    first = shell("stance classify all.txt", tmp_path)
    second = shell("cat all.txt | stance classify -", tmp_path)
    assert first.code == second.code == 0
    assert first.out == second.out
    assert len(first.out.splitlines()) == len(corpus)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_json_is_whole_whatever_the_terminal_can_show(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_text("Kōno 🙂 hailed the café.\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "stance", "classify", "a.txt", "--format", "jsonl"],
        cwd=tmp_path,
        env=environment(PYTHONIOENCODING=encoding),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout)["text"] == "Kōno 🙂 hailed the café."


def test_module_and_program_are_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stance", TEXTS[0]],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=True,
    )
    assert done.stdout.split("\t")[0] == stance.classify(TEXTS[0])
