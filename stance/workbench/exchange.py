"""Reading and writing the files of annotation tools."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stance.labels import Label
from stance.rows import read_rows, refuse
from stance.workbench import doccano, label_studio, prodigy
from stance.workbench.files import write_rows
from stance.workbench.items import Item, Reading, parse_item
from stance.workbench.judgements import Judgement


def read_items(
    path: Path | str, tool: str, *, annotator: str = "", labels: Mapping[str, Label] | None = None
) -> list[Item]:
    """Read sentences from a file of an annotation tool.

    Parameters
    ----------
    path : Path or str
        The file.
    tool : str
        One of `TOOLS`: `doccano`, `label-studio`, `prodigy`, or `rows` for CSV, TSV and JSONL.
    annotator : str
        Name for judgements whose annotator the file does not tell; the tool's where empty. The
        label of a row without annotator, votes or judgements becomes this annotator's judgement,
        and stays its label where empty.
    labels : Mapping[str, Label], optional
        Labels that go by another name in the file.

    Raises
    ------
    AnnotationError
        What the file holds cannot be used: line (or number of the task), field and remedy.
    """
    # A label in rows may be anyone's, so it becomes a judgement only of somebody named.
    named = annotator if tool == "rows" else annotator or tool
    return _tool(tool).read(Reading(Path(path), named, labels or {}))


def write_items(path: Path | str, items: Iterable[Item], tool: str, *, blind: bool = False) -> None:
    """Write sentences to a file that an annotation tool imports.

    Parameters
    ----------
    path : Path or str
        The file.
    items : iterable of Item
        The sentences; all that is known of them goes along.
    tool : str
        One of `TOOLS`.
    blind : bool
        Leave out labels and judgements, so that the next annotator does not see them.
    """
    _tool(tool).write(Path(path), list(items), blind)


@dataclass(frozen=True, slots=True)
class _Tool:
    read: Callable[[Reading], list[Item]]
    write: Callable[[Path, Sequence[Item], bool], None]


def _read_rows(reading: Reading) -> list[Item]:
    items = (parse_item(row, reading, line) for line, row in read_rows(reading.path))
    return [_judged_by(reading.annotator, item) for item in items]


def _judged_by(annotator: str, item: Item) -> Item:
    told = item.judgements or item.fields.get("annotator") or item.fields.get("labels")
    if not annotator or item.label is None or told:
        return item
    fields = dict(item.fields)
    note = fields.pop("note") if isinstance(fields.get("note"), str) else ""
    judgement = Judgement(item.id, annotator, item.label, note=note)
    # Left as the label too, it would count as a second vote.
    return replace(item, label=None, judgements=(judgement,), fields=fields)


def _write_rows(path: Path, items: Sequence[Item], blind: bool) -> None:
    write_rows(
        path, [{"id": item.id, "text": item.text, **item.rest(blind=blind)} for item in items]
    )


_TOOLS = {
    "rows": _Tool(_read_rows, _write_rows),
    "doccano": _Tool(doccano.read, doccano.write),
    "label-studio": _Tool(label_studio.read, label_studio.write),
    "prodigy": _Tool(prodigy.read, prodigy.write),
}
TOOLS = tuple(_TOOLS)


def _tool(name: str) -> _Tool:
    if name not in _TOOLS:
        refuse(f"unknown tool '{name}'; use one of {', '.join(TOOLS)}")
    return _TOOLS[name]
