"""doccano's JSONL for text classification.

An import file has `text` and `label` (a list) on each line; an export adds `id` and `Comments`,
with whatever else was imported beside them. All that doccano has no place for travels in one
more field, as a JSON string: doccano reads files through a data frame, which would fill gaps in
any column of numbers or objects.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from stance.labels import LABELS
from stance.rows import Row, kind_of, read_rows, refuse
from stance.workbench.files import write_rows
from stance.workbench.items import KEY, Item, Reading, optional_list, parse_item, require_text
from stance.workbench.judgements import Judgement, Verdict

_TEXT = ("text", "data")
_LABELS = ("label", "labels", "cats")
_COLOURS = {"supportive": "#0072b2", "skeptical": "#d55e00", "neutral": "#595959"}
_KEYS = {"supportive": "s", "skeptical": "k", "neutral": "n"}


def read(reading: Reading) -> list[Item]:
    """Sentences of a file that doccano imports or exports.

    A line with an `id` of doccano's has been confirmed by an annotator: its label becomes a
    judgement, and no label means that it was skipped.
    """
    return [_read_line(row, reading, line) for line, row in read_rows(reading.path)]


def write(path: Path, items: Sequence[Item], blind: bool) -> None:
    """Write a file for doccano to import."""
    write_rows(path, [_line(item, blind) for item in items])


def label_file() -> str:
    """Labels with keys and colours, as doccano imports them.

    Examples
    --------
    >>> json.loads(label_file())[0]["text"]
    'supportive'
    """
    labels = [
        {
            "text": label.value,
            "suffix_key": _KEYS[label],
            "background_color": _COLOURS[label],
            "text_color": "#ffffff",
        }
        for label in LABELS
    ]
    return json.dumps(labels, indent=2) + "\n"


def _line(item: Item, blind: bool) -> Row:
    label = None if blind else item.present_label()
    known = {"id": item.id, **item.rest(blind=blind)}
    return {
        "text": item.text,
        "label": [] if label is None else [label.value],
        KEY: json.dumps(known, ensure_ascii=False),
    }


def _read_line(row: Row, reading: Reading, line: int) -> Item:
    text_field = next((name for name in _TEXT if name in row), "text")
    label_field = next((name for name in _LABELS if name in row), "label")
    text = require_text(row.get(text_field), reading.path, line, text_field)
    labels = _label_list(row.get(label_field), reading, line, label_field)
    comments = optional_list(row.get("Comments"), reading.path, line, "Comments")
    if KEY in row:
        item = parse_item({**_known(row[KEY], reading, line), "text": text}, reading, line)
        stands = item.present_label()
        if "id" not in row and labels == ([] if stands is None else [stands.value]):
            return item
    else:
        item = _foreign(row, text, text_field, label_field, reading)
    if not labels and "id" not in row:
        return item
    label, verdict = reading.verdict(labels, line) if labels else (None, Verdict.SKIP)
    note = "; ".join(str(comment) for comment in comments)
    return item.judged(Judgement(item.id, reading.annotator, label, verdict, note=note))


def _foreign(row: Row, text: str, text_field: str, label_field: str, reading: Reading) -> Item:
    own = {name: row[name] for name in ("id", "Comments", label_field) if name in row}
    rest = {name: row[name] for name in row if name not in (*own, text_field)}
    item = parse_item({"text": text}, reading, 0)
    name = f"doccano-{row['id']}" if "id" in row else item.id
    return Item(id=name, text=text, fields={**rest, "doccano": own})


def _label_list(value: object, reading: Reading, line: int, name: str) -> list[object]:
    if isinstance(value, str):
        return [value]
    if value is None or isinstance(value, list):
        return value or []
    refuse(f"expected a list of labels, got {kind_of(value)}", reading.path, line, name)


def _known(value: object, reading: Reading, line: int) -> Row:
    try:
        known = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        known = None
    if not isinstance(known, dict):
        refuse("was changed by hand; export the sentences again", reading.path, line, KEY)
    return known
