"""A public set of labelled sentences about other subjects, as a `text,label,group` file.

The source distribution of vaderSentiment carries the sentences that Hutto and Gilbert (2014,
"VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text") had twenty
people rate from -4 to 4. Fetch it and convert a part::

    pip download vaderSentiment==3.3.2 --no-deps --no-binary :all:
    python -m tests.benchmarks.public_set vaderSentiment-3.3.2.tar.gz editorials.csv
    python -m tests.benchmarks.accuracy --own-labels editorials.csv
"""

import csv
import io
import tarfile
from pathlib import Path

import click

from stance.annotations import comparable
from stance.labels import Label

PARTS = {
    "editorials": "nytEditorialSnippets",
    "films": "movieReviewSnippets",
    "products": "amazonReviewSnippets",
    "tweets": "tweets",
}
_CLEAR = 0.5


@click.command()
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--part", type=click.Choice(list(PARTS)), default="editorials", show_default=True)
def main(archive: Path, out: Path, part: str) -> None:
    """Convert a part of ARCHIVE to OUT; mean ratings within half a point of 0 are neutral."""
    seen = set()
    written = 0
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label", "group"])
        for number, rating, text in _rated(archive, PARTS[part]):
            if text.strip() and comparable(text) not in seen:
                seen.add(comparable(text))
                # Snippets of one text are numbered 7_1, 7_2, ...
                writer.writerow([text, _label(rating), number.split("_")[0]])
                written += 1
    click.echo(f"{written} sentences in {out}")


def _rated(archive: Path, name: str) -> list[tuple[str, float, str]]:
    with tarfile.open(archive) as outer:
        inner_name = next(n for n in outer.getnames() if n.endswith("hutto_ICWSM_2014.tar.gz"))
        inner = outer.extractfile(inner_name)
        if inner is None:
            raise click.ClickException(f"{inner_name} is not a file")
        with tarfile.open(fileobj=io.BytesIO(inner.read())) as rated:
            file = rated.extractfile(f"hutto_ICWSM_2014/{name}_GroundTruth.txt")
            if file is None:
                raise click.ClickException(f"{name} is not a file")
            lines = file.read().decode("utf-8", "replace").splitlines()
    rows = (line.split("\t", 2) for line in lines if line.count("\t") >= 2)
    return [(number, float(rating), text) for number, rating, text in rows]


def _label(rating: float) -> Label:
    if abs(rating) < _CLEAR:
        return Label.NEUTRAL
    return Label.SUPPORTIVE if rating > 0 else Label.SKEPTICAL


if __name__ == "__main__":
    main()
