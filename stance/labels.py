"""The three stances a statement can take."""

from enum import StrEnum


class Label(StrEnum):
    """Stance of a statement toward closer Japan–Russia ties.

    The order of the members is the order of columns wherever scores or probabilities stand
    in an array.

    Examples
    --------
    >>> Label("supportive") == "supportive"
    True
    """

    SUPPORTIVE = "supportive"
    SKEPTICAL = "skeptical"
    NEUTRAL = "neutral"


LABELS: tuple[Label, ...] = tuple(Label)
