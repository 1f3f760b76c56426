"""Rows of results as lines, and the files they go to."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TextIO

from stance.errors import StanceError

# Parquet has types that JSON lacks, dates and decimals among them.
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def json_row(row: object) -> str:
    """A row, or the value of a cell, as JSON on one line, without the line's end."""
    return _encode(row)


def csv_row(cells: Iterable[object], delimiter: str = ",") -> str:
    """Cells as a row of CSV or TSV, without the row's end.

    Examples
    --------
    >>> csv_row(["Ties, he said, are warming.", "supportive"])
    '"Ties, he said, are warming.",supportive'
    """
    cells = list(cells)
    # The csv module leaves a bare carriage return unquoted, and then cannot read it back.
    bare_return = any("\r" in str(cell) for cell in cells)
    quoting: Literal[0, 1] = csv.QUOTE_ALL if bare_return else csv.QUOTE_MINIMAL
    row = io.StringIO(newline="")
    csv.writer(row, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerow(cells)
    return row.getvalue().removesuffix("\n")


def require_folder(path: Path) -> None:
    """Refuse a file that could not be written when its time comes.

    Raises
    ------
    StanceError
        Its folder does not exist.
    """
    if not path.parent.is_dir():
        raise StanceError(f"{path}: no such folder; create {path.parent} first")


def refuse_inputs(path: Path, inputs: Iterable[Path]) -> None:
    """Refuse a file to write that is among those read.

    Raises
    ------
    StanceError
        It is.
    """
    if path.resolve() in [read.resolve() for read in inputs]:
        raise StanceError(f"{path}: would replace what is read; name another file")


@contextmanager
def open_output(path: Path) -> Iterator[TextIO]:
    """Open a text file for writing, compressed where its name ends in ``.gz``.

    The compressed file does not tell its name, which may be temporary. A lone surrogate comes out
    as the escape that JSON has for it.
    """
    encoding: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace", "newline": ""}
    if path.suffix != ".gz":
        with path.open("w", **encoding) as plain:
            yield plain
        return
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed,
        io.TextIOWrapper(packed, **encoding) as stream,
    ):
        yield stream
