"""The table of speeds: ``python -m tests.benchmarks.speed``.

Everything compared is compared within one run, on the same machine and texts, in alternating
rounds; ratios are medians over the rounds. ``--quick`` checks ratios only, with generous margins.
"""

import json
import os
import platform
import statistics
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import click

import stance
from stance.annotations import Annotation, read_corpus
from stance.cli import run
from stance.resources import annotations_folder, model_folder
from tests.benchmarks.clocks import ROOT, Process, alternate, python, ratio, slope, stream
from tests.benchmarks.peers import PEERS, Peer

SENTENCES = 20_000
QUICK_SENTENCES = 3_000

# Repeated without end, each has slowed some tokeniser down.
HOSTILE = {
    "quotation marks": '"',
    "hyphens": "-",
    "apostrophes": "'",
    "dots": ".",
    "combining marks": "\u0301",
    "letters with marks": "a\u0301\u0316",
    "clitics": "’s",
    "digits and commas": "1,",
    "brackets": "(",
    "spaces": " ",
    "line breaks": "\n",
    "letters": "a",
    "negators": "not ",
    "a name": "Japan ",
    "the start of names": "South Sea of ",
}

COLD = {
    "python -c pass": "pass",
    "import stance": "import stance",
    "stance.classify": "import stance; stance.classify('Tokyo and Moscow resumed talks.')",
    "import scikit-learn": "import sklearn.feature_extraction.text, sklearn.linear_model",
    "import nltk": "import nltk",
}


class Line(NamedTuple):
    """A line of the table.

    Attributes
    ----------
    figure, shown : str
        What was measured, and what came out.
    ratio : float or None
        What the limits are about.
    goal, limit : float or None
        What is aimed at; what ``--quick`` holds it to. At least, if `more`, else at most.
    """

    figure: str
    shown: str
    ratio: float | None = None
    goal: float | None = None
    limit: float | None = None
    more: bool = False

    def misses(self, bound: float | None) -> bool:
        if self.ratio is None or bound is None:
            return False
        return self.ratio < bound if self.more else self.ratio > bound

    def markdown(self) -> str:
        sign = "≥" if self.more else "≤"
        goal = "" if self.goal is None else f"{sign} {self.goal:g}"
        met = "" if self.goal is None else ("no" if self.misses(self.goal) else "yes")
        number = "" if self.ratio is None else f"{self.ratio:.2f}"
        return f"| {self.figure} | {self.shown} | {number} | {goal} | {met} |"


def surroundings() -> dict[str, str]:
    """Machine and versions."""
    processor = platform.processor() or platform.machine()
    try:
        with Path("/proc/cpuinfo").open() as lines:
            processor = next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass
    found = {
        "machine": f"{processor}, {os.cpu_count()} cores, {platform.system()}",
        "load": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
        "Python": platform.python_version(),
        "stance": stance.__version__,
    }
    packages = "numpy scikit-learn joblib nltk fasttext-community vaderSentiment textblob"
    for package in packages.split():
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def available(train: Sequence[Annotation]) -> list[Peer]:
    """Peers that are installed, trained where they learn."""
    found = []
    for name, make in PEERS.items():
        try:
            found.append(make(train))
        except ImportError as error:
            click.echo(f"{name} left out: {error}", err=True)
    return found


def bulk(texts: Sequence[str], peers: Sequence[Peer], rounds: int) -> Iterator[Line]:
    """Sentences a second on one core."""
    actions: dict[str, Callable[[], Any]] = {
        "stance": lambda: list(stance.classify_many(texts, n_jobs=1))
    }
    actions.update({peer.name: lambda peer=peer: peer.many(texts) for peer in peers})
    taken = alternate(actions, rounds)
    bounds = {"fastText binding": (1.0, 0.5), "scikit-learn pipeline": (1.0, 0.8)}
    yield Line("classify_many, one core", f"{_rate(texts, taken['stance'])} sentences/s")
    for peer in peers:
        goal, limit = bounds.get(peer.name, (1.0, 1.0))
        yield Line(
            f"… as a multiple of {peer.name}",
            f"{_rate(texts, taken[peer.name])} sentences/s",
            ratio(taken[peer.name], taken["stance"]),
            goal,
            limit,
            more=True,
        )


def single(texts: Sequence[str], peers: Sequence[Peer], rounds: int) -> Iterator[Line]:
    """One warm call at a time."""

    def each(one: Callable[[str], Any]) -> Callable[[], None]:
        def loop() -> None:
            for text in texts:
                one(text)

        return loop

    actions = {"classify": each(stance.classify), "assess": each(stance.assess)}
    actions.update({peer.name: each(peer.one) for peer in peers if peer.one})
    taken = alternate(actions, rounds)
    micro = {name: statistics.median(s) / len(texts) * 1e6 for name, s in taken.items()}
    yield Line("classify, warm, µs", f"{micro['classify']:.0f} µs", micro["classify"], 60)
    yield Line(
        "assess ÷ classify",
        f"{micro['assess']:.0f} µs",
        ratio(taken["assess"], taken["classify"]),
        3,
        6,
    )
    bounds = {"scikit-learn pipeline": (0.1, 0.3)}
    for peer in peers:
        if peer.one:
            yield Line(
                f"classify ÷ one call of {peer.name}",
                f"{micro[peer.name]:.0f} µs",
                ratio(taken["classify"], taken[peer.name]),
                *bounds.get(peer.name, ()),
            )


def cold(rounds: int) -> Iterator[Line]:
    """Whole processes: best time, peak of memory."""
    seen: dict[str, list[Process]] = {name: [] for name in COLD}
    for number in range(rounds + 1):
        for name, code in COLD.items():
            found = python(code)
            if number:  # the first time, modules may have to be compiled
                seen[name].append(found)
    best = {name: min(found.seconds for found in runs) for name, runs in seen.items()}
    peak = {name: max(found.megabytes for found in runs) for name, runs in seen.items()}

    def shown(name: str) -> str:
        return f"{best[name] * 1000:.0f} ms, {peak[name]:.0f} MB"

    yield Line("python -c pass", shown("python -c pass"))
    allowed = 1.3 * best["python -c pass"] + 0.030
    name = "import stance"
    yield Line("import stance ÷ (1.3 × pass + 30 ms)", shown(name), best[name] / allowed, 1, 2)
    name = "stance.classify"
    yield Line("cold classify, s", shown(name), best[name], 0.30)
    yield Line("cold classify, MB", shown(name), peak[name], 80, 120)
    for other, limit in (("import scikit-learn", 0.8), ("import nltk", 1.0)):
        yield Line(f"cold classify ÷ {other}", shown(other), best[name] / best[other], 1, limit)


def sizes() -> Iterator[Line]:
    """The model on disk, and about what a wheel weighs."""
    files = [path for path in model_folder().iterdir() if path.is_file()]
    megabytes = sum(path.stat().st_size for path in files) / 2**20
    yield Line("model on disk, MB", f"{len(files)} files", megabytes, 5, 5)
    parts = [
        folder for name in ("stance", "models", "annotations") if (folder := ROOT / name).is_dir()
    ]
    held = [path for folder in parts for path in folder.rglob("*") if path.is_file()]
    held = [path for path in held if "__pycache__" not in path.parts]
    wheel = sum(len(zlib.compress(path.read_bytes(), 6)) for path in held) / 2**20
    yield Line("wheel, MB", f"{len(held)} files, deflated", wheel, 8, 8)


def lengths(texts: Sequence[str], largest: int) -> Iterator[Line]:
    """Exponent of the cost by length: 1 is linear."""
    whole = " ".join(texts)
    whole = whole * (largest // len(whole) + 1)
    # Both far beyond the caches of a processor, else these would show as growth.
    sizes = (largest // 10, largest)
    yield Line(
        f"growth with length to {largest:,} characters",
        "running text",
        slope(stance.classify, {size: whole[:size] for size in sizes}),
        1.1,
        1.3,
    )
    for kind, action, most in (
        ("classify", stance.classify, largest),
        ("assess", stance.assess, largest // 10),
    ):
        found = {
            name: slope(action, {n: (unit * n)[:n] for n in (most // 10, most)})
            for name, unit in HOSTILE.items()
        }
        worst = max(found, key=lambda name: found[name])
        figure = f"growth of {kind} on hostile strings to {most:,}"
        yield Line(figure, f"worst of {len(found)}: {worst}", found[worst], 1.1, 1.3)


def cores(sentences: int, rounds: int) -> Iterator[Line]:
    """Two workers against none, warm."""
    pairs = [(stream(sentences, 1), stream(sentences, 2)) for _ in range(rounds)]
    wall = statistics.median(one["seconds"] / two["seconds"] for one, two in pairs)
    # On a machine with nothing else to do, two cores would share the work like this.
    ideal = statistics.median(2 * one["processor"] / two["processor"] for one, two in pairs)
    figure = f"two cores ÷ one, {sentences:,} sentences"
    yield Line(f"{figure}, by the clock", "", wall, 1.8, more=True)
    yield Line(f"{figure}, by processor time", "", ideal, 1.8, 1.4, more=True)


def memory(lines: int) -> Iterator[Line]:
    """Growth of the peak over a long stream, after its beginning."""
    mark = min(100_000, lines // 4)
    found = stream(lines, 1, mark)
    yield Line(
        f"MB gained over {lines:,} statements after the first {mark:,}",
        f"peak {found['peak']:.0f} MB, {found['seconds']:.0f} s",
        found["growth"],
        20,
        20,
    )


def retraining() -> Iterator[Line]:
    """Retraining from scratch on two cores."""
    from tempfile import TemporaryDirectory

    from stance.retrain import retrain

    with TemporaryDirectory() as folder:
        begun = time.perf_counter()
        retrain(annotations_folder(), Path(folder, "model"), jobs=2)
        seconds = time.perf_counter() - begun
    yield Line("retraining, two cores, s", "", seconds, 90)


def scaling() -> Iterator[str]:
    """Time and memory from a thousand statements to a million, as Markdown."""
    yield "| sentences | cores | s | sentences/s | processor, s | peak, MB | workers, MB |"
    yield "|---:|---:|---:|---:|---:|---:|---:|"
    for size in (1_000, 10_000, 100_000, 1_000_000):
        for jobs in (1, 2):
            found = stream(size, jobs)
            seconds = found["seconds"]
            yield (
                f"| {size:,} | {jobs} | {seconds:.2f} | {size / seconds:,.0f} "
                f"| {found['processor']:.2f} | {found['peak']:.0f} | {found['workers']:.0f} |"
            )


def _rate(texts: Sequence[str], seconds: Sequence[float]) -> str:
    return f"{len(texts) / statistics.median(seconds):,.0f}"


@click.command()
@click.option("--quick", is_flag=True, help="Check ratios only, with generous margins.")
@click.option("--scaling", "scales", is_flag=True, help="Print the table of sizes and cores only.")
@click.option("--retrain", is_flag=True, help="Time retraining too.")
@click.option("--stream", "lines", type=int, help="Lines of the long stream; default a million.")
@click.option(
    "--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write figures here."
)
def speed(quick: bool, scales: bool, retrain: bool, lines: int | None, out: Path | None) -> int:
    """Measure stance beside its peers and print a table."""
    where = surroundings()
    click.echo(", ".join(f"{name} {value}" for name, value in where.items()) + "\n")
    if scales:
        for line in scaling():
            click.echo(line)
        return 0
    rounds = 3 if quick else 5
    train = read_corpus(annotations_folder()).train
    texts = [item.text for item in train[: QUICK_SENTENCES if quick else SENTENCES]]
    peers = available(train[:QUICK_SENTENCES] if quick else train)
    click.echo("| figure | measured | number | goal | met |\n|---|---|---:|---:|---|")
    found: list[Line] = []
    for part in (
        bulk(texts, peers, rounds),
        single(texts[:300], peers, rounds),
        cold(1 if quick else rounds),
        sizes(),
        lengths(texts, 300_000 if quick else 10**7),
        cores(40_000 if quick else 200_000, 1 if quick else 3),
        memory(lines or (200_000 if quick else 10**6)),
        retraining() if retrain else (),
    ):
        for line in part:
            found.append(line)
            click.echo(line.markdown())
    if out is not None:
        rows = [line._asdict() for line in found]
        out.write_text(json.dumps({"where": where, "lines": rows}, indent=1, ensure_ascii=False))
    failed = [line for line in found if quick and line.misses(line.limit)]
    for line in failed:
        click.echo(f"{line.figure}: {line.ratio:.2f}, the limit is {line.limit:g}", err=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    run(speed)
