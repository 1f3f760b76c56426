"""Why a statement got its label: the score, attributed to stretches of the text."""

from collections.abc import Iterator, Mapping
from math import exp

from stance.assessment import Assessment, Cue
from stance.labels import LABELS, Label
from stance.single import Single, Trace
from stance.tables import SCORE_UNIT
from stance.text import token_spans

Pair = tuple[int, int]


def explain(single: Single, text: str) -> Assessment:
    """Assess one statement, with the stretches of text that moved its scores.

    A name or cue expression of several words is one stretch. What two neighbours add together is
    shared between them; a neighbour that is the edge of the statement takes no share.
    """
    spans = token_spans(text)
    tokens = [token for token, _, _ in spans]
    trace = single.trace(tokens)
    supportive, skeptical = _shared(trace)
    base = (single.intercept[0] + supportive[-1], single.intercept[1] + skeptical[-1])
    total = (
        single.intercept[0] + sum(supportive),
        single.intercept[1] + sum(skeptical),
    )
    three = _three(total)
    best = three.index(max(three))
    probabilities = _softmax(three)
    cues = []
    for start, end, part in _stretches(trace, supportive, skeptical, spans):
        values = [value * SCORE_UNIT for value in _three(part)]
        if any(values):
            cues.append(Cue(start, end, text[start:end], values[best], *values))
    known, words = single.known(tokens)
    return Assessment(
        label=LABELS[best],
        confidence=probabilities[LABELS[best]],
        probabilities=probabilities,
        cues=tuple(cues),
        coverage=known / words if words else 0.0,
        scores=_by_label(three),
        intercepts=_by_label(_three(base)),
    )


def _shared(trace: Trace) -> tuple[list[int], list[int]]:
    """What each position adds, pairs shared out, damped, for both stances."""
    shared = []
    last = len(trace.ends) - 1
    factor = trace.damping
    for alone, together in (
        (trace.supportive, trace.pair_supportive),
        (trace.skeptical, trace.pair_skeptical),
    ):
        added = list(alone)
        for position, value in enumerate(together):
            if value:
                share = 0 if position == 1 else value if position == last else value // 2
                added[position - 1] += share
                added[position] += value - share
        shared.append([factor * value for value in added])
    return shared[0], shared[1]


def _stretches(
    trace: Trace,
    supportive: list[int],
    skeptical: list[int],
    spans: list[tuple[str, int, int]],
) -> Iterator[tuple[int, int, Pair]]:
    """Character spans, disjoint and in order, with what they add."""
    expression_ends = dict(trace.expressions)
    stretch: tuple[int, int, Pair] | None = None
    position, last = 1, len(trace.ends) - 1
    while position < last:
        after = expression_ends.get(position, position + 1)
        start = spans[trace.ends[position - 1] - 1][1]
        end = spans[trace.ends[after - 1] - 2][2]
        part = (sum(supportive[position:after]), sum(skeptical[position:after]))
        if stretch and start < stretch[1]:
            # One character can hold several words, such as a fraction.
            start, _, before = stretch
            part = (part[0] + before[0], part[1] + before[1])
        elif stretch:
            yield stretch
        stretch = (start, end, part)
        position = after
    if stretch:
        yield stretch


def _three(pair: Pair) -> tuple[int, int, int]:
    return pair[0], pair[1], -pair[0] - pair[1]


def _by_label(three: tuple[int, int, int]) -> Mapping[Label, float]:
    return {label: value * SCORE_UNIT for label, value in zip(LABELS, three, strict=True)}


def _softmax(three: tuple[int, int, int]) -> Mapping[Label, float]:
    largest = max(three)
    parts = [exp((score - largest) * SCORE_UNIT) for score in three]
    total = sum(parts)
    return {label: part / total for label, part in zip(LABELS, parts, strict=True)}
