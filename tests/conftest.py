"""What the tests share: a small corpus, a model retrained on it, and the whole packaged corpus."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from stance.api import packaged_model
from stance.model import Model, load
from stance.resources import annotations_folder
from stance.retrain import Retraining, retrain

SMALL = Path(__file__).parent / "data" / "small"

# Other work on the machine must not fail an example for its time.
settings.register_profile(
    "stance", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("stance")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "packaging: builds and installs the package; leave out with -m 'not packaging'"
    )


@pytest.fixture(scope="session")
def small() -> Path:
    """Annotations of 180 training and 45 test sentences with names, cues and a target."""
    return SMALL


@pytest.fixture
def annotations(tmp_path: Path) -> Path:
    """A copy of the small annotations that a test may change."""
    return Path(shutil.copytree(SMALL, tmp_path / "annotations"))


@pytest.fixture(scope="session")
def retrained(tmp_path_factory: pytest.TempPathFactory) -> Retraining:
    """Outcome of retraining on the small annotations; the pipeline is kept beside the model."""
    place = tmp_path_factory.mktemp("models")
    return retrain(
        SMALL, place / "small", keep_pipeline=place / "small.joblib", note="from a fixture"
    )


@pytest.fixture(scope="session")
def small_model(retrained: Retraining) -> Model:
    return load(retrained.folder)


@pytest.fixture(scope="session")
def model() -> Model:
    """The packaged model."""
    return packaged_model()


def _texts(name: str) -> list[str]:
    lines = (annotations_folder() / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


@pytest.fixture(scope="session")
def test_part() -> list[str]:
    return _texts("test.jsonl")


@pytest.fixture(scope="session")
def corpus(test_part: list[str]) -> list[str]:
    """Every sentence of the packaged annotations."""
    return [*_texts("train.jsonl"), *test_part]


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[..., Path]:
    """Write rows as JSONL into a fresh folder."""

    def write(name: str, rows: list[dict[str, object]]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write
