"""A reading as a self-contained, accessible HTML page."""

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from stance.labels import Label
from stance.reading.holders import HolderKind
from stance.reading.lexicon import data_file
from stance.reading.summary import HolderSummary

if TYPE_CHECKING:
    from stance.assessment import Cue
    from stance.reading.reading import Aside, Reading, Statement

_SIGNS = {Label.SUPPORTIVE: "+", Label.SKEPTICAL: "−", Label.NEUTRAL: "○"}
_CUES_SHOWN = 4
_LEAST_WEIGHT = 0.25
_MARKER = re.compile(r"\{\{(\w+)\}\}")
# Marks that would turn the direction of what follows, and what no page may hold.
_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_LONGEST_TITLE = 120


def render(reading: "Reading", title: str = "") -> str:
    """The page, as text to be written as UTF-8.

    Parameters
    ----------
    reading : Reading
    title : str
        Heading; by default the first statement.
    """
    first = reading.statements[0].text if reading.statements else "Nothing to read"
    heading = " ".join((title or first).split())
    if len(heading) > _LONGEST_TITLE:
        heading = heading[: _LONGEST_TITLE - 1].rstrip() + "…"
    holders = reading.by_holder()
    parts = {
        "title": _attribute(heading),
        "summary": _summary(reading),
        "text": "\n".join(_paragraphs(reading)),
        "filters": _filters(reading),
        "options": "".join(_option(row) for row in holders),
        "shown": f"{len(reading)} of {len(reading)} statements shown",
        "table": _table(holders),
    }
    template = data_file("page.html").read_text(encoding="utf-8")
    return _MARKER.sub(lambda match: parts[match[1]], template)


def render_table(reading: "Reading") -> str:
    """The table by holder alone, as notebooks show it."""
    return _table(reading.by_holder(), plain=True)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


def _attribute(text: str) -> str:
    """Text for an attribute or title: escaped, controls named."""
    return escape(_CONTROLS.sub(lambda m: f"[U+{ord(m[0]):04X}]", _clean(text)))


def _content(text: str) -> str:
    """Text for the page: escaped, controls shown as small boxes."""
    return _CONTROLS.sub(
        lambda m: f'<span class="control">U+{ord(m[0]):04X}</span>', escape(_clean(text))
    )


def _summary(reading: "Reading") -> str:
    seen = reading.distribution()
    return (
        f"{seen.statements} statements: {seen.supportive} supportive, "
        f"{seen.skeptical} skeptical, {seen.neutral} neutral, {seen.off_topic} neutral and naming "
        f"other parties or only one side; {len(reading.asides)} lines set aside."
    )


def _paragraphs(reading: "Reading") -> Iterator[str]:
    """Paragraphs of the text: a line break between pieces begins a new one."""
    pieces: list[tuple[int, int, str]] = [
        *((s.start, s.end, _statement(s)) for s in reading.statements),
        *((a.start, a.end, _aside(a)) for a in reading.asides),
    ]
    here, line = 0, ""
    for start, end, shown in sorted(pieces):
        gap = reading.text[here:start]
        before, broken, after = gap.rpartition("\n")
        if broken:
            if line.strip():
                yield f"<p>{line}{_content(before)}</p>"
            line = _content(after)
        else:
            line += _content(gap)
        line += shown
        here = end
    line += _content(reading.text[here:])
    if line.strip():
        yield f"<p>{line}</p>"


def _aside(aside: "Aside") -> str:
    return (
        f'<span class="set-aside" title="{_attribute(aside.reason)}">{_content(aside.text)}</span>'
    )


def _stance(statement: "Statement") -> str:
    return statement.label.value if statement.on_topic else "off-topic"


def _statement(statement: "Statement") -> str:
    seen = statement.assessment
    own = statement.kind == HolderKind.AUTHOR
    whose = "the author" if own else f"{statement.holder}, {statement.kind}"
    stance = _stance(statement).replace("off-topic", "neutral, not about both sides")
    note = f"{stance}, {seen.confidence:.0%} sure; {whose}"
    return (
        f'<span class="s {seen.label.value}" style="--c:{seen.confidence:.2f}" '
        f'data-stance="{_stance(statement)}" data-holder="{_attribute(statement.holder)}" '
        f'data-note="{_attribute(note[0].upper() + note[1:])}">'
        f'<span class="mark" aria-hidden="true">{_SIGNS[seen.label]}</span>'
        f'<span class="unseen">[{stance}, {_attribute(whose)}] </span>'
        f"{_marked(statement.text, _chosen(seen.cues), seen.label)}</span>"
    )


def _chosen(cues: "Sequence[Cue]") -> "list[Cue]":
    words = (cue for cue in cues if any(char.isalnum() for char in cue.text))
    strong = [cue for cue in words if abs(cue.contribution) >= _LEAST_WEIGHT]
    strongest = sorted(strong, key=lambda cue: -abs(cue.contribution))[:_CUES_SHOWN]
    return sorted(strongest, key=lambda cue: cue.start)


def _marked(text: str, cues: "Sequence[Cue]", label: Label) -> str:
    shown, here = "", 0
    for cue in cues:
        if cue.start < here:
            continue
        weight = f"{cue.contribution:+.2f} {label.value}"
        against = " against" if cue.contribution < 0 else ""
        words = text[cue.start : cue.end]
        shown += _content(text[here : cue.start])
        shown += (
            f'<span class="cue{against}" tabindex="0" role="note" '
            f'aria-label="{_attribute(words)}: {weight}" data-weight="{weight}">'
            f"{_content(words)}</span>"
        )
        here = cue.end
    return shown + _content(text[here:])


def _filters(reading: "Reading") -> str:
    seen = reading.distribution()
    kinds = [
        ("supportive", "supportive", "+", seen.supportive),
        ("skeptical", "skeptical", "−", seen.skeptical),
        ("neutral", "neutral", "○", seen.neutral),
        ("off-topic", "neutral", "○", seen.off_topic),
    ]
    return "\n".join(
        f'<label><input type="checkbox" name="stance" value="{value}" checked>'
        f'<span class="key {tone}"><span class="mark" aria-hidden="true">{sign}</span>'
        f"{value}</span> {count}</label>"
        for value, tone, sign, count in kinds
    )


def _option(row: HolderSummary) -> str:
    name = _attribute(row.holder)
    return f'<option value="{name}">{name} ({row.statements})</option>'


def _table(holders: Sequence[HolderSummary], *, plain: bool = False) -> str:
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("Holder", "All", "+", "−", "○", "Net", "" if plain else "Range")
        if name
    )
    body = "\n".join(_row(row, plain) for row in holders)
    caption = (
        "Number of statements: all, supportive (+), skeptical (−), neutral (○). Net: supportive "
        "less skeptical as a share of all, with the 95% range that so few statements leave open."
    )
    return (
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>\n{body}\n</tbody></table>"
    )


def _row(row: HolderSummary, plain: bool) -> str:
    name = _attribute(row.holder)
    cell = name if plain else f'<button type="button">{name}</button>'
    counts = (row.statements, row.supportive, row.skeptical, row.neutral + row.off_topic)
    numbers = "".join(f"<td>{count}</td>" for count in counts)
    net = f"{row.net:+.2f}".replace("-", "−") if row.net else "0"
    chart = "" if plain else f"<td>{_chart(row)}</td>"
    return f'<tr data-holder="{name}"><td>{cell}</td>{numbers}<td>{net}</td>{chart}</tr>'


def _chart(row: HolderSummary) -> str:
    """Net stance as a dot on a scale from -1 to 1, its range as a line."""
    side = "plus" if row.net > 0 else "minus" if row.net < 0 else "zero"
    low, high, net = (52 + 48 * value for value in (row.low, row.high, row.net))
    words = f"net {row.net:+.2f}, range {row.low:+.2f} to {row.high:+.2f}"
    return (
        f'<svg viewBox="0 0 104 20" role="img" aria-label="{words}">'
        '<path class="axis" d="M4 10H100M52 3V17M4 6V14M100 6V14"/>'
        f'<path class="range" d="M{low:.1f} 10H{high:.1f}"/>'
        f'<circle class="net {side}" cx="{net:.1f}" cy="10" r="4"/></svg>'
    )
