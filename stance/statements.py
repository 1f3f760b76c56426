"""Statements from files: plain text, JSONL, CSV, TSV, gzip of these, and Parquet."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from stance.errors import StanceError
from stance.output import json_row
from stance.rows import decode_lines, delimiter_of, read_lines, suffix_of

_FIELD = "text"
_LONGEST_CELL = 2**27


class Entry(NamedTuple):
    """A statement with the row it came in."""

    text: str
    fields: Mapping[str, Any]


class Malformed(NamedTuple):
    """A line without a statement."""

    path: Path
    line: int
    problem: str

    def error(self) -> StanceError:
        """As the error that stops a run."""
        return StanceError(
            f"{self.path}:{self.line}: {self.problem}; mend the line, "
            "or set such lines aside with --rejects FILE"
        )

    def record(self) -> str:
        """As a line of a rejects file."""
        row = {"file": str(self.path), "line": self.line, "problem": self.problem}
        return json_row(row)


def read_statements(path: Path, field: str = _FIELD) -> Iterator[Entry | Malformed]:
    """Read the statements of a file one by one, in bounded memory.

    Parameters
    ----------
    path : Path
        Its suffix says what it holds (`.jsonl`, `.csv`, `.tsv`, `.parquet`, each but the last also
        with `.gz`); anything else is plain text, one statement a line, blank lines included. For
        ``-``, standard input is read: JSONL if its first line is a JSON object, else plain text.
    field : str
        Field or column that holds the statement.

    Raises
    ------
    StanceError
        The file cannot be read, is not what its suffix says, or lacks the field.
    """
    if path == Path("-"):
        yield from _standard_input(field)
        return
    kind, _ = suffix_of(path)
    if kind == ".parquet":
        yield from _parquet(path, field)
    elif kind == ".jsonl":
        yield from _jsonl(read_lines(path), path, field)
    elif kind in (".csv", ".tsv"):
        yield from _table(read_lines(path), path, field, kind)
    elif kind == ".json":
        raise StanceError(f"{path}: write one object a line and name the file .jsonl")
    else:
        yield from _plain(read_lines(path))


def well_formed(
    entries: Iterable[Entry | Malformed], reject: Callable[[Malformed], object] | None
) -> Iterator[Entry]:
    """Leave malformed lines out, each handed to `reject`.

    Raises
    ------
    StanceError
        There is one, and no `reject`.
    """
    for entry in entries:
        if isinstance(entry, Entry):
            yield entry
        elif reject is None:
            raise entry.error()
        else:
            reject(entry)


def _standard_input(field: str) -> Iterator[Entry | Malformed]:
    path = Path("-")
    lines = decode_lines(sys.stdin.buffer, path)
    first = next(lines, None)
    if first is None:
        return
    lines = chain([first], lines)
    if _is_object(first):
        yield from _jsonl(lines, path, field)
    elif field == _FIELD:
        yield from _plain(lines)
    else:
        raise StanceError(
            f"{path}: --field {field} needs JSONL on standard input; give a table as a file"
        )


def _plain(lines: Iterable[str]) -> Iterator[Entry]:
    for line in lines:
        text = line.rstrip("\r\n")
        yield Entry(text, {"text": text})


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _jsonl(lines: Iterable[str], path: Path, field: str) -> Iterator[Entry | Malformed]:
    for number, line in enumerate(lines, 1):
        if line.isspace():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Malformed(path, number, f"not a JSON object ({error})")
            continue
        text = row.get(field) if isinstance(row, dict) else None
        if isinstance(text, str):
            yield Entry(text, row)
        else:
            yield Malformed(path, number, f"no text in field '{field}'")


def _table(lines: Iterator[str], path: Path, field: str, kind: str) -> Iterator[Entry | Malformed]:
    csv.field_size_limit(_LONGEST_CELL)
    first = next(lines, "")
    rows = csv.reader(chain([first], lines), delimiter=delimiter_of(kind, first))
    try:
        header = next(rows, [])
    except csv.Error as error:
        raise StanceError(
            f"{path}: no first row with the names of the columns ({error}); mend the file"
        ) from error
    if field not in header:
        raise StanceError(
            f"{path}: no column '{field}'; name one of {', '.join(header) or 'none'} with --field"
        )
    at = header.index(field)
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield Malformed(path, rows.line_num, str(error))
            continue
        if cells is None:
            return
        if not cells:
            continue
        if len(cells) != len(header):
            problem = f"{len(cells)} cells where the header has {len(header)}"
            yield Malformed(path, rows.line_num, problem)
        else:
            yield Entry(cells[at], dict(zip(header, cells, strict=True)))


def _parquet(path: Path, field: str) -> Iterator[Entry | Malformed]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise StanceError(
            f"{path}: reading Parquet needs pyarrow; pip install 'japan-russia-stance[parquet]'"
        ) from error
    number = 0
    try:
        file = parquet.ParquetFile(path)
        if field not in file.schema_arrow.names:
            raise StanceError(f"{path}: no column '{field}'; name another with --field")
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                number += 1
                if isinstance(row[field], str):
                    yield Entry(row[field], row)
                else:
                    yield Malformed(path, number, f"no text in column '{field}'")
    except (ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise StanceError(f"{path}: not a whole Parquet file ({error}); copy it again") from error
