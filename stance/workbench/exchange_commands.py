"""Commands that trade sentences with annotation tools."""

from pathlib import Path

import click

from stance.workbench.options import (
    EXISTING_FILE,
    NEW_FILE,
    default_annotations,
    protect,
    replacing,
)

_TOOLS = click.Choice(["rows", "doccano", "label-studio", "prodigy"])
_TOLD = "`rows` is CSV, TSV or JSONL, by the file's suffix."


@click.command(
    "import",
    epilog="""\b
Examples:
  stance annotations import project-1.json --from label-studio --out judged.jsonl
  stance annotations import admin.jsonl --from doccano --annotator ann --out ann.jsonl
  stance annotations import eve.csv --from rows --annotator eve --out eve.jsonl
  stance annotations import mine.csv --from rows --label pro=supportive --out mine.jsonl""",
)
@click.argument("file", type=EXISTING_FILE)
@click.option("--from", "tool", type=_TOOLS, required=True, help=f"Who wrote the file. {_TOLD}")
@click.option("--out", type=NEW_FILE, required=True, help="JSONL, CSV or TSV file to write.")
@click.option("--annotator", default="", help="Who labelled, where the file does not tell.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="THEIRS=OURS",
    help="A label that goes by another name in the file; repeat for more.",
)
@replacing
def import_(
    file: Path, tool: str, out: Path, annotator: str, labels: tuple[str, ...], force: bool
) -> None:
    """Read sentences and judgements from an annotation tool's file."""
    from collections import Counter

    from stance.workbench.exchange import read_items, write_items
    from stance.workbench.items import translate_labels

    protect(out, force, [file])
    items = read_items(file, tool, annotator=annotator, labels=translate_labels(labels))
    write_items(out, items, "rows")
    counts = Counter(judgement.verdict for item in items for judgement in item.judgements)
    told = ", ".join(f"{number} {verdict}" for verdict, number in counts.most_common())
    click.echo(f"{out}: {len(items)} sentences; judgements: {told or 'none'}")


@click.command(
    epilog="""\b
Examples:
  stance annotations export pool.jsonl --to label-studio --out tasks.json
  stance annotations export annotations/test.jsonl --to doccano --blind --out second.jsonl""",
)
@click.argument("file", type=EXISTING_FILE)
@click.option("--to", "tool", type=_TOOLS, required=True, help=f"Who will read it. {_TOLD}")
@click.option("--out", type=NEW_FILE, required=True, help="File to write.")
@click.option("--blind", is_flag=True, help="Leave out labels and judgements.")
@replacing
def export(file: Path, tool: str, out: Path, blind: bool, force: bool) -> None:
    """Write sentences for an annotation tool, with all that is known of them."""
    from stance.workbench.exchange import read_items, write_items

    protect(out, force, [file])
    items = read_items(file, "rows")
    write_items(out, items, tool, blind=blind)
    click.echo(f"{out}: {len(items)} sentences")


@click.command(
    epilog="""\b
Examples:
  stance annotations interface label-studio > interface.xml
  stance annotations interface doccano > labels.json""",
)
@click.argument("tool", type=click.Choice(["doccano", "label-studio"]))
@click.option("--codebook", type=EXISTING_FILE, help="The packaged one by default.")
def interface(tool: str, codebook: Path | None) -> None:
    """Print the labelling interface of a tool, made from the codebook.

    For Label Studio this is the labelling configuration, for doccano the file of labels.
    """
    from stance.workbench.codebook import read_codebook
    from stance.workbench.doccano import label_file
    from stance.workbench.label_studio import labelling_configuration

    if tool == "doccano":
        click.echo(label_file(), nl=False)
    else:
        book = read_codebook(codebook or default_annotations(None) / "CODEBOOK.md")
        click.echo(labelling_configuration(book), nl=False)
