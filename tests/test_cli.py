"""The command line: what it prints, how it ends, and that the documents tell no more than is true."""

import csv
import doctest
import gzip
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest

import stance
from stance import cli
from stance.labels import LABELS
from stance.model import Model
from stance.resources import annotations_folder

ROOT = Path(__file__).parent.parent
TEXTS = ["Tokyo hailed a peace treaty with Moscow.", "", "Moscow rejected “it”, said Kōno."]


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run the program in this process."""
    before = signal.getsignal(signal.SIGPIPE)

    def invoke(*arguments: object, given: str | bytes = b"") -> Done:
        data = given if isinstance(given, bytes) else given.encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            cli.run(cli.cli, [str(argument) for argument in arguments])
        output = capsys.readouterr()
        assert "Traceback" not in output.err
        return Done(int(stop.value.code or 0), output.out, output.err)

    yield invoke
    signal.signal(signal.SIGPIPE, before)


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


def test_statement(run: Run) -> None:
    done = run(TEXTS[0])
    seen = stance.assess(TEXTS[0])
    assert done == (0, f"{seen.label}\t{seen.confidence:.2f}\n", "")


def test_statement_without_quotation_marks(run: Run) -> None:
    assert run(*TEXTS[0].split()) == run(TEXTS[0])


@pytest.mark.parametrize("text", ["-5 degrees in Sakhalin", "--- and so on", "日本 は"])
def test_statement_that_begins_oddly(run: Run, text: str) -> None:
    assert run("--", text).code == 0


def test_single_word_is_taken_for_a_mistyped_command(run: Run) -> None:
    done = run("clasify")
    assert done.code == 2
    assert "no command 'clasify'" in done.err


# classify


@pytest.mark.parametrize("kind", KINDS)
def test_labels_of_a_file(
    run: Run, statements: dict[str, Path], labels: list[str], kind: str
) -> None:
    assert run("classify", statements[kind]) == (0, "".join(f"{x}\n" for x in labels), "")


def test_labels_of_several_files(run: Run, statements: dict[str, Path], labels: list[str]) -> None:
    done = run("classify", statements["plain.txt"], statements["rows.csv"])
    assert done.out.split() == labels * 2


@pytest.mark.parametrize("arguments", [["classify"], ["classify", "-"]])
@pytest.mark.parametrize("kind", ["plain.txt", "unended.txt", "windows.txt", "rows.jsonl"])
def test_standard_input(
    run: Run, statements: dict[str, Path], labels: list[str], arguments: list[str], kind: str
) -> None:
    done = run(*arguments, given=statements[kind].read_bytes())
    assert done == (0, "".join(f"{x}\n" for x in labels), "")


def test_nothing_to_classify(run: Run, tmp_path: Path) -> None:
    assert run("classify", given="") == (0, "", "")
    (tmp_path / "empty.jsonl").touch()
    assert run("classify", tmp_path / "empty.jsonl") == (0, "", "")


@pytest.mark.parametrize("kind", ["plain.txt", "rows.jsonl", "rows.csv.gz"])
def test_output_as_jsonl(
    run: Run, statements: dict[str, Path], labels: list[str], kind: str
) -> None:
    done = run("classify", statements[kind], "--format", "jsonl")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [row["text"] for row in rows] == TEXTS
    assert [row["label"] for row in rows] == labels
    if kind != "plain.txt":
        assert [int(row["n"]) for row in rows] == [0, 1, 2]


def test_output_as_csv(run: Run, statements: dict[str, Path], labels: list[str]) -> None:
    done = run("classify", statements["rows.jsonl"], "--format", "csv")
    assert list(csv.reader(io.StringIO(done.out))) == [
        ["text", "label"],
        *([text, label] for text, label in zip(TEXTS, labels, strict=True)),
    ]


def test_probabilities_in_every_format(run: Run, statements: dict[str, Path], model: Model) -> None:
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


def test_label_is_the_most_probable(run: Run, statements: dict[str, Path]) -> None:
    path = statements["plain.txt"]
    plain = run("classify", path).out.split()
    rows = run("classify", path, "--probabilities").out.splitlines()
    assert [row.split("\t")[0] for row in rows] == plain


def test_other_field(run: Run, tmp_path: Path, labels: list[str]) -> None:
    path = tmp_path / "articles.csv"
    path.write_text(_table([["headline", "text"], *([text, "x"] for text in TEXTS)], ","))
    assert run("classify", path, "--field", "headline").out.split() == labels


def test_other_model(run: Run, statements: dict[str, Path], small_model: Model) -> None:
    done = run("classify", statements["plain.txt"], "--model", small_model.path)
    assert done.out.split() == list(small_model.classify_many(TEXTS))


def test_processes(run: Run, statements: dict[str, Path], labels: list[str]) -> None:
    assert run("classify", statements["plain.txt"], "--jobs", 2).out.split() == labels


def test_nothing_but_a_line_feed_ends_a_statement(run: Run, model: Model) -> None:
    text = "Tokyo\u2028hailed\x0bit\x1e today\x85and\rthen"
    assert run("classify", given=text + "\n").out.split() == [model.classify(text)]


def test_half_a_character(run: Run) -> None:
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
def test_wrong_input(run: Run, tmp_path: Path, name: str, content: bytes | None, hint: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    done = run("classify", path)
    assert done.code == 1
    assert re.search(hint, done.err)
    assert done.err.startswith("Error: ")
    assert len(done.err.splitlines()) == 1


def test_malformed_lines_are_set_aside(run: Run, tmp_path: Path) -> None:
    path, rejects = tmp_path / "some.jsonl", tmp_path / "rejects.jsonl"
    path.write_text('{"text": "Tokyo."}\nnonsense\n\n{"label": 1}\n{"text": "Moscow."}\n')
    done = run("classify", path, "--rejects", rejects)
    assert done.code == 0
    assert len(done.out.splitlines()) == 2
    rows = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(row["file"], row["line"]) for row in rows] == [(str(path), 2), (str(path), 4)]
    assert "2 malformed lines" in done.err


USAGE = {
    "unknown option": ["classify", "--shiny"],
    "unknown format": ["classify", "--format", "xml"],
    "model missing": ["classify", "--model", "no/such/model"],
    "jobs of zero": ["classify", "--jobs", "0", "-"],
    "jobs below minus one": ["classify", "--jobs", "-2", "-"],
    "jobs no number": ["classify", "--jobs", "some", "-"],
    "archive of standard input": ["classify", "--out", "labelled"],
    "nothing to explain": ["explain"],
    "too much to explain": ["explain", "a b", "c"],
    "file to evaluate missing": ["evaluate", "no/such.csv"],
    "evaluation in no processes": ["evaluate", "--seeds", "2", "--jobs", "0"],
    "format of an archive": ["classify", "--out", "labelled", "--format", "csv", "a.txt"],
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE)
def test_wrong_usage(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments, given="Tokyo.\n")
    assert done.code == 2
    assert done.out == ""
    assert "Usage:" in done.err
    assert "--help" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["classify", "explain", "info"])
def test_folder_that_is_no_model(run: Run, tmp_path: Path, command: str) -> None:
    text = ["a b"] if command == "explain" else []
    done = run(command, *text, "--model", tmp_path)
    assert done.code == 1
    assert "manifest.json" in done.err


def test_interruption(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("stance.classify_command.read_statements", interrupt)
    done = run("classify", "-")
    assert (done.code, done.out, done.err.strip()) == (130, "", "Interrupted.")


# Archive runs


def _shards(folder: Path) -> list[Path]:
    folder.mkdir()
    paths = [folder / name for name in ("a.txt", "b.jsonl.gz", "c.csv")]
    paths[0].write_text("Tokyo hailed it.\n\nMoscow did not.\n")
    paths[1].write_bytes(gzip.compress(b'{"text": "Ties are thawing.", "n": 1}\n{"text": 7}\n'))
    paths[2].write_text("text,n\nTalks go on.,2\n")
    return paths


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*.*")
        if path.is_file()
    }


def test_archive(run: Run, tmp_path: Path, model: Model) -> None:
    shards, out, rejects = _shards(tmp_path / "in"), tmp_path / "out", tmp_path / "rejects.jsonl"
    arguments = ["classify", "--out", out, "--rejects", rejects, "--probabilities", *shards]
    first = run(*arguments)
    assert first.code == 0, first.err
    assert first.out == ""
    rows = [json.loads(line) for line in (out / "a.jsonl").read_text().splitlines()]
    assert [row["text"] for row in rows] == ["Tokyo hailed it.", "", "Moscow did not."]
    assert [row["label"] for row in rows] == [model.classify(row["text"]) for row in rows]
    assert all(row["probabilities"].keys() == set(LABELS) for row in rows)
    assert json.loads(gzip.decompress((out / "b.jsonl.gz").read_bytes()))["n"] == 1
    assert [json.loads(line)["line"] for line in rejects.read_text().splitlines()] == [2]
    before = _files(out)

    second = run(*arguments)
    assert second.code == 0
    assert second.err.count("already done") == 3
    assert _files(out) == before

    shards[0].write_text("Tokyo condemned it.\n")
    third = run(*arguments)
    assert third.err.count("already done") == 2
    assert len((out / "a.jsonl").read_text().splitlines()) == 1

    (out / "c.jsonl").write_text("damaged")
    assert run(*arguments).err.count("already done") == 2
    assert (out / "c.jsonl").read_bytes() == before["c.jsonl"]


def test_archive_stops_at_a_malformed_line(run: Run, tmp_path: Path) -> None:
    shards = _shards(tmp_path / "in")
    done = run("classify", "--out", tmp_path / "out", *shards)
    assert done.code == 1
    assert "b.jsonl.gz:2" in done.err
    finished = {path.name for path in (tmp_path / "out").iterdir() if path.is_file()}
    assert finished == {"a.jsonl"}


def test_archive_refuses_two_shards_of_a_name(run: Run, tmp_path: Path) -> None:
    shards = _shards(tmp_path / "in")
    twin = tmp_path / "c.jsonl"
    twin.write_text('{"text": "Tokyo."}\n')
    done = run("classify", "--out", tmp_path / "out", *shards, twin)
    assert done.code == 1
    assert "rename one" in done.err


def test_archive_does_not_write_over_its_input(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "Tokyo."}\n')
    done = run("classify", "--out", tmp_path, path)
    assert done.code == 1
    assert path.read_text() == '{"text": "Tokyo."}\n'


def test_archive_of_a_missing_shard(run: Run, tmp_path: Path) -> None:
    done = run("classify", "--out", tmp_path / "out", tmp_path / "missing.txt")
    assert done.code == 1
    assert "missing.txt" in done.err


# explain and info


def test_explain_shows_what_decided(run: Run) -> None:
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


def test_explained_rows_add_up(run: Run, test_part: list[str]) -> None:
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
def test_explain_anything(run: Run, text: str) -> None:
    assert run("explain", text).code == 0


def test_explain_with_another_model(run: Run, small_model: Model) -> None:
    done = run("explain", TEXTS[0], "--model", small_model.path)
    assert "supportive  confidence" in done.out


def test_colours_only_on_a_terminal(run: Run) -> None:
    assert "\x1b[" not in run("explain", TEXTS[0]).out


def test_coloured_words() -> None:
    from stance.explain_command import coloured

    text = "Tokyo hailed a peace treaty with Moscow."
    seen = stance.assess(text)
    shown = coloured(text, seen)
    assert click.unstyle(shown) == text
    assert shown != text


def test_info(run: Run, small_model: Model) -> None:
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


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"stance, version {stance.__version__}\n", "")


# Help and documents


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _commands(inner, (*path, name))


ALL = list(_commands(cli.cli))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help(run: Run, path: tuple[str, ...]) -> None:
    done = run(*path, "--help")
    assert done.code == 0
    assert "Usage:" in done.out
    assert not re.search(r"/(home|root|tmp|work)/", done.out)


def test_bare_program_shows_its_help(run: Run) -> None:
    done = run()
    assert done.code == 2
    assert "Usage:" in done.out + done.err


def parse(words: list[str]) -> None:
    """Parse a command line down to its options, running nothing."""
    command: click.Command = cli.cli
    if words[:3] == ["python", "-m", "stance.retrain"]:
        words = ["stance", "retrain", *words[3:]]
    assert words[0] == "stance", words
    rest = words[1:]
    context = click.Context(command, info_name="stance")
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        inner = command.get_command(context, rest[0])
        if inner is None:
            assert command is cli.cli, f"no command {rest[0]}"
            assert " " in rest[0], f"neither a command nor a statement: {rest[0]}"
            return
        command, rest = inner, rest[1:]
        context = click.Context(command, parent=context, info_name=command.name)
    if "--help" not in rest and "-h" not in rest:
        command.make_parser(context).parse_args(list(rest))


def _console_lines(text: str) -> Iterator[list[str]]:
    """Calls of the program in shell blocks and in the examples of help texts."""
    for line in text.splitlines():
        words = shlex.split(line.strip(), comments=True)
        while words and words[0] != "stance" and words[:3] != ["python", "-m", "stance.retrain"]:
            words = words[words.index("|") + 1 :] if "|" in words else []
        ends = [i for i, word in enumerate(words) if word in ("|", ">", "&&", ";")]
        if words:
            yield words[: ends[0]] if ends else words


def _blocks(name: str) -> str:
    text = (ROOT / name).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```(?:console|bash|sh|shell)\n(.*?)```", text, re.DOTALL))


DOCUMENTED = [
    (name, line)
    for name in ("README.md", "CONTRIBUTING.md", "annotations/README.md")
    for line in _console_lines(_blocks(name) if (ROOT / name).exists() else "")
]


@pytest.mark.parametrize(("document", "words"), DOCUMENTED, ids=lambda value: str(value)[:60])
def test_documented_command_parses(document: str, words: list[str]) -> None:
    parse(words)


def test_every_command_is_documented() -> None:
    named = {words[1] for _, words in DOCUMENTED if words[0] == "stance" and len(words) > 1}
    named |= {"retrain" for _, words in DOCUMENTED if words[0] == "python"}
    assert set(cli.cli.list_commands(click.Context(cli.cli))) <= named


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_examples_of_help_parse(path: tuple[str, ...]) -> None:
    command: click.Command = cli.cli
    for name in path:
        assert isinstance(command, click.Group)
        inner = command.get_command(click.Context(command), name)
        assert inner is not None
        command = inner
    lines = list(_console_lines((command.epilog or "").replace("\b", "")))
    assert lines
    for words in lines:
        parse(words)


def test_python_examples_of_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```pycon\n(.*?)```", text, re.DOTALL)
    assert blocks
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "README", None, 0)
    report: list[str] = []
    doctest.DocTestRunner().run(examples, out=report.append)
    assert not report, "".join(report)


@pytest.fixture
def desk(tmp_path: Path, test_part: list[str]) -> Path:
    """A folder with the files that the README's commands name."""
    (tmp_path / "sentences.txt").write_text("".join(text + "\n" for text in TEXTS))
    (tmp_path / "articles.csv").write_text(_table([["headline"], *([t] for t in TEXTS)], ","))
    (tmp_path / "article.txt").write_text(" ".join(test_part[:6]) + "\n")
    lines = (annotations_folder() / "test.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "my-test.jsonl").write_text("\n".join(lines[:80]) + "\n")
    (tmp_path / "shards").mkdir()
    for name in ("a", "b"):
        data = f'{{"text": "Tokyo hailed it, {name}."}}\n'.encode()
        (tmp_path / "shards" / f"{name}.jsonl.gz").write_bytes(gzip.compress(data))
    return tmp_path


def _environment() -> dict[str, str]:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "error"}


def shell(script: str, folder: Path) -> Done:
    prelude = f'set -o pipefail\nstance() {{ {shlex.quote(sys.executable)} -m stance "$@"; }}\n'
    done = subprocess.run(
        [shutil.which("bash") or "bash", "-c", prelude + script],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def _section(title: str) -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
    block = re.search(r"```console\n(.*?)```", section, re.DOTALL)
    assert block
    return block.group(1).splitlines()


@pytest.mark.parametrize("line", _section("Command line"))
def test_command_of_the_readme_runs(desk: Path, line: str) -> None:
    done = shell(line, desk)
    assert done.code == 0, done.err
    assert "Traceback" not in done.err
    assert done.out or "--out" in line or "--html" in line


# As a program of its own


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="no SIGPIPE here")
@pytest.mark.parametrize("options", ["", "--jobs 2", "--format jsonl --probabilities"])
def test_closed_pipe_ends_it_quietly(tmp_path: Path, options: str) -> None:
    (tmp_path / "long.txt").write_text("Tokyo and Moscow agreed to resume talks.\n" * 60_000)
    done = shell(f"stance classify long.txt {options} | head -1; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert len(done.out.splitlines()) == 1
    assert done.err == ""
    assert done.code in (0, 128 + signal.SIGPIPE)


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
        env={**_environment(), "PYTHONIOENCODING": encoding},
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
        env=_environment(),
        timeout=60,
        check=True,
    )
    assert done.stdout.split("\t")[0] == stance.classify(TEXTS[0])
