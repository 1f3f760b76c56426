"""Counts over statements: the picture of a text, and of each holder in it."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from stance.labels import LABELS, Label

if TYPE_CHECKING:
    from stance.reading.reading import Statement

_DRAWS = 20_000
_PRIOR = 0.5


class Distribution(NamedTuple):
    """Stances over the statements of a text.

    Attributes
    ----------
    statements : int
        Statements judged; boilerplate is not.
    supportive, skeptical : int
        Statements of each stance.
    neutral : int
        Neutral statements that name both sides of the pair, or something that is theirs.
    off_topic : int
        Other neutral statements.
    mean_probabilities : mapping of Label to float
        Mean over all judged statements; each 0 where there are none.
    """

    statements: int
    supportive: int
    skeptical: int
    neutral: int
    off_topic: int
    mean_probabilities: Mapping[Label, float]


class HolderSummary(NamedTuple):
    """One party's statements.

    Attributes
    ----------
    holder : str
        Name or wording; ``"author"`` for the text's own voice.
    statements, supportive, skeptical, neutral, off_topic : int
        Counts as in `Distribution`.
    net : float
        Supportive less skeptical, over all its statements: from -1 to 1.
    low, high : float
        Central 95% of what share the party would show over many such statements, given these few
        (Jeffreys prior). It takes the labels as they are: the classifier's errors come on top.
    """

    holder: str
    statements: int
    supportive: int
    skeptical: int
    neutral: int
    off_topic: int
    net: float
    low: float
    high: float


def distribution(statements: Iterable["Statement"]) -> Distribution:
    """Count stances and average probabilities."""
    seen = list(statements)
    counts = _counts(seen)
    means = {
        label: sum(s.assessment.probabilities[label] for s in seen) / max(len(seen), 1)
        for label in LABELS
    }
    return Distribution(len(seen), *counts, means)


def by_holder(statements: Iterable["Statement"]) -> list[HolderSummary]:
    """Summaries of all holders, those with most statements first, the author last."""
    grouped: dict[str, list[Statement]] = {}
    for statement in statements:
        grouped.setdefault(statement.holder, []).append(statement)
    summaries = [_summary(holder, own) for holder, own in grouped.items()]
    return sorted(summaries, key=lambda row: (row.holder == "author", -row.statements))


def _summary(holder: str, statements: list["Statement"]) -> HolderSummary:
    supportive, skeptical, neutral, off_topic = _counts(statements)
    low, high = net_interval(supportive, skeptical, neutral + off_topic)
    net = (supportive - skeptical) / len(statements)
    counts = (supportive, skeptical, neutral, off_topic)
    # The range of what is likely leaves out the extreme that a single statement is.
    return HolderSummary(holder, len(statements), *counts, net, min(low, net), max(high, net))


def _counts(statements: list["Statement"]) -> tuple[int, int, int, int]:
    labels = [statement.assessment.label for statement in statements]
    off_topic = sum(not statement.on_topic for statement in statements)
    neutral = labels.count(Label.NEUTRAL) - off_topic
    return labels.count(Label.SUPPORTIVE), labels.count(Label.SKEPTICAL), neutral, off_topic


@lru_cache(maxsize=4096)
def net_interval(supportive: int, skeptical: int, neutral: int) -> tuple[float, float]:
    """Central 95% interval of the net stance, given counts.

    Examples
    --------
    >>> low, high = net_interval(1, 0, 0)
    >>> low < 0 < high
    True
    """
    import numpy as np

    # A fixed seed: the same counts have the same interval, in every run.
    drawn = np.random.default_rng(0).dirichlet(
        [supportive + _PRIOR, skeptical + _PRIOR, neutral + _PRIOR], _DRAWS
    )
    low, high = np.quantile(drawn[:, 0] - drawn[:, 1], [0.025, 0.975])
    return round(float(low), 3), round(float(high), 3)
