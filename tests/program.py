"""Running the command line: in this process, or as a program of its own in a shell."""

import io
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from stance import cli

ROOT = Path(__file__).parent.parent
# Seconds after which what does not come is given up.
ROOM = 90


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class Program:
    """The program in this process, its standard streams replaced."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: object, given: str | bytes = b"") -> Done:
        data = given if isinstance(given, bytes) else given.encode()
        stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")
        self._monkeypatch.setattr("sys.stdin", stream)
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            cli.run(cli.cli, [str(argument) for argument in arguments])
        output = self._capsys.readouterr()
        assert "Traceback" not in output.err
        return Done(int(stop.value.code or 0), output.out, output.err)


def environment(**settings: str) -> dict[str, str]:
    """Environment in which the program is this checkout's and any warning an error."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    ours = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "error"}
    return {**os.environ, **ours, **settings}


def shell(script: str, folder: Path) -> Done:
    """Run a script of bash in which `stance` is the program of this checkout."""
    prelude = f'set -o pipefail\nstance() {{ {shlex.quote(sys.executable)} -m stance "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-c", prelude + script],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def wait_until(come: Callable[[], bool]) -> None:
    """Wait for something to come about; fail if it does not."""
    until = time.monotonic() + ROOM
    while not come():
        if time.monotonic() > until:
            pytest.fail("waited in vain")
        time.sleep(0.002)


def alone(group: int) -> bool:
    """Whether no process of a session is left."""
    with suppress(ProcessLookupError):
        os.killpg(group, 0)
        return False
    return True
