"""Where packaged data is: beside the package in a checkout, inside it in a wheel."""

from functools import cache
from pathlib import Path

from stance.errors import StanceError

PACKAGED_MODEL = "stance-en"

_PACKAGE = Path(__file__).resolve().parent


@cache
def _folder(name: str) -> Path:
    for candidate in (_PACKAGE / "data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise StanceError(
        f"the packaged {name} are missing beside {_PACKAGE}: the installation is incomplete or "
        "imported from inside a zip file; install the wheel with pip"
    )


def annotations_folder() -> Path:
    """Folder of the corpus, codebook and lexicons that the packaged model was trained on."""
    return _folder("annotations")


def models_folder() -> Path:
    """Folder that holds the packaged models."""
    return _folder("models")


def model_folder() -> Path:
    """Folder of the packaged model."""
    return models_folder() / PACKAGED_MODEL


def in_checkout() -> bool:
    """Whether the annotations are those of a checkout, not of an installed wheel."""
    return annotations_folder().parent == _PACKAGE.parent


def package_data(name: str) -> Path:
    """A data file that belongs to the code, such as the table of irregular forms."""
    return _PACKAGE / "data" / name
