"""Rows of JSONL, CSV and TSV files with the line each stands on, a row at a time."""

import codecs
import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Any, NoReturn, cast

from stance.errors import AnnotationError

FORMATS = (".jsonl", ".csv", ".tsv")
JSON_COLUMNS = ("labels", "judgements", "extra")

Row = dict[str, Any]
Refused = Callable[[AnnotationError], None]


def read_rows(path: Path, on_error: Refused | None = None) -> Iterator[tuple[int, Row]]:
    """Rows of a file as mappings, each with its line number, in bounded memory.

    Fields are neither interpreted nor checked; blank lines are passed over. In tables, empty
    cells are left out, `n` is read as a number, `labels` and `judgements` as JSON, and so is
    `extra`, whose fields join the row's.

    Parameters
    ----------
    path : Path
        A `.jsonl`, `.csv` or `.tsv` file in UTF-8, also with `.gz` behind.
    on_error : callable, optional
        Receives the error of a row that does not parse; the row is then passed over.

    Raises
    ------
    AnnotationError
        A file that cannot be read, or, without `on_error`, a row that does not parse.
    """
    suffix = row_format(path)
    if suffix == ".jsonl":
        yield from _json_rows(path, on_error)
    else:
        yield from _table_rows(path, suffix, on_error)


def suffix_of(path: Path) -> tuple[str, bool]:
    """Suffix that says what a file holds, in small letters, and whether gzip is around it.

    Examples
    --------
    >>> suffix_of(Path("Shard.JSONL.gz"))
    ('.jsonl', True)
    """
    zipped = path.suffix.lower() == ".gz"
    return (Path(path.stem) if zipped else path).suffix.lower(), zipped


def row_format(path: Path) -> str:
    """Suffix that says how the rows are written, `.gz` aside.

    Raises
    ------
    AnnotationError
        Not one of `FORMATS`.
    """
    suffix, _ = suffix_of(path)
    if suffix not in FORMATS:
        refuse(f"unknown kind of file '{suffix}'; use {', '.join(FORMATS)} (or .gz of them)", path)
    return suffix


def read_lines(path: Path) -> Iterator[str]:
    """Lines of a text file, their ends kept; only a line feed ends a line.

    Raises
    ------
    AnnotationError
        The file is missing, unreadable, not as `decode_lines` takes it or not a whole gzip file.
    """
    try:
        _, zipped = suffix_of(path)
        opening = partial(gzip.open, path) if zipped else partial(path.open, "rb")
        with cast(IO[bytes], opening()) as file:
            yield from decode_lines(file, path)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise AnnotationError(
            f"not a whole gzip file ({error}); copy it again", path=path
        ) from None
    except FileNotFoundError:
        raise AnnotationError("no such file; check the path", path=path) from None
    except OSError as error:
        raise AnnotationError(f"cannot be read: {error.strerror or error}", path=path) from None


def decode_lines(stream: Iterable[bytes], path: Path) -> Iterator[str]:
    """Decode lines of bytes: UTF-8, or UTF-16 where its byte-order mark stands first.

    Raises
    ------
    AnnotationError
        Neither of them.
    """
    line = 0
    try:
        for line, content in enumerate(_decoded(stream), start=1):
            if line == 1 and "\0" in content:
                refuse("no text, or UTF-16 without its mark; save the file as UTF-8", path)
            yield content
    except UnicodeDecodeError:
        problem = "not UTF-8; save the file as UTF-8"
        raise AnnotationError(problem, path=path, line=line + 1) from None


def _decoded(stream: Iterable[bytes]) -> Iterator[str]:
    chunks = iter(stream)
    first = next(chunks, None)
    if first is None:
        return
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield from _decoded_utf16(chain([first], chunks))
    else:
        yield first.decode("utf-8-sig")
        yield from (chunk.decode() for chunk in chunks)


def _decoded_utf16(chunks: Iterable[bytes]) -> Iterator[str]:
    # Bytes are divided where one looks like a line feed, which need not be a whole character.
    decoder = codecs.getincrementaldecoder("utf-16")()
    rest = ""
    for chunk in chunks:
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        yield from (line + "\n" for line in lines)
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest


def delimiter_of(suffix: str, header: str) -> str:
    """What separates the cells of a table, by its suffix and first line.

    Examples
    --------
    >>> delimiter_of(".csv", "text,label"), delimiter_of(".csv", "text;label")
    (',', ';')
    """
    if suffix == ".tsv":
        return "\t"
    # Spreadsheets write it where the comma is the decimal point.
    return ";" if ";" in header and "," not in header else ","


def kind_of(value: object) -> str:
    """Name of the JSON type of a value."""
    names = {type(None): "null", dict: "an object", list: "a list", bool: "true or false"}
    return names.get(type(value)) or ("a string" if isinstance(value, str) else "a number")


def refuse(
    problem: str, path: Path | None = None, line: int | None = None, name: str | None = None
) -> NoReturn:
    """Raise the error for a place in a file."""
    raise AnnotationError(problem, path=path, line=line, field=name)


def parse_json_row(content: str, path: Path, line: int) -> Row:
    """Row of one JSONL line.

    Raises
    ------
    AnnotationError
        Not one JSON object, or a member that stands twice.
    """
    try:
        row = _DECODE(content)
    except RecursionError:
        refuse("invalid JSON (nested too deeply); write one flat object", path, line)
    except ValueError as error:
        refuse(f"invalid JSON ({error}); write one object a line", path, line)
    if not isinstance(row, dict):
        refuse(f"expected an object, got {kind_of(row)}; write one object a line", path, line)
    return row


def _json_rows(path: Path, on_error: Refused | None) -> Iterator[tuple[int, Row]]:
    for line, content in enumerate(read_lines(path), start=1):
        if content.isspace():
            continue
        try:
            row = parse_json_row(content, path, line)
        except AnnotationError as error:
            if on_error is None:
                raise
            on_error(error)
        else:
            yield line, row


def _table_rows(path: Path, suffix: str, on_error: Refused | None) -> Iterator[tuple[int, Row]]:
    lines = read_lines(path)
    first = next(lines, "")
    table = csv.reader(chain([first], lines), delimiter=delimiter_of(suffix, first), strict=True)
    header: list[str] | None = None
    line = 1
    while True:
        try:
            cells = next(table)
            start, line = line, table.line_num + 1
            if not any(cells):
                continue
            if header is None:
                header = _check_header([name.strip() for name in cells], path, start)
                continue
            row = _interpret(header, cells, path, start)
        except StopIteration:
            return
        except csv.Error as error:
            hint = 'quote fields that hold a delimiter, " or a line break, and write " as ""'
            broken = AnnotationError(f"{error}; {hint}", path=path, line=line)
            if on_error is None:
                raise broken from None
            # What follows a broken quotation cannot be told apart.
            on_error(broken)
            return
        except AnnotationError as error:
            if on_error is None or header is None:
                raise
            on_error(error)
        else:
            yield start, row


def _check_header(header: list[str], path: Path, line: int) -> list[str]:
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        refuse("two columns of this name; rename one", path, line, twice)
    if "text" not in header and "id" not in header:
        hint = "name the columns in the first row; one of them is 'text'"
        refuse(f"no such column among {', '.join(header)}; {hint}", path, line, "text")
    return header


def _interpret(header: list[str], cells: list[str], path: Path, line: int) -> Row:
    if len(cells) != len(header):
        problem = f"{len(cells)} fields where the header names {len(header)}"
        refuse(f"{problem}; quote fields that hold the delimiter", path, line)
    row: Row = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
    for name in ("n", *JSON_COLUMNS):
        if name in row:
            try:
                row[name] = int(row[name]) if name == "n" else json.loads(row[name])
            except (ValueError, RecursionError):
                kind = "a whole number" if name == "n" else "JSON"
                refuse(f"expected {kind}, got '{row[name][:40]}'", path, line, name)
    if isinstance(row.get("extra"), dict):
        row.update(row.pop("extra"))
    return row


def _once(pairs: list[tuple[str, Any]]) -> Row:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"'{next(n for n in names if names.count(n) > 1)}' stands twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODE = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant).decode
