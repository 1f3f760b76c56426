"""What the classifier says of a statement, and why."""

from collections.abc import Mapping
from typing import NamedTuple

from stance.labels import LABELS, Label


class Cue(NamedTuple):
    """A stretch of the text that moved the scores.

    Attributes
    ----------
    start, end : int
        Characters ``text[start:end]`` of the statement.
    text : str
        Those characters.
    contribution : float
        What it adds to the score of the assigned label; negative where it speaks against.
    supportive, skeptical, neutral : float
        What it adds to the score of each label; they add up to 0.
    """

    start: int
    end: int
    text: str
    contribution: float
    supportive: float
    skeptical: float
    neutral: float

    @property
    def contributions(self) -> Mapping[Label, float]:
        """What it adds to the score of each label."""
        return {label: getattr(self, label) for label in LABELS}


class Assessment(NamedTuple):
    """Label of a statement with its probability and the words that decided.

    Attributes
    ----------
    label : Label
        The most probable label.
    confidence : float
        Calibrated probability of `label`.
    probabilities : Mapping[Label, float]
        Calibrated probability of each label; they add up to 1.
    cues : tuple of Cue
        In order of the text, disjoint. For each label, its intercept and the contributions of all
        cues add up to its score.
    coverage : float
        Share of the statement's words and numbers that the model knows, from 0 to 1.
    scores : Mapping[Label, float]
        Natural-log odds up to a constant: their softmax gives `probabilities`.
    intercepts : Mapping[Label, float]
        Scores before any word is read: a constant, and which parties the statement names.
    """

    label: Label
    confidence: float
    probabilities: Mapping[Label, float]
    cues: tuple[Cue, ...]
    coverage: float
    scores: Mapping[Label, float]
    intercepts: Mapping[Label, float]
