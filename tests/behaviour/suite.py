"""The behaviour cases and how a model fares on them.

``python -m tests.behaviour.suite`` prints the pass rate of each kind as a Markdown table, with
``--json`` as JSON. The cases are in ``cases/``, one file a kind; README.md says how each is judged.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import click

from stance.api import chosen_model
from stance.labels import Label

HERE = Path(__file__).parent
KNOWN_FAILURES = HERE / "known_failures.txt"
FLOORS = HERE / "floors.json"

# A change of probability smaller than this is no answer to a changed sentence.
MARGIN = 0.01


class Assessor(Protocol):
    """What the suite needs of a model."""

    def assess(self, text: str) -> Any:
        """Label one statement with probabilities."""
        ...


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes
    ----------
    id : str
        Unique in the suite.
    kind : str
        Name of its file.
    aspect : str
        What it tests within the kind: the rule, what varies, what changes.
    fields : mapping
        The line of the file.
    """

    id: str
    kind: str
    aspect: str
    fields: Mapping[str, Any]

    def texts(self) -> list[str]:
        """Every statement of the case."""
        single = ("text", "twin", "base", "changed")
        return [
            *self.fields.get("texts", ()),
            *(self.fields[n] for n in single if n in self.fields),
        ]

    def problem(self, model: Assessor) -> str:
        """What the model gets wrong, in words; empty where it passes."""
        return KINDS[self.kind].judge(self.fields, model)


def _labelled(fields: Mapping[str, Any], model: Assessor) -> str:
    return _wrong(model, fields["text"], fields["label"])


def _same(fields: Mapping[str, Any], model: Assessor) -> str:
    labels = {text: str(model.assess(text).label) for text in fields["texts"]}
    if len(set(labels.values())) == 1:
        return ""
    return "; ".join(f"{label}: {text}" for text, label in labels.items())


def _moved(fields: Mapping[str, Any], model: Assessor) -> str:
    label = Label(fields["label"])
    before, after = (
        model.assess(fields[name]).probabilities[label] for name in ("base", "changed")
    )
    change = after - before if fields["moves"] == "rises" else before - after
    if change >= MARGIN:
        return ""
    wanted = "rise" if fields["moves"] == "rises" else "fall"
    return f"{label} should {wanted}, goes from {before:.3f} to {after:.3f}: {fields['changed']}"


def _told_apart(fields: Mapping[str, Any], model: Assessor) -> str:
    wrong = (
        _wrong(model, fields["text"], fields["label"]),
        _wrong(model, fields["twin"], Label.NEUTRAL),
    )
    return "; ".join(filter(None, wrong))


def _wrong(model: Assessor, text: str, expected: str) -> str:
    label = model.assess(text).label
    return "" if label == expected else f"{label} instead of {expected}: {text}"


@dataclass(frozen=True)
class Kind:
    """How the cases of a file are judged, and which of their fields names the aspect."""

    title: str
    aspect: str
    judge: Callable[[Mapping[str, Any], Assessor], str]


KINDS = {
    "minimum_functionality": Kind("minimum functionality", "rule", _labelled),
    "invariance": Kind("invariance", "varies", _same),
    "direction": Kind("direction", "change", _moved),
    "other_pair": Kind("other-pair twins", "label", _told_apart),
    "stubborn": Kind("stubborn", "label", _labelled),
}


def cases() -> list[Case]:
    """All cases, kind after kind."""
    found = []
    for name, kind in KINDS.items():
        lines = (HERE / "cases" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        for fields in map(json.loads, lines):
            found.append(Case(fields["id"], name, str(fields[kind.aspect]), fields))
    return found


def known_failures() -> set[str]:
    """Ids of the cases the packaged model is known to fail."""
    return set(KNOWN_FAILURES.read_text(encoding="utf-8").split())


def floors() -> dict[str, float]:
    """The pass rate below which no model is packaged, by kind."""
    found: dict[str, float] = json.loads(FLOORS.read_text(encoding="utf-8"))
    return found


def _tally(outcomes: Iterable[tuple[Case, str]]) -> dict[str, Any]:
    passed = [not problem for _, problem in outcomes]
    return {
        "cases": len(passed),
        "passed": sum(passed),
        "rate": sum(passed) / len(passed),
    }


def report(model: Assessor) -> dict[str, Any]:
    """Pass rates of a model.

    Returns
    -------
    dict
        ``cases``, ``passed`` and ``rate`` over all; the same by kind in ``kinds``, and there by
        aspect in ``aspects``; ``failures``, from the id of a failed case to what went wrong.
    """
    outcomes = [(case, case.problem(model)) for case in cases()]
    kinds = {}
    for name, kind in KINDS.items():
        of_kind = [(case, problem) for case, problem in outcomes if case.kind == name]
        aspects = {
            aspect: _tally([pair for pair in of_kind if pair[0].aspect == aspect])
            for aspect in dict.fromkeys(case.aspect for case, _ in of_kind)
        }
        kinds[name] = {"title": kind.title, **_tally(of_kind), "aspects": aspects}
    failures = {case.id: problem for case, problem in outcomes if problem}
    return {**_tally(outcomes), "kinds": kinds, "failures": failures}


def table(figures: Mapping[str, Any]) -> str:
    """The pass rates of a report as a Markdown table."""
    rows = [
        f"| {row['title']} | {row['cases']} | {row['passed']} | {row['rate']:.2f} |"
        for row in (*figures["kinds"].values(), {"title": "all", **figures})
    ]
    return "\n".join(["| behaviour | cases | passed | rate |", "|---|---|---|---|", *rows])


@click.command()
@click.option("--model", "folder", type=click.Path(exists=True, file_okay=False), default=None,
              help="Model folder; the packaged model by default.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="JSON, with aspects and every failure.")
@click.option("--write-known-failures", "write", is_flag=True,
              help="Also list what this model fails in known_failures.txt.")  # fmt: skip
def main(folder: str | None, as_json: bool, write: bool) -> None:
    """Print how a model fares on the behaviour cases, by kind."""
    figures = report(chosen_model(folder))
    if write:
        lines = "".join(f"{name}\n" for name in figures["failures"])
        KNOWN_FAILURES.write_text(lines, encoding="utf-8", newline="\n")
    click.echo(json.dumps(figures, indent=2, ensure_ascii=False) if as_json else table(figures))


if __name__ == "__main__":
    main()
