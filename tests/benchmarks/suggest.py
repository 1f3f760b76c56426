"""Labels that `stance annotations suggest` saves against labelling at random, by simulation.

Starts from 500 labelled sentences, lets each strategy choose batch after batch from the rest of
the training part, retrains after each and scores the test part; over 10 seeds:

    python -m tests.benchmarks.suggest --seeds 10 --plot suggest.svg

A plain classifier (TF-IDF of words and word pairs, logistic regression) stands in for the model,
so that the hundreds of trainings take minutes. `near-copies` is what the command does, without
its random share; `uncertain` leaves out the check for near-copies; `mixed` is the command with
its default random share.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from stance.annotations import Corpus, read_corpus
from stance.resources import annotations_folder
from stance.tallies import label_indices
from stance.workbench.suggest import RANDOM_SHARE, suggest

Floats = npt.NDArray[np.float64]
START, STEP, STOP = 500, 250, 4000


class Bench:
    """Features of a corpus, made once, and what each strategy chooses from it."""

    def __init__(self, corpus: Corpus) -> None:
        vectoriser = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        self.texts = [item.text for item in corpus.train]
        self.place = {text: place for place, text in enumerate(self.texts)}
        self.features = vectoriser.fit_transform(self.texts).tocsr()
        self.labels = label_indices(corpus.train)
        self.test_features = vectoriser.transform([item.text for item in corpus.test])
        self.test_labels = label_indices(corpus.test)

    def curve(self, strategy: str, seed: int) -> list[float]:
        """Macro-F1 on the test part, before the first batch and after each."""
        generator = np.random.default_rng(seed)
        labelled = generator.choice(len(self.texts), START, replace=False).tolist()
        scores = []
        while True:
            model = LogisticRegression(C=10, max_iter=100, tol=1e-3)
            model.fit(self.features[labelled], self.labels[labelled])
            guessed = model.predict(self.test_features)
            scores.append(float(f1_score(self.test_labels, guessed, average="macro")))
            if len(labelled) >= STOP:
                return scores
            rest = np.setdiff1d(np.arange(len(self.texts)), labelled)
            labelled += self._choose(strategy, model, rest, generator)

    def _choose(
        self,
        strategy: str,
        model: LogisticRegression,
        rest: npt.NDArray[np.int64],
        generator: np.random.Generator,
    ) -> list[int]:
        if strategy == "random":
            return list(generator.choice(rest, STEP, replace=False))
        probabilities = model.predict_proba(self.features[rest])
        if strategy == "uncertain":
            ranked = np.sort(probabilities, axis=1)
            return list(rest[np.argsort(ranked[:, -1] - ranked[:, -2])[:STEP]])
        by_text = dict(zip((self.texts[i] for i in rest), probabilities.tolist(), strict=True))

        def guess(texts: Sequence[str]) -> Iterable[Sequence[float]]:
            return [by_text[text] for text in texts]

        found = suggest(
            ({"id": str(i), "text": self.texts[i]} for i in rest),
            guess,
            STEP,
            random_share=RANDOM_SHARE if strategy == "mixed" else 0,
            seed=int(generator.integers(2**31)),
        )
        return [int(suggestion.row["id"]) for suggestion in found]


STRATEGIES = ("random", "uncertain", "near-copies", "mixed")


def labels_saved(curve: Floats, random: Floats, sizes: Sequence[int]) -> list[float]:
    """For each size, how many fewer labels than random reach what random reaches there."""
    rising = np.maximum.accumulate(curve)
    return [
        size - float(np.interp(goal, rising, sizes))
        for size, goal in zip(sizes, random, strict=True)
    ]


def draw(path: Path, curves: dict[str, Floats], sizes: Sequence[int]) -> None:
    """Plot mean and spread of each strategy."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    for (name, found), style in zip(curves.items(), ("k--", "C0-", "C1-", "C2-"), strict=True):
        mean, spread = found.mean(axis=0), found.std(axis=0)
        (line,) = axes.plot(sizes, mean, style, label=name)
        axes.fill_between(sizes, mean - spread, mean + spread, color=line.get_color(), alpha=0.12)
    axes.set_xlabel("labelled sentences")
    axes.set_ylabel("macro-F1 on the test part")
    axes.legend(frameon=False)
    figure.savefig(path)


@click.command()
@click.option("--annotations", type=click.Path(exists=True, path_type=Path))
@click.option("--seeds", default=10, show_default=True)
@click.option("--jobs", default=1, show_default=True)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="SVG or PNG.")
def main(annotations: Path | None, seeds: int, jobs: int, plot: Path | None) -> None:
    """Simulate labelling and print a table."""
    bench = Bench(read_corpus(annotations or annotations_folder()))
    sizes = list(range(START, STOP + 1, STEP))
    run: Callable[[str, int], list[float]] = bench.curve
    curves = {
        name: np.array(Parallel(jobs)(delayed(run)(name, seed) for seed in range(seeds)))
        for name in STRATEGIES
    }
    shown = [place for place, size in enumerate(sizes) if size % 500 == 0]
    click.echo(f"{'macro-F1 (sd)':<14}" + "".join(f"{sizes[i]:>14}" for i in shown))
    for name, found in curves.items():
        cells = (f"{found[:, i].mean():.3f} ({found[:, i].std():.3f})" for i in shown)
        click.echo(f"{name:<14}" + "".join(f"{cell:>14}" for cell in cells))
    click.echo("labels saved against random (sd over seeds)")
    random = curves["random"].mean(axis=0)
    for name in STRATEGIES[1:]:
        saved = np.array([labels_saved(curve, random, sizes) for curve in curves[name]])
        cells = (f"{saved[:, i].mean():.0f} ({saved[:, i].std():.0f})" for i in shown)
        click.echo(f"{name:<14}" + "".join(f"{cell:>14}" for cell in cells))
    if plot is not None:
        draw(plot, curves, sizes)


if __name__ == "__main__":
    main()
