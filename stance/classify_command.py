"""Command ``stance classify``: statements from files or standard input."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from stance.cli import JOBS
from stance.errors import StanceError
from stance.labels import LABELS
from stance.output import csv_row, json_row, open_output, refuse_inputs, require_folder
from stance.statements import Entry, Malformed, read_statements, well_formed

if TYPE_CHECKING:
    from stance.model import Model


class Result(NamedTuple):
    """A classified entry."""

    entry: Entry
    label: str
    probabilities: tuple[float, ...] | None


FORMATS = ("text", "jsonl", "csv")
_GIVEN = {"label": "given_label", "probabilities": "given_probabilities"}


@click.command(
    epilog="""\b
Examples:
  stance classify sentences.txt
  cat sentences.txt | stance classify - --format jsonl --probabilities
  stance classify articles.csv --field headline --format csv
  stance classify --out labelled --jobs 2 shards/*.jsonl.gz --rejects rejects.jsonl"""
)
@click.argument("files", nargs=-1, type=click.Path(allow_dash=True, path_type=Path))
@click.option("--field", default="text", show_default=True, help="Field that holds the statement.")
@click.option("--format", "style", type=click.Choice(FORMATS), help="Output; default: text.")
@click.option("--probabilities", is_flag=True, help="Give the probability of each label too.")
@click.option("--model", type=click.Path(exists=True, file_okay=False), help="Model folder.")
@click.option(
    "--jobs", type=JOBS, default=1, show_default=True, help="Worker processes; -1 for all."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Archive run: write one labelled shard per input file here, resumable.",
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Put malformed lines here and go on, instead of stopping at the first.",
)
def classify(
    files: tuple[Path, ...],
    field: str,
    style: str | None,
    probabilities: bool,
    model: str | None,
    jobs: int,
    out: Path | None,
    rejects: Path | None,
) -> None:
    """Label the statements of FILES: plain text, one a line; or JSONL or CSV.

    Without FILES, or for -, standard input is read: JSONL if it starts with an object, else text.
    In JSONL and CSV a row's own fields stay; a label it came with is kept as given_label.
    Probabilities come in the order supportive, skeptical, neutral.
    """
    from stance.api import chosen_model

    if rejects is not None:
        refuse_inputs(rejects, files)
    loaded = chosen_model(model)
    if out is not None:
        from stance.archive import run_archive

        if style is not None:
            raise click.UsageError("an archive run writes JSONL; leave --format out")
        if not files or Path("-") in files:
            raise click.UsageError("an archive run needs input files, not standard input")
        run_archive(
            loaded,
            files,
            out,
            field=field,
            probabilities=probabilities,
            jobs=jobs,
            rejects=rejects,
            report=lambda line: click.echo(line, err=True),
        )
        return
    lines = chain.from_iterable(read_statements(path, field) for path in files or (Path("-"),))
    with _rejecting(rejects) as reject:
        results = label_entries(loaded, well_formed(lines, reject), probabilities, jobs)
        for line in render(results, style or "text", probabilities):
            click.echo(line)


@contextmanager
def _rejecting(path: Path | None) -> Iterator[Callable[[Malformed], None] | None]:
    """Where malformed lines go; without a file, nowhere."""
    if path is None:
        yield None
        return
    require_folder(path)
    number = 0
    with open_output(path) as stream:

        def reject(line: Malformed) -> None:
            nonlocal number
            number += 1
            stream.write(line.record() + "\n")

        yield reject
    click.echo(f"{number} malformed lines in {path}", err=True)


def label_entries(
    model: "Model", entries: Iterable[Entry], probabilities: bool, jobs: int
) -> Iterator[Result]:
    """Label entries in order, holding no more than a few chunks of them."""
    from collections import deque

    waiting: deque[Entry] = deque()

    def texts() -> Iterator[str]:
        for entry in entries:
            waiting.append(entry)
            yield entry.text

    if probabilities:
        for row in model.probabilities_many(texts(), n_jobs=jobs):
            label = LABELS[max(range(len(row)), key=row.__getitem__)]
            yield Result(waiting.popleft(), label.value, row)
    else:
        for label in model.classify_many(texts(), n_jobs=jobs):
            yield Result(waiting.popleft(), label.value, None)


def render(results: Iterable[Result], style: str, probabilities: bool) -> Iterator[str]:
    """Lines of output."""
    if style == "text":
        for result in results:
            shown = [result.label, *(f"{value:.4f}" for value in result.probabilities or ())]
            yield "\t".join(shown)
    elif style == "jsonl":
        for result in results:
            yield json_row(record(result))
    else:
        header: Collection[str] = ()
        for result in results:
            row = record(result)
            if row.pop("probabilities", None):
                values = (f"{value:.6f}" for value in result.probabilities or ())
                row |= zip(map(str, LABELS), values, strict=True)
            if not header:
                header = row.keys()
                yield csv_row(header)
            if row.keys() != header:
                raise StanceError(
                    f"a row has the fields {', '.join(row)} where the first had "
                    f"{', '.join(header)}; use --format jsonl"
                )
            yield csv_row(_cell(row[name]) for name in header)


def _cell(value: object) -> object:
    return json_row(value) if isinstance(value, dict | list) else value


def record(result: Result) -> dict[str, Any]:
    """The entry's own fields with the label, and the probabilities if there are any, added.

    A label or probabilities that the entry came with are kept as `given_label` and so on; those
    that it has already are left as they are.
    """
    fields = result.entry.fields
    row = {
        _GIVEN.get(name, name): value
        for name, value in fields.items()
        if _GIVEN.get(name) not in fields
    }
    row["label"] = result.label
    if result.probabilities is not None:
        values = (round(value, 6) for value in result.probabilities)
        row["probabilities"] = dict(zip(LABELS, values, strict=True))
    return row
