"""Where a statement stands on closer Japan–Russia ties: supportive, skeptical or neutral."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stance.api import assess, assess_many, classify, classify_many
from stance.errors import AnnotationError, ModelError, StanceError, StatementError
from stance.labels import LABELS, Label

if TYPE_CHECKING:
    from stance.assessment import Assessment, Cue
    from stance.model import Model, load
    from stance.reading import Reading, Statement, read, read_many

__version__ = "0.1.0"

__all__ = [
    "LABELS",
    "AnnotationError",
    "Assessment",
    "Cue",
    "Label",
    "Model",
    "ModelError",
    "Reading",
    "StanceError",
    "Statement",
    "StatementError",
    "assess",
    "assess_many",
    "classify",
    "classify_many",
    "load",
    "read",
    "read_many",
]

_ON_FIRST_USE = {
    "Assessment": "stance.assessment",
    "Cue": "stance.assessment",
    "Model": "stance.model",
    "Reading": "stance.reading",
    "Statement": "stance.reading",
    "load": "stance.model",
    "read": "stance.reading",
    "read_many": "stance.reading",
}


def __getattr__(name: str) -> Any:
    if name in _ON_FIRST_USE:
        return getattr(import_module(_ON_FIRST_USE[name]), name)
    raise AttributeError(f"module 'stance' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
