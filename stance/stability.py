"""How far the figures depend on the amount of training text, and on chance."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed

from stance.annotations import Annotation
from stance.bootstrap import Figure, Floats
from stance.errors import AnnotationError
from stance.evaluation import evaluate
from stance.labels import LABELS
from stance.lexicon import Sources
from stance.tallies import label_indices

Learner = Callable[[Sequence[Annotation], Sequence[str]], Floats]
"""From training annotations and texts to the texts' probabilities, columns as in `LABELS`."""

SHARES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
_PARTS = 10


class Point(NamedTuple):
    """A point of a learning curve.

    Attributes
    ----------
    sentences : int
        Trained on.
    macro_f1 : Figure
    """

    sentences: int
    macro_f1: Figure


class Spread(NamedTuple):
    """A figure over several random splits.

    Attributes
    ----------
    values : tuple of float
        One a seed, in their order.
    mean, deviation : float
        The latter is the sample's standard deviation.
    """

    values: tuple[float, ...]
    mean: float
    deviation: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.deviation:.3f} over {len(self.values)} seeds"


def learner_like(manifest: Mapping[str, Any], sources: Sources) -> Learner:
    """Learner with the settings a model was trained with.

    Parameters
    ----------
    manifest : mapping
        Of the model: penalty and calibration are taken from it rather than chosen anew for each
        training set, which would take more than ten fits instead of one.
    sources : Sources
        Lexicon files.
    """
    settings = manifest["training"]

    def learn(annotations: Sequence[Annotation], texts: Sequence[str]) -> Floats:
        from stance.training import Calibration, fit

        labels = label_indices(annotations)
        calibration = Calibration(settings["temperature"])
        fitted = fit([item.text for item in annotations], labels, sources, settings["penalty"])
        return calibration.apply(fitted.scores(texts))

    return learn


def trace_learning_curve(
    train: Sequence[Annotation],
    test: Sequence[Annotation],
    learn: Learner,
    *,
    shares: Sequence[float] = SHARES,
    seed: int = 0,
    jobs: int = 1,
) -> tuple[Point, ...]:
    """Learn from growing parts of the training annotations, each containing the one before.

    Parameters
    ----------
    train, test : sequence of Annotation
    learn : Learner
    shares : sequence of float
        Of the training groups, which are taken whole and in random order. A part too small to
        hold all labels is passed over.
    seed : int
        Of that order.
    jobs : int
        Processes.

    Raises
    ------
    AnnotationError
        No part holds all labels.
    """
    groups = np.array(sorted({item.group for item in train}))
    np.random.default_rng(seed).shuffle(groups)
    place = {group: i for i, group in enumerate(groups.tolist())}
    parts = [
        [item for item in train if place[item.group] < share * len(groups)]
        for share in sorted(shares)
    ]
    parts = [part for part in parts if {item.label for item in part} == set(LABELS)]
    if not parts:
        raise AnnotationError(
            f"no part of the {len(train)} annotations holds all labels; annotate more",
            field="label",
        )
    texts = [item.text for item in test]
    found = Parallel(n_jobs=jobs)(delayed(learn)(part, texts) for part in parts)
    return tuple(
        Point(len(part), evaluate(test, probabilities).macro_f1)
        for part, probabilities in zip(parts, found, strict=True)
    )


def measure_spread(
    annotations: Sequence[Annotation],
    learn: Learner,
    *,
    seeds: int = 10,
    jobs: int = 1,
) -> Spread:
    """Macro-F1 on a tenth of the groups, learned from the others, under several random splits.

    Parameters
    ----------
    annotations : sequence of Annotation
    learn : Learner
    seeds : int
        How many splits, at least two.
    jobs : int
        Processes.

    Raises
    ------
    AnnotationError
        Too few groups of a label.
    ValueError
        Fewer than two seeds.
    """
    from stance.training import folds

    if seeds < 2:
        raise ValueError(f"a spread takes at least 2 seeds, got {seeds}")
    splits = [folds(annotations, seed, _PARTS)[0] for seed in range(seeds)]

    def held_out(split: tuple[Sequence[int], Sequence[int]]) -> float:
        inside, outside = ([annotations[i] for i in part] for part in split)
        probabilities = learn(inside, [item.text for item in outside])
        return evaluate(outside, probabilities, draws=1).macro_f1.value

    values = Parallel(n_jobs=jobs)(delayed(held_out)(split) for split in splits)
    return Spread(tuple(values), float(np.mean(values)), float(np.std(values, ddof=1)))


def predict_held_out(
    annotations: Sequence[Annotation], learn: Learner, *, seed: int = 0, jobs: int = 1
) -> Floats:
    """Probabilities of every annotation, learned from the folds that its group is not in.

    Parameters
    ----------
    annotations : sequence of Annotation
    learn : Learner
    seed : int
        Of the folds.
    jobs : int
        Processes.

    Raises
    ------
    AnnotationError
        Too few groups of a label.
    """
    from stance.training import folds

    splits = folds(annotations, seed)
    found = Parallel(n_jobs=jobs)(
        delayed(learn)([annotations[i] for i in inside], [annotations[i].text for i in outside])
        for inside, outside in splits
    )
    probabilities = np.zeros((len(annotations), len(LABELS)))
    for (_, outside), part in zip(splits, found, strict=True):
        probabilities[outside] = part
    return probabilities
