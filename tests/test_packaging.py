"""Wheel, sdist, wheel from sdist and editable install: each finds model and annotations."""

import email
import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import stance

pytestmark = pytest.mark.packaging

ROOT = Path(__file__).parent.parent
SENTENCE = "Tokyo and Moscow agreed to resume talks on a peace treaty."

# Run elsewhere, without network, with warnings as errors.
CHECK = """
import json, sys
import stance
from stance.resources import annotations_folder, model_folder
print(json.dumps({
    "label": stance.classify(sys.argv[1]),
    "version": stance.__version__,
    "package": stance.__file__,
    "model": str(model_folder()),
    "digest": stance.load(model_folder()).manifest["training"]["digest"],
    "annotations": sorted(path.name for path in annotations_folder().iterdir()),
}))
"""


def _run(*command: str | Path, folder: Path) -> str:
    # Neither the checkout nor the caller's settings may lend a hand.
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))
    }
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={**clean, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _copy(target: Path) -> Path:
    """A clean copy of the checkout, as a fresh clone has it."""
    skipped = shutil.ignore_patterns(
        ".git", ".venv", "dist", "build", "*_cache", "__pycache__", ".hypothesis", ".coverage*"
    )
    shutil.copytree(ROOT, target, ignore=skipped)
    return target


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _copy(tmp_path_factory.mktemp("checkout") / "stance")


@pytest.fixture(scope="module")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Wheel and sdist of the checkout, and the wheel that the sdist gives."""
    place = tmp_path_factory.mktemp("dist")
    build = (sys.executable, "-m", "build", "--no-isolation")
    _run(*build, "--sdist", "--wheel", "--outdir", place / "direct", checkout, folder=place)
    (sdist,) = (place / "direct").glob("*.tar.gz")
    (wheel,) = (place / "direct").glob("*.whl")
    with tarfile.open(sdist) as archive:
        archive.extractall(place / "unpacked", filter="data")
    (unpacked,) = (place / "unpacked").iterdir()
    _run(*build, "--wheel", "--outdir", place / "second", unpacked, folder=place)
    (second,) = (place / "second").glob("*.whl")
    return {"wheel": wheel, "sdist": sdist, "wheel from sdist": second}


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """Python of a fresh virtual environment that lends its libraries from this one."""
    folder = tmp_path / "venv"
    venv.create(folder, symlinks=os.name != "nt", with_pip=False)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    inside = _run(
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=tmp_path
    ).strip()
    # Behind the environment's own packages, and without the .pth files there: an editable install
    # of the checkout is not lent.
    lent = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (Path(inside) / "lent.pth").write_text("".join(path + "\n" for path in lent))
    return python


def _install(python: Path, *what: str | Path) -> None:
    options = ("--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed", "--quiet")
    _run(python, "-m", "pip", "install", *options, *what, folder=python.parent)


def _check(python: Path, elsewhere: Path) -> dict[str, object]:
    elsewhere.mkdir()
    found = _run(python, "-W", "error", "-c", CHECK, SENTENCE, folder=elsewhere)
    program = python.parent / ("stance.exe" if os.name == "nt" else "stance")
    shown = _run(program, SENTENCE, folder=elsewhere)
    answer: dict[str, object] = json.loads(found)
    assert shown.split("\t")[0] == answer["label"] == stance.classify(SENTENCE)
    assert answer["version"] == stance.__version__
    packaged = stance.load(stance.resources.model_folder()).manifest
    assert answer["digest"] == packaged["training"]["digest"]
    assert {"train.jsonl", "test.jsonl", "names.tsv", "cues.tsv"} <= set(answer["annotations"])  # type: ignore[call-overload]
    return answer


@pytest.mark.parametrize("kind", ["wheel", "sdist", "wheel from sdist"])
def test_installed(built: dict[str, Path], environment: Path, tmp_path: Path, kind: str) -> None:
    _install(environment, built[kind])
    answer = _check(environment, tmp_path / "elsewhere")
    home = str(environment.parent.parent)
    assert str(answer["package"]).startswith(home)
    assert str(answer["model"]).startswith(home)


def test_editable(checkout: Path, environment: Path, tmp_path: Path) -> None:
    _install(environment, "--editable", checkout)
    answer = _check(environment, tmp_path / "elsewhere")
    assert answer["package"] == str(checkout / "stance" / "__init__.py")
    assert answer["model"] == str(checkout / "models" / "stance-en")


def test_plain_checkout(checkout: Path) -> None:
    label = _run(
        sys.executable,
        "-c",
        f"import stance; print(stance.classify({SENTENCE!r}))",
        folder=checkout,
    )
    assert label.strip() == stance.classify(SENTENCE)


def test_wheel_from_sdist_is_the_wheel(built: dict[str, Path]) -> None:
    def contents(path: Path) -> dict[str, int]:
        with zipfile.ZipFile(path) as archive:
            return {member.filename: member.CRC for member in archive.infolist()}

    assert contents(built["wheel"]) == contents(built["wheel from sdist"])


def test_contents_of_the_wheel(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built["wheel"]) as archive:
        names = set(archive.namelist())
    data = "stance/data"
    model = {"model.npz", "manifest.json", "MODEL_CARD.md", "golden.jsonl"}
    assert {f"{data}/models/stance-en/{name}" for name in model} <= names
    annotations = {"train.jsonl", "test.jsonl", "names.tsv", "cues.tsv", "target.toml"}
    assert {f"{data}/annotations/{name}" for name in annotations} <= names
    assert {"stance/py.typed", "stance/__main__.py"} <= names
    top = {name.split("/")[0] for name in names}
    assert len(top) == 2
    assert "stance" in top
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    assert not [name for name in names if "/test_" in name or name.startswith("tests/")]
    carried = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "stance").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert carried <= names


def test_sdist_can_be_tested(built: dict[str, Path]) -> None:
    with tarfile.open(built["sdist"]) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    needed = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "tests/conftest.py"}
    needed |= {"annotations/train.jsonl", "models/stance-en/model.npz", "models/history.csv"}
    needed |= {"requirements-dev.txt", "DEPENDENCIES.md"}
    assert needed <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(".git/")]


def test_metadata(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built["wheel"]) as archive:
        (path,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(path))
        (points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "stance = stance.cli:main" in archive.read(points).decode()
    assert metadata["Name"] == "japan-russia-stance"
    assert metadata["Version"] == stance.__version__
    assert metadata["Requires-Python"] == ">=3.11"
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert required
    assert all(">=" in line for line in required)
    assert "# stance" in metadata.get_payload()


def test_wheel_is_small(built: dict[str, Path]) -> None:
    assert built["wheel"].stat().st_size < 8 * 2**20


def test_incomplete_installation_says_so(tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "stance", tmp_path / "stance", ignore=shutil.ignore_patterns("models", "annotations")
    )
    script = """
import stance
try:
    stance.classify("Tokyo hailed it.")
except stance.StanceError as error:
    print(error)
"""
    told = _run(sys.executable, "-c", script, folder=tmp_path)
    assert "models are missing" in told
    assert "pip" in told
