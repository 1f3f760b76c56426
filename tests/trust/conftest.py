"""Models for the tests of this folder."""

from pathlib import Path

import pytest

import stance
from stance.resources import model_folder

from .support import CORPUS


@pytest.fixture(scope="session")
def packaged() -> "stance.Model":
    """The packaged model."""
    return stance.load(model_folder())


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a model trained on the small corpus; not to be written to."""
    from stance.retrain import retrain

    folder = tmp_path_factory.mktemp("small") / "model"
    retrain(CORPUS, folder)
    return folder


@pytest.fixture(scope="session")
def small(small_folder: Path) -> "stance.Model":
    """The model trained on the small corpus."""
    return stance.load(small_folder)
