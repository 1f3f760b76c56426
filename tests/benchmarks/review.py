"""Does `stance annotations review` find label errors? Plant some and see.

Flips 3% of the training labels and prints how many of the first suspects are planted, and how
many of the planted are among the suspects:

    python -m tests.benchmarks.review --seeds 3

A suspect that was not planted counts against precision even where its label is wrong indeed, so
the figures are a lower bound.
"""

import random
from dataclasses import replace
from pathlib import Path

import click

from stance.annotations import Annotation, read_corpus
from stance.labels import LABELS
from stance.lexicon import read_sources
from stance.resources import annotations_folder
from stance.workbench.review import find_suspects, pipeline_out_of_fold

CUTS = (20, 50, 100, 300)


def plant(items: list[Annotation], share: float, seed: int) -> tuple[list[Annotation], set[str]]:
    """Annotations with a share of their labels flipped, and the ids of those."""
    generator = random.Random(seed)
    planted = set(generator.sample([item.id for item in items], round(share * len(items))))
    flipped = [
        replace(item, label=generator.choice([label for label in LABELS if label != item.label]))
        if item.id in planted
        else item
        for item in items
    ]
    return flipped, planted


@click.command()
@click.option("--annotations", type=click.Path(exists=True, path_type=Path))
@click.option("--share", default=0.03, show_default=True)
@click.option("--seeds", default=3, show_default=True)
@click.option("--rounds", default=2, show_default=True)
@click.option("--jobs", default=1, show_default=True)
def main(annotations: Path | None, share: float, seeds: int, rounds: int, jobs: int) -> None:
    """Plant label errors and print how many are found."""
    corpus = read_corpus(annotations or annotations_folder())
    sources = read_sources(corpus.names, corpus.cues, corpus.target)
    heads = "".join(f"{f'p@{cut}':>8}" for cut in CUTS)
    click.echo(f"seed planted suspects{heads}  recall  recall in twice as many")
    for seed in range(seeds):
        items, planted = plant(list(corpus.train), share, seed)
        found = find_suspects(items, pipeline_out_of_fold(sources, rounds=rounds, jobs=jobs))
        hits = [suspect.annotation.id in planted for suspect in found]
        precision = "".join(f"{sum(hits[:cut]) / cut:8.2f}" for cut in CUTS)
        recall = sum(hits) / len(planted)
        early = sum(hits[: 2 * len(planted)]) / len(planted)
        click.echo(f"{seed:4} {len(planted):7} {len(found):8}{precision}{recall:8.2f}{early:8.2f}")


if __name__ == "__main__":
    main()
