"""Commands for labelling: start a project, choose sentences, label them."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from stance.output import refuse_inputs
from stance.workbench.options import (
    EXISTING,
    EXISTING_FILE,
    NEW_FILE,
    default_annotations,
    protect,
    replacing,
)

_model = click.option(
    "--model", metavar="DIR", help="Folder of a model; the packaged one by default."
)


@click.command(
    epilog="""\b
Examples:
  stance annotations init greece-turkey --first Greece --second Turkey""",
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--first", required=True, help="One side, such as Greece.")
@click.option("--second", required=True, help="The other side, such as Turkey.")
def init(folder: Path, first: str, second: str) -> None:
    """Lay out a project of your own about the ties of two sides."""
    from stance.workbench.project import start_project

    for path in start_project(folder, first, second):
        click.echo(path)
    click.echo("Next: complete CODEBOOK.md, add names to names.tsv, label sentences.")


@click.command(
    epilog="""\b
Keys: s supportive, k skeptical, n neutral, x skip, u unsure, m note, z undo, r rules, q quit.
\b
Examples:
  stance annotations annotate pool.jsonl --annotator ann --out ann.jsonl""",
)
@click.argument("pool", type=EXISTING_FILE)
@click.option("--out", type=NEW_FILE, required=True, help="JSONL file of judgements; added to.")
@click.option("--annotator", required=True, help="Your name or initials.")
@click.option(
    "--codebook", type=EXISTING_FILE, help="The one beside POOL by default, else the packaged one."
)
@click.option(
    "--guess", is_flag=True, help="Show the model's label after you gave yours, never before."
)
@_model
def annotate(
    pool: Path, out: Path, annotator: str, codebook: Path | None, guess: bool, model: str | None
) -> None:
    """Label the sentences of POOL in the terminal, one key each.

    POOL is a text file with a sentence a line, or JSONL, CSV or TSV with a field `text`. Labels
    it may carry stay hidden. Every judgement is on disk before the next sentence is shown, and
    the same command goes on where you stopped.
    """
    from stance.workbench.annotate import Log
    from stance.workbench.annotate import annotate as ask
    from stance.workbench.codebook import read_codebook
    from stance.workbench.pool import read_pool

    if not sys.stdin.isatty():
        raise click.UsageError("annotate needs a terminal; run it without a pipe")
    refuse_inputs(out, [pool])
    beside = pool.parent / "CODEBOOK.md"
    chosen = codebook or (beside if beside.is_file() else None)
    book = read_codebook(chosen or default_annotations(None) / "CODEBOOK.md")
    if chosen is None:
        click.echo(f"The packaged codebook is used; name yours with --codebook.\n{book.title}\n")
    log = Log(out, annotator)
    try:
        ask(list(read_pool(pool)), log, book, guess=_guesser(model) if guess else None)
    finally:
        log.close()


@click.command(
    epilog="""\b
Examples:
  stance annotations suggest texts --annotations mine --random-share 1 --out mine/pool.jsonl
  stance annotations suggest texts --annotations mine --model my-model --out mine/more.jsonl""",
)
@click.argument("pool", type=EXISTING)
@click.option("--count", type=click.IntRange(min=1), default=100, show_default=True)
@click.option("--out", type=NEW_FILE, required=True, help="JSONL, CSV or TSV file to write.")
@click.option(
    "--annotations",
    type=EXISTING,
    help="What is labelled already, a folder or file; the packaged annotations by default.",
)
@click.option(
    "--random-share",
    type=click.FloatRange(0, 1),
    default=0.2,
    show_default=True,
    help="Share drawn at random, for an honest evaluation.",
)
@click.option("--seed", default=0, show_default=True)
@click.option("--verbose", is_flag=True, help="Print each sentence with the model's reason.")
@_model
@replacing
def suggest(
    pool: Path,
    count: int,
    out: Path,
    annotations: Path | None,
    random_share: float,
    seed: int,
    verbose: bool,
    model: str | None,
    force: bool,
) -> None:
    """Choose sentences of POOL to label next: where the model is torn, and some at random.

    POOL is a text file with a sentence a line, JSONL, CSV or TSV with a field `text`, or a
    folder of documents, which are divided into sentences.

    For another pair of countries name your own --annotations and --model; while there is no such
    model, --random-share 1 keeps the packaged one from choosing.

    The reason stands in the field `suggested`; the model's probabilities are printed with
    --verbose only, so that whoever labels does not meet them.
    """
    from collections import Counter

    from stance.annotations import find_parts
    from stance.api import chosen_model
    from stance.workbench.files import write_rows
    from stance.workbench.pool import read_pool
    from stance.workbench.suggest import suggest as choose

    labelled = find_parts(default_annotations(annotations))
    protect(out, force, [pool, *labelled])
    chosen = choose(
        read_pool(pool),
        chosen_model(model).probabilities_many,
        count,
        known={row["text"] for part in labelled for row in read_pool(part)},
        random_share=random_share,
        seed=seed,
    )
    write_rows(out, [suggestion.record() for suggestion in chosen])
    reasons = Counter(suggestion.reason for suggestion in chosen)
    told = ", ".join(f"{number} {reason}" for reason, number in reasons.most_common())
    fewer = "; the pool holds no more new ones" if 0 < len(chosen) < count else ""
    click.echo(f"{out}: {len(chosen)} sentences ({told or 'the pool holds nothing new'}){fewer}")
    if verbose:
        for suggestion in chosen:
            click.echo(f"{suggestion.reason}\t{suggestion.told}\t{suggestion.row['text']}")


def _guesser(folder: str | None) -> Callable[[str], str]:
    from stance.api import chosen_model

    model = chosen_model(folder)

    def guess(text: str) -> str:
        seen = model.assess(text)
        return f"{seen.label} {seen.confidence:.2f}"

    return guess
