"""Command line: a thin skin over the Python calls. Commands are imported when asked for."""

import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from stance import __version__
from stance.errors import StanceError


# Generic in newer versions of click only.
class _Jobs(click.ParamType):  # type: ignore[type-arg]
    """Number of worker processes, as joblib takes it."""

    name = "integer"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> int:
        try:
            number = int(value)
        except ValueError:
            number = 0
        if number < -1 or number == 0:
            self.fail(f"{value!r} is not a number of processes; give 1 or more, or -1", param)
        return number


JOBS = _Jobs()

# How alike a word and the name of a command are if the one stands for the other.
_MISTYPED = 0.8

# Subcommand to the module and attribute that hold it.
_COMMANDS = {
    "annotations": ("stance.workbench.commands", "annotations"),
    "classify": ("stance.classify_command", "classify"),
    "evaluate": ("stance.evaluate_command", "evaluate"),
    "explain": ("stance.explain_command", "explain"),
    "info": ("stance.explain_command", "info"),
    "read": ("stance.reading.commands", "read"),
    "retrain": ("stance.retrain", "command"),
}


class _Commands(click.Group):
    """Group that imports a command on use and takes anything else as a statement."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in _COMMANDS:
            return super().resolve_command(context, args)
        return "statement", _statement, args


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="COMMAND | STATEMENT",
    epilog="""\b
Examples:
  stance "Tokyo and Moscow agreed to resume talks on a peace treaty."
  stance explain "Few in Tokyo expect Moscow to give way."
  stance classify sentences.txt --format csv --probabilities
  stance read article.txt --html article.html""",
)
@click.version_option(__version__, prog_name="stance")
def cli() -> None:
    """Say where statements stand on closer Japan–Russia ties."""


@click.command(name="statement", context_settings={"ignore_unknown_options": True})
@click.argument("text", nargs=-1, required=True)
def _statement(text: tuple[str, ...]) -> None:
    """Label one statement given on the command line."""
    from stance.api import assess

    if not "".join(text).strip():
        raise click.UsageError("the statement is empty; write one, in quotes")
    if len(text) == 1 and " " not in text[0].strip():
        raise click.UsageError(
            f"no command '{text[0]}'; see `stance --help`, "
            "or put a statement of several words in quotes"
        )
    meant = get_close_matches(text[0], _COMMANDS, 1, _MISTYPED)
    if len(text) > 1 and meant:
        raise click.UsageError(
            f"no command '{text[0]}', but '{meant[0]}'; put a statement that starts so in quotes"
        )
    seen = assess(" ".join(text))
    click.echo(f"{seen.label}\t{seen.confidence:.2f}")


def run(command: click.Command, args: Sequence[str] | None = None) -> NoReturn:
    """Run a command as a program: 0 done, 1 an error the message explains, 2 wrong usage.

    A reader that closes the pipe ends the program quietly; Ctrl-C ends it with 130.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Files and pipes get UTF-8, whatever the locale; a terminal keeps what it can show.
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    output = sys.stdout
    try:
        result: Any = command.main(args, standalone_mode=False)
        sys.stdout.flush()
        sys.exit(result if isinstance(result, int) else 0)
    except SystemExit as stop:
        # When a reader has closed the pipe, click puts a stream that stays quiet in the place.
        sys.exit(stop.code if sys.stdout is output else 0)
    except BrokenPipeError:
        # What is still buffered can go nowhere; keep the interpreter from trying at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except StanceError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        click.echo(f"Error: {named}{error.strerror or error}", err=True)
        sys.exit(1)


def main() -> None:
    """Entry point of the `stance` command."""
    run(cli)
