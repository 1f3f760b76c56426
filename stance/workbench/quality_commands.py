"""Commands that look annotations over: check, agreement, adjudication, review."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stance.cli import JOBS
from stance.workbench.options import (
    EXISTING,
    EXISTING_FILE,
    NEW_FILE,
    default_annotations,
    protect,
    replacing,
)

if TYPE_CHECKING:
    from stance.agreement import Agreement

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command(
    epilog="""\b
Examples:
  stance annotations check
  stance annotations check mine --fix""",
)
@click.argument("path", type=EXISTING, required=False)
@click.option("--fix", is_flag=True, help="Mend what needs no judgement, then check.")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@_as_json
def check(path: Path | None, fix: bool, strict: bool, as_json: bool) -> int:
    """Check a folder or file of annotations; the packaged ones by default.

    Exit code 1 where an error was found.
    """
    from stance.workbench.check import check_annotations
    from stance.workbench.mend import mend_annotations

    path = default_annotations(path)
    if fix:
        for part, done in mend_annotations(path).items():
            told = ", ".join(f"{number} {kind}" for kind, number in done.most_common())
            click.echo(f"{part}: mended {told or 'nothing'}", err=True)
    report = check_annotations(path)
    if as_json:
        click.echo(json.dumps([finding.record() for finding in report.findings], indent=1))
    else:
        for line in (*report.findings, *report.parts):
            click.echo(line)
        errors = len(report.errors)
        click.echo(f"{errors} errors, {len(report.findings) - errors} warnings")
    return 1 if report.errors or (strict and report.findings) else 0


@click.command(
    epilog="""\b
Examples:
  stance annotations agreement annotations/test.jsonl
  stance annotations agreement ann.jsonl bo.jsonl --dividing 20""",
)
@click.argument("files", type=EXISTING_FILE, nargs=-1, required=True)
@click.option("--draws", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--dividing",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="How many of the sentences that divide annotators to show.",
)
@_as_json
def agreement(files: tuple[Path, ...], draws: int, seed: int, dividing: int, as_json: bool) -> None:
    """How far annotators agree, with 95% bootstrap intervals.

    FILES hold judgements in the long format (id, annotator, label, date, note), or sentences
    with votes in `labels`. A label that names no annotator is nobody's, and does not count.
    """
    from stance.agreement import measure_agreement
    from stance.workbench.judgements import collect_judgements, count_votes

    judgements = collect_judgements(files, _warn)
    votes = count_votes(judgements)
    found = measure_agreement(votes, draws=draws, seed=seed)
    if as_json:
        click.echo(json.dumps(_agreement_record(found), indent=1, ensure_ascii=False))
        return
    _show_agreement(found)
    texts = {judgement.id: judgement.text for judgement in judgements if judgement.text}
    for item in found.dividing[:dividing]:
        said = ", ".join(f"{name} {label}" for name, label in votes[item].items())
        click.echo(f"{item}: {said}\n    {texts.get(item, '')}")


@click.command(
    epilog="""\b
Examples:
  stance annotations adjudicate ann.jsonl bo.jsonl cy.jsonl --out mine/train.jsonl
  stance annotations adjudicate ann.jsonl bo.jsonl --undecided split.jsonl --out train.jsonl
  stance annotations adjudicate ann.jsonl cy.jsonl --adjudicator cy --out train.jsonl --append""",
)
@click.argument("files", type=EXISTING_FILE, nargs=-1, required=True)
@click.option("--out", type=NEW_FILE, required=True, help="Annotation file to write.")
@click.option("--adjudicator", default="", help="Annotator whose label decides.")
@click.option("--sentences", type=EXISTING_FILE, help="File with the sentences' other fields.")
@click.option("--undecided", type=NEW_FILE, help="Write sentences without a majority here.")
@click.option("--append", is_flag=True, help="Add to the output; same ids are replaced.")
@replacing
def adjudicate(
    files: tuple[Path, ...],
    out: Path,
    adjudicator: str,
    sentences: Path | None,
    undecided: Path | None,
    append: bool,
    force: bool,
) -> None:
    """Label each sentence by majority, or by an adjudicator, and keep every vote.

    FILES are as `agreement` takes them.
    """
    from stance.rows import read_rows
    from stance.workbench.adjudicate import adjudicate as decide
    from stance.workbench.adjudicate import read_sentences
    from stance.workbench.files import write_rows
    from stance.workbench.judgements import collect_judgements

    inputs = [*files] if sentences is None else [*files, sentences]
    protect(out, force or append, inputs)
    if undecided is not None:
        protect(undecided, force, inputs)
        if undecided.resolve() == out.resolve():
            raise click.UsageError("--undecided names the file of --out; name another file")
    known = {} if sentences is None else read_sentences(sentences)
    judgements = collect_judgements(files, _warn)
    done = decide(judgements, sentences=known, adjudicator=adjudicator)
    rows = list(done.rows)
    if append and out.exists():
        fresh = {row["id"] for row in rows}
        rows = [row for _, row in read_rows(out) if row.get("id") not in fresh] + rows
    write_rows(out, rows)
    if undecided is not None:
        write_rows(undecided, done.undecided)
    click.echo(
        f"{out}: {len(done.rows)} decided, {len(done.undecided)} without a majority, "
        f"{len(done.set_aside)} set aside"
    )


@click.command(
    epilog="""\b
Examples:
  stance annotations review --top 50
  stance annotations review mine --out suspects.jsonl""",
)
@click.argument("path", type=EXISTING, required=False)
@click.option("--top", type=click.IntRange(min=1), default=100, show_default=True)
@click.option("--out", type=NEW_FILE, help="Write them as JSONL, CSV or TSV instead of printing.")
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Times to cross-validate; more make the ranking steadier.",
)
@click.option("--jobs", type=JOBS, default=1, show_default=True, help="Processes; -1 for all.")
@click.option("--model", metavar="DIR", help="Model that names the words that decided.")
@replacing
def review(
    path: Path | None,
    top: int,
    out: Path | None,
    rounds: int,
    jobs: int,
    model: str | None,
    force: bool,
) -> None:
    """Rank training labels that are likely wrong.

    Every sentence is judged by models that have not seen its group; a label stands out where
    they confidently give another. The words that speak for it come from --model, and for the
    packaged annotations from the packaged model.
    """
    from stance.annotations import find_parts, read_corpus
    from stance.api import chosen_model
    from stance.lexicon import read_sources
    from stance.workbench.files import write_rows
    from stance.workbench.review import find_suspects, pipeline_out_of_fold, weigh_words

    annotations = default_annotations(path)
    if out is not None:
        protect(out, force, find_parts(annotations))
    corpus = read_corpus(annotations)
    sources = read_sources(corpus.names, corpus.cues, corpus.target)
    suspects = find_suspects(
        corpus.train,
        pipeline_out_of_fold(sources, rounds=rounds, jobs=jobs),
        evidence=weigh_words(chosen_model(model).assess) if model or path is None else None,
        top=top,
    )
    if out is not None:
        write_rows(out, [suspect.record() for suspect in suspects])
        click.echo(f"{out}: {len(suspects)} suspects")
        return
    for suspect in suspects:
        item = suspect.annotation
        click.echo(
            f"{item.id}: {item.label} ({suspect.given:.2f}), rather {suspect.suggested} "
            f"({suspect.rival:.2f}): {', '.join(suspect.words)}".rstrip(": ")
            + f"\n    {item.text}"
        )


def _warn(told: str) -> None:
    click.echo(told, err=True)


def _agreement_record(found: "Agreement") -> object:
    from dataclasses import asdict

    from stance.evaluation import plain

    record: dict[str, Any] = asdict(found)
    for pair in record["pairs"]:
        cells = pair["confusion"].items()
        pair["confusion"] = [[*labels, number] for labels, number in cells]
    return plain(record)


def _show_agreement(found: "Agreement") -> None:
    from stance.labels import LABELS

    click.echo(
        f"{found.sentences:,} sentences, {found.judgements:,} judgements by "
        f"{', '.join(found.annotators)}; 95% intervals in brackets\n"
    )
    figures = {
        "Krippendorff's alpha": found.alpha,
        "Fleiss' kappa": found.fleiss,
        "observed agreement": found.observed,
        **{f"agreement on {label}": figure for label, figure in found.labels.items()},
    }
    for name, figure in figures.items():
        click.echo(f"{name:<24} {'-' if figure is None else figure}")
    for pair in found.pairs:
        click.echo(f"\n{pair.first} and {pair.second}, {pair.sentences:,} sentences")
        click.echo(f"  observed agreement     {pair.observed}")
        click.echo(f"  Cohen's kappa          {pair.kappa}")
        heads = "".join(f"{label.value:>12}" for label in LABELS)
        click.echo(f"  {pair.first[:12]:>12} \\ {pair.second[:12]:<12}{heads}".rstrip())
        for given in LABELS:
            cells = "".join(f"{pair.confusion.get((given, other), 0):>12}" for other in LABELS)
            click.echo(f"  {given:>12}{'':15}{cells}")
    click.echo(f"\n{len(found.dividing)} sentences divide the annotators")
