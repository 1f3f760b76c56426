"""Ways to label statements, from the simplest up: what ours has to beat.

Each learns from the training part and labels any number of sets of texts. None is tuned to a test
part; settings are those of the method's authors or of its usual tutorial.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from stance.annotations import Annotation
from stance.labels import LABELS, Label
from stance.model import Model
from stance.retrain import tfidf_baseline

Texts = Sequence[str]
Run = Callable[[Sequence[Annotation], Sequence[Texts]], list[list[Label]]]

_POLAR = 0.05


class Method(NamedTuple):
    """A row of the ladder.

    Attributes
    ----------
    name : str
    run : callable
        From training annotations and sets of texts to the labels of each set. Raises ImportError
        where a package is missing.
    """

    name: str
    run: Run


def ladder(model: Model, *, fine_tune: bool = False) -> list[Method]:
    """All methods, ours last."""
    from tests.benchmarks import encoder

    rows = [
        Method("majority class", majority),
        Method("VADER polarity as stance", vader),
        Method("TextBlob polarity as stance", textblob),
        Method("TF-IDF word 1-2 + logistic regression", tfidf),
        Method("word 1-3 + char 2-5 linear SVM (SemEval-2016 recipe)", semeval),
        Method("fastText, bigrams", fasttext),
        Method("MiniLM-L6 sentence embeddings, frozen, + logistic regression", encoder.frozen),
    ]
    if fine_tune:
        rows.append(Method("MiniLM-L6 fine-tuned", encoder.fine_tuned))
    return [*rows, Method("stance", partial(ours, model))]


def ours(model: Model, train: Sequence[Annotation], columns: Sequence[Texts]) -> list[list[Label]]:
    """Label with a model already trained."""
    return [list(model.classify_many(texts)) for texts in columns]


def majority(train: Sequence[Annotation], columns: Sequence[Texts]) -> list[list[Label]]:
    """Label everything with the most frequent label."""
    labels = [item.label for item in train]
    most = max(LABELS, key=labels.count)
    return [[most] * len(texts) for texts in columns]


def vader(train: Sequence[Annotation], columns: Sequence[Texts]) -> list[list[Label]]:
    """Take VADER's compound score for stance, cut where its authors cut it."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    return [
        [_polar(analyser.polarity_scores(text)["compound"]) for text in texts] for texts in columns
    ]


def textblob(train: Sequence[Annotation], columns: Sequence[Texts]) -> list[list[Label]]:
    """Take the polarity of TextBlob's lexicon for stance."""
    from textblob import TextBlob

    return [[_polar(TextBlob(text).sentiment.polarity) for text in texts] for texts in columns]


def tfidf(train: Sequence[Annotation], columns: Sequence[Texts]) -> list[list[Label]]:
    """Fit what scikit-learn's tutorials show first."""
    return _fitted(tfidf_baseline(), train, columns)


def semeval(train: Sequence[Annotation], columns: Sequence[Texts]) -> list[list[Label]]:
    """Fit the n-gram SVM that no team of SemEval-2016 Task 6 beat (Mohammad et al. 2016).

    With TF-IDF weights, which serve it better here than the presence of n-grams does.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    return _fitted(
        make_pipeline(
            make_union(
                TfidfVectorizer(ngram_range=(1, 3), sublinear_tf=True),
                TfidfVectorizer(analyzer="char", ngram_range=(2, 5), sublinear_tf=True),
            ),
            LinearSVC(),
        ),
        train,
        columns,
    )


def fasttext(train: Sequence[Annotation], columns: Sequence[Texts]) -> list[list[Label]]:
    """Fit fastText with bigrams, as its tutorial does, in one thread to be reproducible."""
    from fasttext import train_supervised
    from sklearn.feature_extraction.text import CountVectorizer

    words = CountVectorizer(token_pattern=r"\w+|[^\w\s]").build_analyzer()

    def line(text: str) -> str:
        return " ".join(words(text))

    with TemporaryDirectory() as folder:
        path = Path(folder, "train.txt")
        path.write_text(
            "".join(f"__label__{item.label} {line(item.text)}\n" for item in train),
            encoding="utf-8",
        )
        model = train_supervised(
            str(path), wordNgrams=2, lr=0.5, epoch=25, thread=1, seed=0, verbose=0
        )
    prefix = len("__label__")
    # The binding's call for a single text fails with numpy 2, that for a list does not.
    return [
        [Label(found[0][prefix:]) for found in model.predict(list(map(line, texts)))[0]]
        for texts in columns
    ]


def _polar(score: float) -> Label:
    if abs(score) < _POLAR:
        return Label.NEUTRAL
    return Label.SUPPORTIVE if score > 0 else Label.SKEPTICAL


def _fitted(
    pipeline: Any, train: Sequence[Annotation], columns: Sequence[Texts]
) -> list[list[Label]]:
    pipeline.fit([item.text for item in train], [item.label.value for item in train])
    return [[Label(name) for name in pipeline.predict(texts).tolist()] for texts in columns]
