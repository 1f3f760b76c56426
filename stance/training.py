"""Training with scikit-learn: featuriser, cross-validation, calibration, compilation."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, diags_array
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.class_weight import compute_sample_weight

from stance.annotations import Annotation
from stance.bootstrap import Figure, Sample, standard_error
from stance.classifier import Floats, MarginBayes
from stance.errors import AnnotationError
from stance.features import DAMPING_ONE, RARITY_SCALES, Firing, damping_of, firings
from stance.labels import LABELS
from stance.lexicon import Lexicon, Sources, TokenIndex, build_lexicon
from stance.pieces import Keys
from stance.shipping import leave_with_parent
from stance.stream import Stream, stream_of
from stance.tables import Tables, Weights, compile_tables
from stance.tallies import cells, label_indices, macro_f1
from stance.text import tokenise_many

MIN_TEXTS = 2
# A feature in one text of so many has scale 1; none has less than the least.
_TYPICAL = 200
_LEAST_SCALE = 0.05
# Where every out-of-fold label is right, the data do not determine a temperature.
_LOG_TEMPERATURES = (-1.5, 3.0)


class Featuriser(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts to sparse feature counts; what `fit` keeps occurs in at least `min_texts` texts.

    Parameters
    ----------
    sources : Sources
        Lexicon files.
    min_texts : int
        Texts a token or feature must occur in. Two or more keep single training sentences out
        of the model.
    """

    def __init__(self, sources: Sources, min_texts: int = MIN_TEXTS) -> None:
        self.sources = sources
        self.min_texts = min_texts

    def fit(self, texts: Sequence[str], y: object = None) -> "Featuriser":
        """Learn the lexicon and the features in use."""
        self.fit_transform(texts)
        return self

    def fit_transform(self, texts: Sequence[str], y: object = None) -> csr_matrix:
        """Learn the lexicon and the features in use, and give the feature values of the texts."""
        counts = Counter(token for text in texts for token in set(tokenise_many([text])))
        self.lexicon_: Lexicon = build_lexicon(
            self.sources, [token for token, n in counts.items() if n >= self.min_texts]
        )
        self.index_ = TokenIndex(self.lexicon_.tokens)
        stream = self._stream(texts)
        fired = firings(self.lexicon_, stream)
        counted = {name: _frequent(firing, self.min_texts) for name, firing in fired.items()}
        self.keys_ = {name: keys for name, (keys, _) in counted.items()}
        self.scales_ = {
            name: (
                RARITY_SCALES[name] * _rarity(in_texts, len(texts))
                if name in RARITY_SCALES
                else np.ones(len(in_texts))
            )
            for name, (_, in_texts) in counted.items()
        }
        return self._values(fired, stream, len(texts))

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Feature values, damped by length, one row a text, families side by side."""
        stream = self._stream(texts)
        return self._values(firings(self.lexicon_, stream), stream, len(texts))

    def _values(self, fired: Mapping[str, Firing], stream: Stream, texts: int) -> csr_matrix:
        rows, columns, values = [], [], []
        offset = 0
        for name, firing in fired.items():
            keys = self.keys_[name]
            if len(keys):
                at = np.minimum(np.searchsorted(keys, firing.keys), len(keys) - 1)
                known = keys[at] == firing.keys
                rows.append(firing.texts[known])
                columns.append(at[known] + offset)
                values.append(firing.values[known] * self.scales_[name][at[known]])
            offset += len(keys)
        places = (np.concatenate(rows), np.concatenate(columns))
        plain = csr_matrix((np.concatenate(values), places), shape=(texts, offset))
        return diags_array(damping_of(stream) / DAMPING_ONE).astype(np.float64) @ plain

    def weights(self, coefficients: Floats) -> dict[str, Weights]:
        """Weights of features that fire with their plain values, from classifier coefficients.

        Parameters
        ----------
        coefficients : ndarray of float64, shape (labels, features)
        """
        sizes = np.cumsum([len(keys) for keys in self.keys_.values()])[:-1]
        parts = np.split(coefficients.T, sizes)
        return {
            name: Weights(keys, part * self.scales_[name][:, None])
            for (name, keys), part in zip(self.keys_.items(), parts, strict=True)
        }

    def _stream(self, texts: Sequence[str]) -> Stream:
        return stream_of(self.lexicon_, self.index_, texts)


def _frequent(firing: Firing, min_texts: int) -> tuple[Keys, Keys]:
    """Features that occur in enough texts, and in how many."""
    texts = int(firing.texts.max(initial=0)) + 1
    # Sorting takes a fifth of the time that np.unique needs here.
    fired = np.sort(firing.keys * texts + firing.texts)
    once = fired[np.diff(fired, prepend=-1) > 0]
    keys, in_texts = np.unique(once // texts, return_counts=True)
    enough = in_texts >= min_texts
    return keys[enough], in_texts[enough]


def _rarity(in_texts: Keys, texts: int) -> Floats:
    """Scale by inverse document frequency: rare features may carry larger weights."""
    rarity: Floats = np.log(texts / (in_texts + 1)) / np.log(_TYPICAL)
    return np.maximum(rarity, _LEAST_SCALE)


PENALTIES = (100.0, 200.0, 400.0)
# An even number keeps two processes busy to the end.
FOLDS = 4
DRAWS = 200


class Fit(NamedTuple):
    """A featuriser and the classifier fitted on what it gives."""

    featuriser: Featuriser
    classifier: MarginBayes

    def scores(self, texts: Sequence[str]) -> Floats:
        """Scores of the labels, shape (texts, labels)."""
        return self.classifier.decision_function(self.featuriser.transform(texts))

    def pipeline(self) -> Pipeline:
        """Both as one scikit-learn pipeline."""
        return make_pipeline(self.featuriser, self.classifier)


class Calibration(NamedTuple):
    """How scores become probabilities: ``softmax(scores / temperature)``.

    Attributes
    ----------
    temperature : float
        Fitted on out-of-fold scores (Guo et al. 2017, "On Calibration of Modern Neural Networks").
    """

    temperature: float

    def apply(self, scores: Floats) -> Floats:
        """Scores to probabilities, shape (texts, labels)."""
        calibrated: Floats = softmax(scores / self.temperature, axis=1)
        return calibrated


class Trained(NamedTuple):
    """All that training yields.

    Attributes
    ----------
    fit : Fit
        Before compilation.
    calibration : Calibration
    lexicon : Lexicon
    tables : Tables
        Compiled weights, calibration included.
    penalty : float
        Chosen by cross-validation.
    validation : dict of float to Figure
        Penalty to cross-validated macro-F1.
    held_out : ndarray of float64, shape (training texts, labels)
        Out-of-fold probabilities of the training texts, in the order given.
    """

    fit: Fit
    calibration: Calibration
    lexicon: Lexicon
    tables: Tables
    penalty: float
    validation: dict[float, Figure]
    held_out: Floats


def fit_all(
    texts: Sequence[str],
    labels: npt.NDArray[np.int64],
    sources: Sources,
    penalties: Iterable[float],
) -> dict[float, Fit]:
    """Fit a featuriser, and on it a classifier for each penalty."""
    featuriser = Featuriser(sources)
    values = featuriser.fit_transform(texts)
    return {
        penalty: Fit(featuriser, MarginBayes(penalty).fit(values, labels)) for penalty in penalties
    }


def fit(
    texts: Sequence[str], labels: npt.NDArray[np.int64], sources: Sources, penalty: float
) -> Fit:
    """Fit featuriser and classifier."""
    return fit_all(texts, labels, sources, [penalty])[penalty]


def folds(
    annotations: Sequence[Annotation], seed: int, count: int = FOLDS
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Training and validation indices that keep every group on one side.

    Raises
    ------
    AnnotationError
        Too few sentences or groups of a label.
    """
    labels = label_indices(annotations)
    groups = [item.group for item in annotations]
    for index, label in enumerate(LABELS):
        found = len({group for group, at in zip(groups, labels, strict=True) if at == index})
        if found < count:
            raise AnnotationError(
                f"{found} groups hold a sentence labelled '{label}', training needs at least "
                f"{count}; annotate more",
                field="label",
            )
    # Its own shuffling is another one in another version of scikit-learn.
    names, numbers = np.unique(groups, return_inverse=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))[numbers]
    return list(StratifiedGroupKFold(count).split(labels, labels, shuffled))


def out_of_fold_scores(
    annotations: Sequence[Annotation],
    sources: Sources,
    penalties: Sequence[float],
    *,
    seed: int = 0,
    jobs: int = 1,
) -> dict[float, Floats]:
    """Scores of every annotation by classifiers that have not seen its group, by penalty."""
    texts = [item.text for item in annotations]
    labels = label_indices(annotations)
    splits = folds(annotations, seed)

    def held_out(inside: Keys, outside: Keys) -> dict[float, Floats]:
        leave_with_parent()
        fits = fit_all([texts[i] for i in inside], labels[inside], sources, penalties)
        values = next(iter(fits.values())).featuriser.transform([texts[i] for i in outside])
        return {
            penalty: fitted.classifier.decision_function(values) for penalty, fitted in fits.items()
        }

    parts = Parallel(n_jobs=jobs)(delayed(held_out)(*split) for split in splits)
    scores = {penalty: np.zeros((len(texts), len(LABELS))) for penalty in penalties}
    for (_, outside), part in zip(splits, parts, strict=True):
        for penalty, found in part.items():
            scores[penalty][outside] = found
    return scores


def choose_penalty(validation: Mapping[float, Figure]) -> float:
    """Take the strongest penalty within one standard error of the best macro-F1.

    Text of other writers differs from the annotations more than these do among themselves: of
    penalties that cannot be told apart, the strongest holds on least to their words. Breiman et al.
    1984, "Classification and Regression Trees", section 3.4.3.

    Parameters
    ----------
    validation : mapping of float to Figure
        Penalty to cross-validated macro-F1, with its interval.
    """
    best = max(validation.values(), key=lambda figure: figure.value)
    least = best.value - standard_error(best)
    return max(penalty for penalty, found in validation.items() if found.value >= least)


def calibrate(
    scores: Floats, labels: npt.NDArray[np.int64], weight: Floats | None = None
) -> Calibration:
    """Fit the temperature on out-of-fold scores, on which each text may have a weight."""

    def loss(log_temperature: float) -> float:
        logs = log_softmax(scores / np.exp(log_temperature), axis=1)
        return -float(np.average(logs[np.arange(len(labels)), labels], weights=weight))

    best = minimize_scalar(loss, bounds=_LOG_TEMPERATURES, method="bounded")
    return Calibration(float(np.exp(best.x)))


def origin_weight(annotations: Sequence[Annotation]) -> Floats:
    """Weight by which sentences of texts count as much, together, as all that were composed.

    What is composed for a label is easier than what the classifier will read: on its own it would
    make the classifier too sure.
    """
    weight: Floats = compute_sample_weight(
        "balanced", [item.origin == "text" for item in annotations]
    )
    return weight


def train(
    annotations: Sequence[Annotation],
    sources: Sources,
    *,
    seed: int = 0,
    jobs: int = 1,
    progress: Callable[[str], None] = lambda step: None,
) -> Trained:
    """Choose the penalty by grouped cross-validation, fit, calibrate and compile.

    Parameters
    ----------
    annotations : sequence of Annotation
        Their order does not matter for the model.
    sources : Sources
        Lexicon files.
    seed : int
        Of the folds.
    jobs : int
        Processes.
    progress : callable
        Called with the name of each step as it begins.
    """
    order = sorted(range(len(annotations)), key=lambda i: annotations[i].id)
    items = [annotations[i] for i in order]
    labels = label_indices(items)
    progress("cross-validating")
    scores = out_of_fold_scores(items, sources, PENALTIES, seed=seed, jobs=jobs)
    sample = Sample([item.group for item in items], seed, DRAWS)
    validation = {
        penalty: sample.figure(macro_f1, cells(labels, found.argmax(axis=1)))
        for penalty, found in scores.items()
    }
    penalty = choose_penalty(validation)
    calibration = calibrate(scores[penalty], labels, origin_weight(items))
    progress("fitting")
    fitted = fit([item.text for item in items], labels, sources, penalty)
    held_out = np.zeros((len(items), len(LABELS)))
    held_out[order] = calibration.apply(scores[penalty])
    weights = {
        name: family._replace(values=family.values / calibration.temperature)
        for name, family in fitted.featuriser.weights(fitted.classifier.coef_).items()
    }
    intercept = fitted.classifier.intercept_ / calibration.temperature
    lexicon = fitted.featuriser.lexicon_
    return Trained(
        fit=fitted,
        calibration=calibration,
        lexicon=lexicon,
        tables=compile_tables(lexicon, weights, intercept),
        penalty=penalty,
        validation=validation,
        held_out=held_out,
    )


def out_of_fold(
    annotations: Sequence[Annotation], sources: Sources, *, seed: int = 0, jobs: int = 1
) -> Floats:
    """Calibrated out-of-fold probabilities, shape (annotations, labels), at the weakest penalty."""
    penalty = PENALTIES[0]
    labels = label_indices(annotations)
    scores = out_of_fold_scores(annotations, sources, [penalty], seed=seed, jobs=jobs)[penalty]
    return calibrate(scores, labels, origin_weight(annotations)).apply(scores)
