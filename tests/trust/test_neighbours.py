"""The library does not mind where it runs or what is around it; ``tests/matrix.sh`` does more."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import stance

from .support import PROBES, PROJECT, SOURCE, answer, contents, run_python, without_privileges

_LABELS = "import json, sys, stance; print(json.dumps([stance.classify(t) for t in {}]))"
_ASK = _LABELS.format(ascii(PROBES))


@pytest.fixture(scope="module")
def labels() -> list[str]:
    """Labels of some statements, found here."""
    return [stance.classify(text).value for text in PROBES]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a wheel lays it out, with everything it ships, and nothing around it."""
    place = tmp_path_factory.mktemp("site-packages")
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(SOURCE / "stance", place / "stance", ignore=ignore)
    for name in ("models", "annotations"):
        inside = place / "stance" / "data" / name
        if not inside.exists():
            shutil.copytree(SOURCE / name, inside, ignore=ignore)
    return place


@pytest.mark.parametrize(
    "options",
    [["-O"], ["-OO"], ["-B"], ["-X", "utf8=0"], ["-X", "dev"], ["-W", "error"], ["-b", "-b"]],
    ids=" ".join,
)
def test_interpreter_options(options: list[str], labels: list[str]) -> None:
    done = run_python(*options, "-c", _ASK)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == labels


def test_isolated(installed: Path, labels: list[str]) -> None:
    """Without environment, user folder or working directory on the path."""
    code = f"import sys; sys.path.insert(0, {str(installed)!r}); {_ASK}"
    done = run_python("-I", "-c", code, cwd="/")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == labels


@pytest.mark.parametrize("place", ["/", "/proc/self", "a folder with spaces and ü"])
def test_other_working_directory(tmp_path: Path, place: str, labels: list[str]) -> None:
    (tmp_path / place).mkdir(exist_ok=True)
    assert answer(_ASK, cwd=tmp_path / place) == labels


def test_working_directory_that_is_gone(tmp_path: Path, labels: list[str]) -> None:
    gone = "import os; os.rmdir(os.getcwd()); "
    (tmp_path / "gone").mkdir()
    if run_python("-c", gone + "import numpy", cwd=tmp_path / "gone").returncode:
        pytest.skip("not even numpy can be imported there: a fault of Python 3.13.0")
    (tmp_path / "gone").mkdir()
    assert answer(gone + _ASK, cwd=tmp_path / "gone") == labels


def test_misleading_files_in_the_working_directory(tmp_path: Path, labels: list[str]) -> None:
    """Folders named like ours in the working directory are not taken for ours."""
    for name in ("models/stance-en", "annotations", "data"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "models" / "stance-en" / "manifest.json").write_text("{}")
    assert answer(_ASK, cwd=tmp_path) == labels


@pytest.mark.parametrize(
    "changes",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"HOME": "/nonexistent", "TMPDIR": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"},
        {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "random"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_environments(changes: dict[str, str], labels: list[str]) -> None:
    assert answer(_ASK, env=changes) == labels


def test_read_only_installation(installed: Path, labels: list[str]) -> None:
    before = contents(installed)
    for path in [installed, *installed.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = run_python(
            *("-c", _ASK),
            env={"PYTHONPATH": str(installed)},
            before=without_privileges(),
            cwd="/",
        )
    finally:
        for path in [installed, *installed.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == labels
    assert contents(installed).keys() == before.keys()


def test_without_network(labels: list[str]) -> None:
    """In a network name space that has not even a loopback."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not there")
    before = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("network name spaces are not permitted")
    code = f"""
import socket
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
except OSError as error:
    assert error.errno == 101, error
{_ASK}
"""
    assert answer(code, before=before) == labels


def test_inside_a_zip_file(installed: Path, tmp_path: Path) -> None:
    """The model is read as files: from inside an archive, the message says to install instead."""
    archive = tmp_path / "stance.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for name, data in contents(installed).items():
            made.writestr(name, data)
    code = """
import json, stance
try:
    stance.classify("Tokyo waits.")
except stance.StanceError as error:
    print(json.dumps([stance.__file__, str(error)]))
"""
    place, message = answer(code, env={"PYTHONPATH": str(archive)}, cwd="/")
    assert place.startswith(str(archive))
    assert "install the wheel with pip" in message


def test_importing_loads_nothing_heavy() -> None:
    code = """
import json, sys
import stance
heavy = "numpy scipy sklearn nltk joblib click tqdm pandas matplotlib asyncio socket".split()
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
    assert answer(code) == []


@pytest.mark.parametrize("missing", ["sklearn", "scipy", "nltk", "joblib", "click", "tqdm"])
def test_numpy_alone_is_needed_to_classify(missing: str, labels: list[str]) -> None:
    assert answer(f"import sys; sys.modules[{missing!r}] = None; {_ASK}") == labels


def test_neighbours_are_left_as_they_are() -> None:
    """No warnings filter, log level, seed, locale, signal or default encoding is changed."""
    code = """
import json, locale, logging, os, random, signal, sys, warnings
import numpy, stance

def state():
    return [
        str(warnings.filters), logging.root.level, len(logging.root.handlers),
        str(random.getstate()), str(numpy.random.get_state()), locale.setlocale(locale.LC_ALL),
        sys.getrecursionlimit(), str(signal.getsignal(signal.SIGINT)), os.getcwd(),
        str(numpy.geterr()), str(numpy.get_printoptions()), sorted(os.environ.items()), sys.path,
    ]

before = state()
stance.classify("Tokyo waits.")
list(stance.assess_many(["Tokyo waits.", "Moscow, too."] * 50))
print(json.dumps([one == other for one, other in zip(before, state())]))
"""
    assert set(answer(code)) == {True}


def declared() -> tuple[dict[str, Any], dict[str, list[int]]]:
    """The project's table, and the lowest version of each dependency."""
    stated = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    pairs = [requirement.split(">=") for requirement in stated["dependencies"]]
    return stated, {name: numbers(floor) for name, floor in pairs}


def numbers(text: str) -> list[int]:
    """A version as numbers, three of them."""
    found = [int(part) for part in re.findall(r"\d+", text)[:3]]
    return [*found, *[0] * (3 - len(found))]


def test_matrix_tries_what_is_declared() -> None:
    """Every Python that is named, and the lowest version of every dependency."""
    stated, floors = declared()
    lines = (PROJECT / "tests" / "matrix.tsv").read_text("utf-8").splitlines()
    header, *rows = [line.split("\t") for line in lines if not line.startswith("#")]
    tried = {row[0]: dict(zip(header[1:], map(numbers, row[1:]), strict=True)) for row in rows}
    named = re.findall(r"Python :: (3\.\d+)", " ".join(stated["classifiers"]))
    script = (PROJECT / "tests" / "matrix.sh").read_text("utf-8")
    assert list(tried) == named
    assert f"versions=({' '.join(named)})" in script
    assert tried[named[0]] == floors
    assert all(row[name] >= floors[name] for row in tried.values() for name in floors)


def test_declared_versions_hold_here() -> None:
    """What is installed is at least what is declared, so that the floor means something."""
    stated, floors = declared()
    for name, floor in floors.items():
        assert numbers(version(name)) >= floor
    oldest = re.search(r">=3\.(\d+)", stated["requires-python"])
    assert oldest is not None
    assert sys.version_info >= (3, int(oldest[1]))
