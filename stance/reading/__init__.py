"""Reading documents: their statements, whose stance each is, and the picture over the whole."""

from stance.reading.holders import HolderKind
from stance.reading.parties import AUTHOR
from stance.reading.reading import Aside, Reading, Statement, read, read_many
from stance.reading.summary import Distribution, HolderSummary

__all__ = [
    "AUTHOR",
    "Aside",
    "Distribution",
    "HolderKind",
    "HolderSummary",
    "Reading",
    "Statement",
    "read",
    "read_many",
]
