"""Writing rows: whole files or none."""

import gzip
import io
import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from stance.output import csv_row
from stance.rows import JSON_COLUMNS, Row, row_format, suffix_of

_FIRST_COLUMNS = ("id", "text", "annotator", "label", "labels", "group")


def write_rows(path: Path | str, rows: Iterable[Row]) -> None:
    """Write rows as JSONL, CSV or TSV, by the suffix; nothing in a row is lost.

    In tables, what is not plain text stands as JSON in the column `extra`. A crash leaves an old
    file as it was.

    Raises
    ------
    AnnotationError
        A suffix that is not known.
    """
    path = Path(path)
    suffix = row_format(path)
    if suffix == ".jsonl":
        text = "".join(json_line(row) for row in rows)
    else:
        text = _table(list(rows), "," if suffix == ".csv" else "\t")
    replace_file(path, text)


def json_line(row: Row) -> str:
    """One line of JSONL, its end included."""
    return json.dumps(row, ensure_ascii=False) + "\n"


def table_text(lines: Sequence[Sequence[str]], delimiter: str) -> str:
    """Lines of cells as CSV or TSV."""
    return "".join(csv_row(line, delimiter) + "\n" for line in lines)


def replace_file(path: Path, text: str) -> None:
    """Put a file of this text in place of what stood there, all at once."""
    data = text.encode()
    _, zipped = suffix_of(path)
    if zipped:
        # Without time and name, the same rows give the same bytes.
        packed = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
            file.write(data)
        data = packed.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _table(rows: Sequence[Row], delimiter: str) -> str:
    columns = _columns(rows)
    plain = set(columns) - {"extra"}
    lines = []
    for row in rows:
        cells = {name: value for name, value in row.items() if name in plain}
        rest = {name: value for name, value in row.items() if name not in plain}
        if rest:
            cells["extra"] = rest
        lines.append([table_cell(name, cells[name]) if name in cells else "" for name in columns])
    return table_text([columns, *lines], delimiter)


def _columns(rows: Sequence[Row]) -> list[str]:
    names = dict.fromkeys([*_FIRST_COLUMNS, *(name for row in rows for name in row)])
    values = {name: [row[name] for row in rows if name in row] for name in names}
    columns = [name for name in names if values[name] and _fits_column(name, values[name])]
    if not {"id", "text"} & set(columns):
        columns.insert(0, "text")
    return [*columns, "extra"] if any(set(row) - set(columns) for row in rows) else columns


def _fits_column(name: str, values: Iterable[object]) -> bool:
    if name == "extra" or not name or name != name.strip():
        return False
    if name == "n":
        return all(type(value) is int for value in values)
    if name in JSON_COLUMNS:
        return True
    return all(isinstance(value, str) and value for value in values)


def table_cell(name: str, value: object) -> str:
    """Value of a column as its cell holds it."""
    return json.dumps(value, ensure_ascii=False) if name in JSON_COLUMNS else str(value)
