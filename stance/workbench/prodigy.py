"""Prodigy's JSONL: one line for each answer, all its own fields kept.

Both of its interfaces are read: `choice` (labels in `accept`) and a single `label` to accept or
reject. A rejected label is a judgement, but not a label; `ignore` is a skip.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stance.labels import LABELS, Label
from stance.rows import Row, kind_of, read_rows, refuse
from stance.workbench.files import write_rows
from stance.workbench.items import KEY, Item, Reading, parse_item, require_text
from stance.workbench.judgements import Judgement, Verdict, parse_judgement

_OPTIONS = [{"id": label.value, "text": label.value} for label in LABELS]
_ANSWERS = {
    Verdict.LABEL: "accept",
    Verdict.SKIP: "ignore",
    Verdict.REJECT: "reject",
    Verdict.UNSURE: "accept",
}


def read(reading: Reading) -> list[Item]:
    """Sentences of a file that Prodigy takes in or gives out, answers to one joined."""
    items: dict[str, Item] = {}
    for line, row in read_rows(reading.path):
        item = _read_sentence(row, reading, line)
        held = items.setdefault(item.id, item)
        if held.text != item.text:
            refuse(f"'{item.id}' has another text further up", reading.path, line, "text")
        answer = _read_answer(row, item.id, reading, line)
        if answer is not None:
            items[item.id] = held.judged(answer)
    return list(items.values())


def write(path: Path, items: Sequence[Item], blind: bool) -> None:
    """Write a file for Prodigy to take in: a line for each judgement, at least one a sentence."""
    write_rows(path, [line for item in items for line in _lines(item, blind)])


def _lines(item: Item, blind: bool) -> list[Row]:
    known = {"id": item.id, **item.rest(blind=blind)}
    known.pop("judgements", None)
    if blind or not item.judgements:
        return [{"text": item.text, "options": _OPTIONS, KEY: known}]
    return [_answer_line(item, judgement, known) for judgement in item.judgements]


def _answer_line(item: Item, judgement: Judgement, known: Row) -> Row:
    came = judgement.extra.get("prodigy")
    if isinstance(came, dict):
        return {"text": item.text, **came, KEY: {**known, "judgement": judgement.word()}}
    fields: Row = {
        "text": item.text,
        "options": _OPTIONS,
        "accept": [] if judgement.label is None else [judgement.label.value],
        "answer": _ANSWERS[judgement.verdict],
        "_annotator_id": judgement.annotator,
        "_session_id": judgement.annotator,
    }
    moment = _timestamp(judgement.date)
    if moment is not None:
        fields["_timestamp"] = moment
    return {**fields, KEY: {**known, "judgement": judgement.word()}}


def _read_sentence(row: Row, reading: Reading, line: int) -> Item:
    text = require_text(row.get("text"), reading.path, line)
    known = row.get(KEY)
    if isinstance(known, dict):
        fields = {name: known[name] for name in known if name != "judgement"}
        return parse_item({**fields, "text": text}, reading, line)
    item = parse_item({"text": text}, reading, line)
    if "_input_hash" in row:
        item = Item(id=f"prodigy-{row['_input_hash']}", text=text)
    if "answer" in row:
        return item
    return Item(id=item.id, text=text, fields={k: row[k] for k in row if k != "text"})


def _read_answer(row: Row, item: str, reading: Reading, line: int) -> Judgement | None:
    known = row.get(KEY)
    held = known.get("judgement") if isinstance(known, dict) else None
    stated = None if held is None else parse_judgement(held, item, reading.path, line)
    if "answer" not in row:
        return stated
    label, verdict = _answer(row, reading, line)
    if stated is not None and label == stated.label:
        exported = _ANSWERS.get(stated.verdict) == row["answer"]
        if exported:
            return stated
    annotator = row.get("_annotator_id") or row.get("_session_id") or reading.annotator
    came = {name: row[name] for name in row if name not in ("text", KEY)}
    return Judgement(
        id=item,
        annotator=str(annotator),
        label=label,
        verdict=verdict,
        date=_date(row.get("_timestamp")),
        note=_note(row),
        extra={"prodigy": came},
    )


def _answer(row: Row, reading: Reading, line: int) -> tuple[Label | None, Verdict]:
    answer = row["answer"]
    if answer == "ignore":
        return None, Verdict.SKIP
    if answer == "reject":
        return None, Verdict.REJECT
    if answer != "accept":
        hint = "expected 'accept', 'reject' or 'ignore'"
        refuse(f"{hint}, got '{answer}'", reading.path, line, "answer")
    chosen = row.get("accept", [row["label"]] if "label" in row else [])
    if not isinstance(chosen, list):
        refuse(f"expected a list of labels, got {kind_of(chosen)}", reading.path, line, "accept")
    return reading.verdict(chosen, line)


def _note(row: Row) -> str:
    for name in ("note", "comment", "comments", "user_input"):
        if isinstance(row.get(name), str):
            return str(row[name])
    return ""


def _date(moment: Any) -> str:
    if not isinstance(moment, int | float) or isinstance(moment, bool):
        return ""
    try:
        return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return ""


def _timestamp(date: str) -> int | None:
    try:
        return int(datetime.fromisoformat(date).timestamp())
    except ValueError:
        return None
