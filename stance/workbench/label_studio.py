"""Label Studio's JSON: tasks with annotations.

A judgement becomes an annotation of its task. What Label Studio has no place for travels in the
task's `meta`. An annotation's `id` comes back from Label Studio as `import_id`; that tells our
own annotations from those made there.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from stance.labels import LABELS, Label
from stance.rows import Row, read_lines, refuse
from stance.workbench.codebook import Codebook
from stance.workbench.files import replace_file
from stance.workbench.items import KEY, Item, Reading, optional_list, parse_item, require_text
from stance.workbench.judgements import Judgement, Verdict

_CHOICES = "stance"
_NOTE = "note"


def read(reading: Reading) -> list[Item]:
    """Sentences of a file that Label Studio imports or exports as JSON."""
    try:
        tasks = json.loads("".join(read_lines(reading.path)))
    except (ValueError, RecursionError) as error:
        refuse(f"invalid JSON ({error}); export the project as JSON", reading.path)
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        refuse("expected a list of tasks; export the project as JSON", reading.path)
    return [_read_task(task, reading, number) for number, task in enumerate(tasks, start=1)]


def write(path: Path, items: Sequence[Item], blind: bool) -> None:
    """Write a file for Label Studio to import."""
    tasks = [_task(item, blind) for item in items]
    replace_file(path, json.dumps(tasks, ensure_ascii=False, indent=1) + "\n")


def labelling_configuration(codebook: Codebook) -> str:
    """Labelling interface with the labels, a note and the codebook's rules."""
    choices = "\n".join(
        f"    <Choice value={quoteattr(label.value)} hotkey={quoteattr(str(key))}"
        f" hint={quoteattr(codebook.labels.get(label, ''))}/>"
        for key, label in enumerate(LABELS, start=1)
    )
    rules = "\n".join(
        f'      <Header size="6" value={quoteattr(f"{rule.number}. {rule.text}")}/>'
        for rule in codebook.rules
    )
    return f"""<View>
  <Header size="4" value={quoteattr(codebook.question)}/>
  <Text name="text" value="$text"/>
  <Choices name="{_CHOICES}" toName="text" choice="single-radio" required="true">
{choices}
  </Choices>
  <TextArea name="{_NOTE}" toName="text" placeholder="Note" maxSubmissions="1" rows="2"/>
  <Collapse>
    <Panel value={quoteattr(codebook.title)}>
      <View>
{rules}
      </View>
    </Panel>
  </Collapse>
</View>
"""


def _task(item: Item, blind: bool) -> Row:
    came = item.fields.get("label_studio")
    plain = {name: value for name, value in item.fields.items() if isinstance(value, str)}
    annotations = [] if blind else [_annotation(j, n) for n, j in enumerate(item.judgements, 1)]
    if not blind and not item.judgements and item.label is not None:
        annotations = [_annotation(Judgement(item.id, "", item.label), 0)]
    return {
        **(came if isinstance(came, dict) else {}),
        "data": {"text": item.text, "id": item.id, **plain},
        "meta": {KEY: {"id": item.id, **item.rest(blind=blind)}},
        "annotations": [annotation for annotation in annotations if annotation is not None],
    }


def _annotation(judgement: Judgement, number: int) -> Row | None:
    if judgement.verdict not in (Verdict.LABEL, Verdict.SKIP):
        return None
    result = []
    if judgement.label is not None:
        chosen = {"choices": [judgement.label.value]}
        result.append(
            {"from_name": _CHOICES, "to_name": "text", "type": "choices", "value": chosen}
        )
    if judgement.note:
        note = {"text": [judgement.note]}
        result.append({"from_name": _NOTE, "to_name": "text", "type": "textarea", "value": note})
    skipped = judgement.verdict is Verdict.SKIP
    return {"id": number, KEY: number, "result": result, "was_cancelled": skipped}


def _read_task(task: Row, reading: Reading, number: int) -> Item:
    data = task.get("data")
    data = data if isinstance(data, dict) else {}
    text = require_text(data.get("text"), reading.path, number, "data.text")
    meta = task.get("meta")
    known = meta.get(KEY) if isinstance(meta, dict) else None
    if isinstance(known, dict):
        item = parse_item({**known, "text": text}, reading, number)
    else:
        item = _foreign(task, data, text, reading)
    exported = {0: item.label, **{n: j.label for n, j in enumerate(item.judgements, start=1)}}
    made = task.get("annotations") or task.get("completions")
    for annotation in optional_list(made, reading.path, number, "annotations"):
        judgement = _judgement(annotation, item.id, reading, number)
        ours = annotation.get(KEY, annotation.get("import_id"))
        again = isinstance(known, dict) and isinstance(ours, int) and ours in exported
        if again and exported[ours] == judgement.label:
            continue
        item = item.judged(judgement)
    return item


def _foreign(task: Row, data: Row, text: str, reading: Reading) -> Item:
    name = data.get("id")
    if not isinstance(name, str) or not name:
        name = f"label-studio-{task['id']}" if "id" in task else ""
    rest = {key: data[key] for key in data if key not in ("text", "id", "label")}
    own = {key: task[key] for key in task if key not in ("data", "annotations", "completions")}
    if own:
        rest["label_studio"] = own
    return parse_item({"id": name, "text": text, **rest}, reading, 0)


def _judgement(annotation: Any, item: str, reading: Reading, number: int) -> Judgement:
    if not isinstance(annotation, dict):
        refuse("expected a list of annotations", reading.path, number, "annotations")
    labels: list[object] = []
    notes: list[str] = []
    for part in optional_list(annotation.get("result"), reading.path, number, "result"):
        value = part.get("value", {}) if isinstance(part, dict) else None
        if not isinstance(value, dict):
            refuse("expected objects with a value", reading.path, number, "result")
        labels += optional_list(value.get("choices"), reading.path, number, "choices")
        if part.get("type") == "textarea":
            notes += map(str, optional_list(value.get("text"), reading.path, number, "text"))
    label, verdict = _verdict(annotation, labels, reading, number)
    return Judgement(
        id=item,
        annotator=_annotator(annotation.get("completed_by"), reading),
        label=label,
        verdict=verdict,
        date=str(annotation.get("created_at") or ""),
        note="; ".join(notes),
        extra={"label_studio": annotation},
    )


def _verdict(
    annotation: Mapping[str, object], labels: Sequence[object], reading: Reading, number: int
) -> tuple[Label | None, Verdict]:
    if annotation.get("was_cancelled"):
        return None, Verdict.SKIP
    return reading.verdict(labels, number)


def _annotator(completed_by: object, reading: Reading) -> str:
    if isinstance(completed_by, dict):
        completed_by = completed_by.get("email") or completed_by.get("id")
    return reading.annotator if completed_by is None else f"{reading.annotator}:{completed_by}"
