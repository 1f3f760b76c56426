"""Command ``stance read``: documents from files, folders or standard input."""

import re
import shutil
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stance.cli import JOBS
from stance.errors import StanceError
from stance.output import csv_row, json_row, refuse_inputs
from stance.reading.documents import Document, DocumentError, find_documents, load_document

if TYPE_CHECKING:
    from stance.reading.reading import Reading

Row = dict[str, Any]
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_NARROWEST = 12
_WIDEST = 30


@click.command(
    epilog="""\b
Examples:
  stance read article.txt
  stance read article.html --html article-read.html
  stance read articles/ --by document --format csv > articles.csv
  pbpaste | stance read - --format jsonl"""
)
@click.argument("files", nargs=-1, type=click.Path(allow_dash=True, path_type=Path))
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "jsonl", "csv"]),
    default="table",
    show_default=True,
)
@click.option(
    "--by",
    type=click.Choice(["statement", "holder", "document"]),
    help="What a row is; default: holder in a table, statement otherwise.",
)
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path),
    help="Write a page to look at; without a suffix, a folder of pages.",
)
@click.option("--encoding", help="Encoding of the files; default: what they declare, else UTF-8.")
@click.option("--model", type=click.Path(exists=True, file_okay=False), help="Model folder.")
@click.option(
    "--jobs", type=JOBS, default=1, show_default=True, help="Worker processes; -1 for every core."
)
def read(
    files: tuple[Path, ...],
    style: str,
    by: str | None,
    page: Path | None,
    encoding: str | None,
    model: str | None,
    jobs: int,
) -> None:
    """Say who says what in documents: FILES are texts, HTML pages or folders of them.

    Without FILES, or for -, standard input is read.
    """
    paths = list(find_documents(files or (Path("-"),)))
    if page is not None:
        if len(paths) > 1 and page.suffix:
            raise click.UsageError(
                f"--html {page} names one page; name a folder for {len(paths)} documents"
            )
        refuse_inputs(page, paths)
    unreadable: list[DocumentError] = []
    pairs = read_documents(paths, encoding, model, jobs, unreadable.append)
    if page is not None:
        pairs = _with_pages(pairs, page, paths)
    unit = by or ("holder" if style == "table" else "statement")
    for line in render(pairs, style, unit):
        click.echo(line)
    if len(paths) == 1 and unreadable:
        raise unreadable[0]
    for error in unreadable:
        click.echo(f"left out: {error}", err=True)
    if unreadable:
        raise StanceError(f"{len(unreadable)} of {len(paths)} documents could not be read")


def read_documents(
    paths: Iterable[Path],
    encoding: str | None,
    model: str | None,
    jobs: int,
    on_error: Callable[[DocumentError], object],
) -> "Iterator[tuple[Document, Reading]]":
    """Read files in order, holding no more than a few chunks of them.

    What cannot be read is left out, its error handed to `on_error`.
    """
    from stance.api import chosen_model
    from stance.reading.reading import read_many

    waiting: deque[Document] = deque()

    def texts() -> Iterator[str]:
        for path in paths:
            try:
                document = load_document(path, encoding)
            except DocumentError as error:
                on_error(error)
                continue
            waiting.append(document)
            yield document.text

    for reading in read_many(texts(), model=chosen_model(model), n_jobs=jobs):
        yield waiting.popleft(), reading


def _with_pages(
    pairs: "Iterable[tuple[Document, Reading]]", page: Path, paths: Sequence[Path]
) -> "Iterator[tuple[Document, Reading]]":
    taken = {path.resolve() for path in paths}
    for document, reading in pairs:
        target = page
        if not page.suffix:
            page.mkdir(parents=True, exist_ok=True)
            stem = Path(document.name).stem if document.name != "standard input" else "stdin"
            target = next(p for p in _candidates(page, stem) if p.resolve() not in taken)
            taken.add(target.resolve())
        target.write_text(reading.to_html(), encoding="utf-8")
        click.echo(f"{document.name}: page in {target}", err=True)
        yield document, reading


def _candidates(folder: Path, stem: str) -> Iterator[Path]:
    yield folder / f"{stem}.html"
    number = 2
    while True:
        yield folder / f"{stem}-{number}.html"
        number += 1


def render(pairs: "Iterable[tuple[Document, Reading]]", style: str, unit: str) -> Iterator[str]:
    """Lines of output."""
    if style == "table":
        yield from _tables(pairs, unit)
        return
    rows = (row for document, reading in pairs for row in rows_of(document.name, reading, unit))
    if style == "jsonl":
        for row in rows:
            yield json_row(row)
        return
    header: list[str] = []
    for row in rows:
        if not header:
            header = list(row)
            yield csv_row(header)
        yield csv_row(row.values())


def rows_of(name: str, reading: "Reading", unit: str) -> list[Row]:
    """One dict a statement, a holder or the document."""
    if unit == "statement":
        return [{"document": name, **row} for row in reading.rows()]
    if unit == "holder":
        return [{"document": name, **summary._asdict()} for summary in reading.by_holder()]
    seen = reading.distribution()
    row: Row = {"document": name, **seen._asdict()}
    means = row.pop("mean_probabilities")
    row.update({f"mean_{label.value}": value for label, value in means.items()})
    row["boilerplate"] = len(reading.asides)
    return [row]


def _tables(pairs: "Iterable[tuple[Document, Reading]]", unit: str) -> Iterator[str]:
    if unit == "document":
        rows = [_document_cells(document, reading) for document, reading in pairs]
        yield from table(["document", "statements", "+", "-", "neutral", "off topic"], rows)
        return
    for number, (document, reading) in enumerate(pairs):
        if number:
            yield ""
        yield printable(document.name)
        if unit == "holder":
            header = ["holder", "statements", "+", "-", "neutral", "off topic", "net", "95% range"]
            yield from table(header, [_holder_cells(summary) for summary in reading.by_holder()])
        else:
            header = ["statement", "holder", "kind", "stance", "sure"]
            yield from table(header, [_statement_cells(statement) for statement in reading])


def _document_cells(document: Document, reading: "Reading") -> list[str]:
    seen = reading.distribution()
    counts = (seen.statements, seen.supportive, seen.skeptical, seen.neutral, seen.off_topic)
    return [document.name, *map(str, counts)]


def _holder_cells(summary: Any) -> list[str]:
    counts = (
        summary.statements,
        summary.supportive,
        summary.skeptical,
        summary.neutral,
        summary.off_topic,
    )
    range_ = f"{summary.low:+.2f} to {summary.high:+.2f}"
    return [summary.holder, *map(str, counts), f"{summary.net:+.2f}", range_]


def _statement_cells(statement: Any) -> list[str]:
    sure = f"{statement.assessment.confidence:.2f}"
    return [statement.text, statement.holder, statement.kind.value, statement.label.value, sure]


def table(header: list[str], rows: list[list[str]]) -> Iterator[str]:
    """Lines of a table; the first column takes what room the others, cut short, leave it."""
    cells = [header, *([printable(cell) for cell in row] for row in rows)]
    widths = [max(map(columns, column)) for column in zip(*cells, strict=True)]
    widths[1:] = [min(width, _WIDEST) for width in widths[1:]]
    others = sum(widths[1:]) + 2 * (len(widths) - 1)
    widths[0] = max(
        _NARROWEST, min(widths[0], shutil.get_terminal_size((100, 24)).columns - others)
    )
    for number, row in enumerate(cells):
        first = _padded(row[0], widths[0])
        rest = [
            _padded(cell, width)
            if _is_wording(header[place])
            else " " * (width - columns(cell)) + cell
            for place, (cell, width) in enumerate(zip(row[1:], widths[1:], strict=True), start=1)
        ]
        yield "  ".join([first, *rest]).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)


def _is_wording(name: str) -> bool:
    return name in ("holder", "kind", "stance")


def printable(text: str) -> str:
    """Text without line breaks and what would steer the terminal."""
    return _UNPRINTABLE.sub(" ", text).strip()


def columns(text: str) -> int:
    """Width in a terminal."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(bool(unicodedata.combining(char)) for char in text)


def _padded(text: str, width: int) -> str:
    if columns(text) > width:
        while columns(text) > width - 1:
            text = text[:-1]
        text = text.rstrip() + "…"
    return text + " " * (width - columns(text))
