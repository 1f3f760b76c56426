"""What can be wrong with annotations, and where."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from stance.errors import AnnotationError
from stance.rows import Row


class Severity(StrEnum):
    """An `ERROR` keeps the file from being used; a `WARNING` deserves a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or may be.

    Attributes
    ----------
    kind : str
        Short name, such as `duplicate`.
    problem, remedy : str
        What is the matter and what to do about it.
    path : Path
        The file.
    line : int or None
        The line; None where it concerns the whole file.
    field : str
        The field; "" where it concerns the line.
    severity : Severity
        How bad it is.
    mechanical : bool
        Whether `--fix` mends it.
    """

    kind: str
    problem: str
    remedy: str
    path: Path
    line: int | None = None
    field: str = ""
    severity: Severity = Severity.ERROR
    mechanical: bool = False

    def __str__(self) -> str:
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        named = f"field '{self.field}': " if self.field else ""
        return f"{place}: {self.severity}: {self.kind}: {named}{self.problem}; {self.remedy}"

    def record(self) -> Mapping[str, object]:
        """Fields as JSON takes them."""
        return {**asdict(self), "path": str(self.path)}


@dataclass(frozen=True, slots=True)
class Line:
    """A row with its place; `id`, `text` and `group` are "" where the row has none."""

    path: Path
    number: int
    row: Row

    @property
    def id(self) -> str:
        """Name of the sentence."""
        return self._string("id")

    @property
    def text(self) -> str:
        """Text of the sentence."""
        return self._string("text")

    @property
    def group(self) -> str:
        """What must not be split, as far as the row tells."""
        return self._string("group") or self._string("doc") or self._string("pair")

    def _string(self, name: str) -> str:
        value = self.row.get(name)
        return value if isinstance(value, str) else ""

    def error(
        self, kind: str, problem: str, remedy: str, field: str, *, mechanical: bool = False
    ) -> Finding:
        """Finding that keeps the file from being used."""
        return Finding(kind, problem, remedy, self.path, self.number, field, mechanical=mechanical)

    def warning(
        self, kind: str, problem: str, remedy: str, field: str, *, mechanical: bool = False
    ) -> Finding:
        """Finding that deserves a look."""
        return Finding(
            kind, problem, remedy, self.path, self.number, field, Severity.WARNING, mechanical
        )


def refusal(error: AnnotationError, path: Path) -> Finding:
    """Finding from an error of the reader, whose message ends in the remedy."""
    place = f"{error.path}: " if error.line is None else f"{error.path}:{error.line}: "
    told = str(error).removeprefix(place).removeprefix(f"field '{error.field}': ")
    problem, _, remedy = told.rpartition("; ")
    field = error.field or ""
    return Finding("schema", problem or told, remedy, error.path or path, error.line, field)
