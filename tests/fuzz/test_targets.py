"""Seeds and earlier finds of the fuzzer, tried without it."""

from pathlib import Path

import pytest

from .run import FINDS
from .targets import TARGETS, seeds


@pytest.mark.parametrize("name", TARGETS)
def test_seeds(name: str) -> None:
    tried = 0
    for data in seeds(name):
        TARGETS[name](data)
        tried += 1
    assert tried


@pytest.mark.parametrize(
    "path", sorted(FINDS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_finds(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())
