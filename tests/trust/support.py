"""What the files of this folder share: a small corpus, interpreters to run, checks of an answer."""

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import stance

SOURCE = Path(stance.__file__).resolve().parents[1]
PROJECT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).with_name("data")
CORPUS = DATA / "corpus"

# Longer variants of what every run tries a little of.
LONG = os.environ.get("STANCE_LONG_TESTS", "") not in ("", "0")

PROBES = (
    "Tokyo and Moscow agreed to hold yearly talks between their foreign ministers.",
    "Moscow will never give up the Kurils, the deputy said, whatever Japan offers.",
    "Sakhalin lies north of Hokkaido across a narrow strait.",
    "Russia didn't break off the peace treaty talks, and Japan isn't threatened.",
    "“Nobody in Tokyo,” she said — “trusts Russia.”",
    "Japan:\nRussia?",
    "日本とロシア, 2016 and 1,000.5%",
    "...",
    "",
)


def cases(name: str) -> list[Any]:
    """Rows of a file of cases."""
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def named(rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Rows as test parameters under their own names."""
    return [pytest.param(row, id=row["name"]) for row in rows]


def environment(**changes: str) -> dict[str, str]:
    """Environment for another interpreter that is to find this very library."""
    # Measuring coverage opens sockets and files of its own.
    inherited = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    places = [str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH", "")])]
    return {**inherited, "PYTHONPATH": os.pathsep.join(places), **changes}


def run_python(
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
    timeout: float = 120,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run an interpreter to its end, `before` being put in front of its command."""
    return subprocess.run(
        [*before, sys.executable, *map(str, arguments)],
        env=environment(**(env or {})),
        timeout=timeout,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def answer(code: str, *arguments: str | Path, silent: bool = True, **options: Any) -> Any:
    """What a program prints as JSON; it must end well and say nothing on standard error."""
    done = run_python("-W", "error", "-c", code, *arguments, **options)
    assert done.returncode == 0, done.stderr
    assert not (silent and done.stderr), done.stderr
    return json.loads(done.stdout)


def without_privileges() -> list[str]:
    """What to put before a command so that permissions bind it, whoever runs the tests."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root is bound by no permission, and setpriv is not there")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def check_assessment(text: str, seen: "stance.Assessment") -> None:
    """Assert everything that holds of an assessment, whatever the text."""
    assert seen.label in stance.LABELS
    assert list(seen.probabilities) == list(stance.LABELS)
    values = seen.probabilities.values()
    assert all(math.isfinite(value) and 0 <= value <= 1 for value in values)
    assert math.isclose(sum(values), 1, abs_tol=1e-12)
    assert seen.confidence == seen.probabilities[seen.label] == max(values)
    assert 0 <= seen.coverage <= 1
    at = 0
    for cue in seen.cues:
        assert at <= cue.start < cue.end <= len(text)
        assert cue.text == text[cue.start : cue.end]
        assert cue.contribution == cue.contributions[seen.label]
        at = cue.end
    for label in stance.LABELS:
        added = seen.intercepts[label] + sum(cue.contributions[label] for cue in seen.cues)
        assert math.isclose(added, seen.scores[label], rel_tol=1e-9, abs_tol=1e-9)
    largest = max(seen.scores.values())
    parts = {label: math.exp(score - largest) for label, score in seen.scores.items()}
    for label, part in parts.items():
        assert math.isclose(part / sum(parts.values()), seen.probabilities[label], abs_tol=1e-12)
