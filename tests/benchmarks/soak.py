"""An hour's traffic, squeezed: ``python -m tests.benchmarks.soak --statements 20000000``.

Statements of mixed lengths go through `classify_many` without end, faults are thrown in between,
and three things are watched: that every result comes back in its place, that memory stays flat,
and that the last stretch is as fast as the first.
"""

import gc
import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

import stance
from stance.annotations import read_annotations
from stance.resources import annotations_folder

STRETCHES = 40
SLOWER = 0.05
LARGER = 0.05


class Stretch(NamedTuple):
    """What was measured over a part of the traffic."""

    statements: int
    seconds: float
    megabytes: float

    @property
    def rate(self) -> float:
        """Statements a second."""
        return self.statements / self.seconds


class Broken(Exception):
    """Thrown by the source of the statements, as a lost connection would."""


def resident() -> float:
    """Memory of this process in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS in /proc/self/status")


def statements() -> list[str]:
    """Sentences, fragments, paragraphs and oddities, in a mix that is always the same."""
    sentences = [item.text for item in read_annotations(annotations_folder() / "train.jsonl")]
    mixed = []
    for number, text in enumerate(sentences):
        mixed.append(text)
        if number % 7 == 0:
            mixed.append(text[: number % 23])
        if number % 11 == 0:
            mixed.append(" ".join(sentences[number : number + 6]))
        if number % 97 == 0:
            mixed += ["", "?!", "\ud800", text.upper(), text.replace(" ", "\u00a0"), f"{number}"]
    mixed += ["Japan " * 2000, '"' * 5000, "日本" * 1000, "x" * 100_000]
    return mixed


def faults(expected: list[str], texts: list[str]) -> int:
    """Go through everything that can go wrong; the traffic must not notice. Returns how often."""

    def breaks_off() -> Iterator[str]:
        yield from texts[:5]
        raise Broken

    tried = 0
    for item in (None, b"bytes", 5):
        results = stance.classify_many([*texts[:50], item, *texts[:50]], chunk_size=20)  # type: ignore[list-item]
        try:
            list(results)
        except stance.StatementError as error:
            tried += error.index == 50
    try:
        list(stance.classify_many(breaks_off()))
    except Broken:
        tried += 1
    abandoned = stance.classify_many(itertools.cycle(texts))
    tried += [str(label) for label in itertools.islice(abandoned, 3)] == expected[:3]
    del abandoned
    try:
        stance.load("/nonexistent")
    except stance.ModelError:
        tried += 1
    if tried != 6:
        raise click.ClickException("a fault did not show as the documented error")
    return tried


def stretches(count: int, size: int, n_jobs: int) -> Iterator[Stretch]:
    """Send `count` statements through in stretches, checking every result."""
    texts = statements()
    expected = [str(stance.classify(text)) for text in texts]
    source = itertools.cycle(texts)
    answers = itertools.cycle(expected)
    left = count
    while left > 0:
        part = min(size, left)
        begun = time.perf_counter()
        found = stance.classify_many(itertools.islice(source, part), n_jobs=n_jobs)
        right = sum(map(str.__eq__, found, itertools.islice(answers, part)))
        seconds = time.perf_counter() - begun
        if right != part:
            raise click.ClickException(f"{part - right} of {part} results lost or out of place")
        left -= part
        faults(expected, texts)
        gc.collect()
        yield Stretch(part, seconds, resident())


@click.command()
@click.option("--statements", "count", default=20_000_000, show_default=True)
@click.option("--jobs", default=1, show_default=True, help="Workers of classify_many.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the figures there as JSON.")
@click.option("--strict/--no-strict", default=True, help="Fail when speed or memory drift.")
def main(count: int, jobs: int, out: Path | None, strict: bool) -> None:
    """Send statements through for as long as it takes, and say how it went."""
    seen: list[Stretch] = []
    for stretch in stretches(count, max(1, count // STRETCHES), jobs):
        seen.append(stretch)
        click.echo(f"{sum(s.statements for s in seen):>12,}  {stretch.rate:>9,.0f}/s", nl=False)
        click.echo(f"  {stretch.megabytes:7.1f} MB")
    # The first tenth warms caches up; speed is a median, so that one disturbance does not count.
    warm = seen[len(seen) // 10 :]
    part = max(1, len(warm) // 4)
    first, last = (median(s.rate for s in some) for some in (warm[:part], warm[-part:]))
    memory = [median(s.megabytes for s in some) for some in (warm[:part], warm[-part:])]
    figures = {
        "statements": sum(stretch.statements for stretch in seen),
        "seconds": round(sum(stretch.seconds for stretch in seen), 1),
        "rate_first": round(first),
        "rate_last": round(last),
        "memory_first": round(memory[0], 1),
        "memory_last": round(memory[1], 1),
        "faults": 6 * len(seen),
        "jobs": jobs,
    }
    click.echo(json.dumps(figures))
    if out is not None:
        out.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    if strict and (last < first * (1 - SLOWER) or memory[1] > memory[0] * (1 + LARGER)):
        click.echo("speed or memory drifted", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
