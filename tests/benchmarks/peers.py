"""What people use today for this job, each as fast as its own interface allows."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from stance.annotations import Annotation


class Peer(NamedTuple):
    """A library to compare with.

    Attributes
    ----------
    name : str
    many : callable
        Labels or scores of a list of texts.
    one : callable or None
        Of one text; None where nobody would compare it.
    """

    name: str
    many: Callable[[Sequence[str]], Any]
    one: Callable[[str], Any] | None


def fasttext(train: Sequence[Annotation]) -> Peer:
    """The binding of fastText, bigrams as in its tutorial; one epoch, for the speed is the same."""
    from fasttext import train_supervised

    def line(text: str) -> str:
        return text.replace("\n", " ")

    with TemporaryDirectory() as folder:
        path = Path(folder, "train.txt")
        path.write_text(
            "".join(f"__label__{item.label} {line(item.text)}\n" for item in train),
            encoding="utf-8",
        )
        model = train_supervised(str(path), wordNgrams=2, epoch=1, thread=1, verbose=0)
    return Peer(
        "fastText binding",
        lambda texts: model.predict([line(text) for text in texts]),
        lambda text: model.predict([line(text)]),
    )


def scikit_learn(train: Sequence[Annotation]) -> Peer:
    """The pipeline of scikit-learn's tutorials: TF-IDF of words and bigrams, regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    some = train[:4000]
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression())
    pipeline.fit([item.text for item in some], [item.label.value for item in some])
    return Peer("scikit-learn pipeline", pipeline.predict, lambda text: pipeline.predict([text]))


def vader(train: Sequence[Annotation]) -> Peer:
    """VADER's polarity."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    polarity = SentimentIntensityAnalyzer().polarity_scores
    return Peer("VADER", lambda texts: [polarity(text)["compound"] for text in texts], None)


def textblob(train: Sequence[Annotation]) -> Peer:
    """TextBlob's polarity."""
    from textblob import TextBlob

    return Peer("TextBlob", lambda texts: [TextBlob(text).polarity for text in texts], None)


PEERS = {
    "fastText binding": fasttext,
    "scikit-learn pipeline": scikit_learn,
    "VADER": vader,
    "TextBlob": textblob,
}
