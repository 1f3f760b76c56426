"""What can go wrong, in terms a user can act on."""

from pathlib import Path


class StanceError(Exception):
    """Root of the errors this library raises on purpose."""


class StatementError(StanceError, TypeError):
    """An item that is not a text.

    Attributes
    ----------
    index : int or None
        Position of the item in the input; None where there was only one.
    """

    def __init__(self, item: object, index: int | None = None, hint: str = "") -> None:
        self.index = index
        if hint:
            problem = f"got a single {type(item).__name__}; {hint}"
        else:
            where = "" if index is None else f" at index {index}"
            problem = f"expected a str{where}, got {type(item).__name__}; {_remedy(item, index)}"
        super().__init__(problem)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.args, self.__dict__))


class AnnotationError(StanceError, ValueError):
    """A line of an annotation file that cannot be used.

    Attributes
    ----------
    path : Path or None
        The file.
    line : int or None
        Line number, from 1.
    field : str or None
        The offending field.
    """

    def __init__(
        self,
        problem: str,
        *,
        path: Path | str | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        self.path = None if path is None else Path(path)
        self.line = line
        self.field = field
        place = ":".join(str(part) for part in (path, line) if part is not None)
        named = f"field '{field}': " if field else ""
        super().__init__(f"{place}: {named}{problem}" if place else f"{named}{problem}")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.args, self.__dict__))


class ModelError(StanceError):
    """A model folder that is missing, damaged, of another schema or otherwise unusable."""


def _remedy(item: object, index: int | None) -> str:
    if isinstance(item, bytes | bytearray):
        return "decode it first"
    if isinstance(item, Path):
        return "read its text first"
    if isinstance(item, list | tuple):
        if index is not None:
            return "give its statements one by one"
        return "give a list of statements to classify_many or assess_many"
    return "leave it out first"


def _rebuild(
    kind: type[StanceError], args: tuple[object, ...], state: dict[str, object]
) -> StanceError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error
