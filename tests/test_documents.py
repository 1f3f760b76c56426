"""Help texts and documents promise nothing that the program does not do."""

import doctest
import gzip
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from stance import cli
from stance.resources import annotations_folder
from tests.program import ROOT, Program, shell

TEXTS = ["Tokyo hailed a peace treaty with Moscow.", "It rained.", "Moscow rejected it, said Kōno."]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Program:
    return Program(capsys, monkeypatch)


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
def test_help(run: Program, path: tuple[str, ...]) -> None:
    done = run(*path, "--help")
    assert done.code == 0
    assert "Usage:" in done.out
    assert not re.search(r"/(home|root|tmp|work)/", done.out)


def test_bare_program_shows_its_help(run: Program) -> None:
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
        values, left, _ = command.make_parser(context).parse_args(list(rest))
        assert not left, f"nothing takes {left}"
        for parameter in command.params:
            if isinstance(parameter.type, click.Choice) and parameter.name in values:
                parameter.type_cast_value(context, values[parameter.name])


def _console_lines(text: str) -> Iterator[list[str]]:
    """Calls of the program in shell blocks and in the examples of help texts."""
    for line in text.replace("\\\n", " ").splitlines():
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


@pytest.mark.parametrize("line", ["classify --format xml a.txt", "info a b", "read --shiny a.txt"])
def test_what_the_program_does_not_do_does_not_parse(line: str) -> None:
    with pytest.raises((AssertionError, click.UsageError)):
        parse(["stance", *line.split()])


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
    (tmp_path / "articles.csv").write_text("headline\n" + "".join(f'"{text}"\n' for text in TEXTS))
    (tmp_path / "article.txt").write_text(" ".join(test_part[:6]) + "\n")
    lines = (annotations_folder() / "test.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "my-test.jsonl").write_text("\n".join(lines[:80]) + "\n")
    (tmp_path / "shards").mkdir()
    for name in ("a", "b"):
        data = f'{{"text": "Tokyo hailed it, {name}."}}\n'.encode()
        (tmp_path / "shards" / f"{name}.jsonl.gz").write_bytes(gzip.compress(data))
    return tmp_path


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
