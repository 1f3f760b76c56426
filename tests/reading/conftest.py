"""A model that is quick and plain to see through: words decide."""

import re
from collections.abc import Iterable, Iterator

import pytest

from stance.assessment import Assessment, Cue
from stance.labels import LABELS, Label

_CUES = re.compile(r"(?P<supportive>\b(?:welcome|hope)\w*)|(?P<skeptical>\b(?:doubt|fear)\w*)")


class WordModel:
    """Statements with "welcome" or "hope" are supportive, with "doubt" or "fear" skeptical."""

    def assess_many(self, texts: Iterable[str]) -> Iterator[Assessment]:
        return map(self.assess, texts)

    def assess(self, text: str) -> Assessment:
        found = list(_CUES.finditer(text))
        label = Label(found[0].lastgroup) if found else Label.NEUTRAL
        probabilities = dict.fromkeys(LABELS, 0.1) | {label: 0.8}
        cues = tuple(
            Cue(m.start(), m.end(), m.group(), weight, weight, -weight, 0.0)
            for m in found
            for weight in [1.25 if m.lastgroup == label else -0.5]
        )
        zeros = dict.fromkeys(LABELS, 0.0)
        return Assessment(label, 0.8, probabilities, cues, 0.9, zeros, zeros)


@pytest.fixture(scope="session")
def model() -> WordModel:
    """The model of words."""
    return WordModel()


ARTICLE = """Envoys meet in Sapporo

By Nora Lindgren

TOKYO, May 3 — Japan and Russia opened talks on fishing rights on Tuesday.

“We welcome every hour of it,” said Takeshi Arimura, a former consul. “I doubt he disagrees.”

The Kremlin hopes for a signature by autumn. Arimura fears it will take longer.

Photo: Northern Wire
"""


@pytest.fixture(scope="session")
def article() -> str:
    """A short article: two quoted sentences, two reported ones, a byline and a credit."""
    return ARTICLE
