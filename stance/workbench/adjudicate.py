"""From several judgements to one label, every vote kept."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stance.annotations import parse_votes
from stance.labels import Label
from stance.rows import Row, refuse
from stance.workbench.items import Reading, parse_item
from stance.workbench.judgements import Judgement, Verdict, refuse_other_text
from stance.workbench.pool import read_pool_file

_OURS = ("label", "labels", "judgements")


@dataclass(frozen=True, slots=True)
class Adjudication:
    """What the judgements come to.

    Attributes
    ----------
    rows : tuple
        Decided sentences as rows of an annotation file, with every vote in `labels` and every
        judgement in `judgements`.
    undecided : tuple
        Sentences without a majority, as rows without a label, for an adjudicator.
    set_aside : tuple
        Sentences that most of their annotators skipped or rejected.
    """

    rows: tuple[Row, ...]
    undecided: tuple[Row, ...]
    set_aside: tuple[Row, ...]


def adjudicate(
    judgements: Iterable[Judgement],
    *,
    sentences: Mapping[str, Row] | None = None,
    adjudicator: str = "",
) -> Adjudication:
    """Give each sentence the label that more than half of its judgements give it.

    A judgement without a label (skipped, unsure, rejected) speaks for no label, so it counts
    against a majority.

    Parameters
    ----------
    judgements : iterable of Judgement
        Settled judgements: one for each sentence and annotator.
    sentences : mapping of id to row, optional
        Rows with what else is known of the sentences; their text and fields are taken over. A
        label there without any votes counts as its writer's vote.
    adjudicator : str
        Annotator whose label decides wherever there is one.

    Raises
    ------
    AnnotationError
        A sentence whose text is nowhere to be found, two texts under one id, or an adjudicator
        who judged nothing.

    Examples
    --------
    >>> said = [Judgement("a", name, Label.NEUTRAL, text="Talks.") for name in ("ann", "bo")]
    >>> adjudicate(said).rows[0]["label"]
    'neutral'
    """
    sentences = sentences or {}
    heard: dict[str, list[Judgement]] = {}
    for judgement in judgements:
        heard.setdefault(judgement.id, []).append(judgement)
    names = {judgement.annotator for said in heard.values() for judgement in said}
    if adjudicator and adjudicator not in names:
        refuse(f"'{adjudicator}' judged nothing; name one of {', '.join(sorted(names))}")
    rows: list[Row] = []
    undecided: list[Row] = []
    set_aside: list[Row] = []
    for item, said in heard.items():
        row = _row(item, said, sentences.get(item, {}))
        decision = next((j for j in said if j.annotator == adjudicator), None)
        if decision is not None and decision.label is None:
            decided = None
        else:
            decided = decision.label if decision else _majority(row["labels"], said)
        if decided is not None:
            rows.append({**row, "label": decided.value})
        elif _dropped([decision] if decision else said):
            set_aside.append(row)
        else:
            undecided.append(row)
    return Adjudication(tuple(rows), tuple(undecided), tuple(set_aside))


def read_sentences(path: Path | str) -> dict[str, Row]:
    """Sentences of a file by id, as `adjudicate` takes them.

    Raises
    ------
    AnnotationError
        A row, a label or a vote that cannot be used, or two texts under one id.
    """
    path = Path(path)
    reading = Reading(path, annotator="")
    sentences: dict[str, Row] = {}
    texts: dict[str, str] = {}
    for line, row in read_pool_file(path):
        item = parse_item(row, reading, line)
        parse_votes(row, path, line)
        refuse_other_text(texts, item.id, item.text, path, line)
        sentences[item.id] = row
    return sentences


def _row(item: str, said: Sequence[Judgement], known: Row) -> Row:
    text = known.get("text") or next((j.text for j in said if j.text), "")
    if not text:
        refuse(f"'{item}' is judged but its text is unknown; give the file that holds it")
    texts: dict[str, str] = {}
    for one in (text, *(judgement.text for judgement in said)):
        refuse_other_text(texts, item, one)
    votes = dict(known.get("labels") or {})
    if not votes and known.get("label"):
        votes["writer"] = known["label"]
    votes.update({j.annotator: j.label.value for j in said if j.label is not None})
    words = [word for word in known.get("judgements") or [] if isinstance(word, dict)]
    names = {judgement.annotator for judgement in said}
    kept = [word for word in words if word.get("annotator") not in names]
    return {
        "id": item,
        "text": text,
        "labels": votes,
        **{name: value for name, value in known.items() if name not in ("id", "text", *_OURS)},
        "judgements": [*kept, *(judgement.word() for judgement in said)],
    }


def _majority(votes: Mapping[str, str], said: Sequence[Judgement]) -> Label | None:
    silent = sum(judgement.label is None for judgement in said)
    for label, number in Counter(votes.values()).most_common(1):
        if number * 2 > len(votes) + silent:
            return Label(label)
    return None


def _dropped(said: Sequence[Judgement]) -> bool:
    dropping = [j for j in said if j.verdict in (Verdict.SKIP, Verdict.REJECT)]
    return len(dropping) * 2 > len(said)
