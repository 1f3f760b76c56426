"""The codebook as annotators need it at hand: question, labels, rules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stance.labels import LABELS, Label
from stance.rows import read_lines

_RULE = re.compile(r"(\d+)\.\s+(.*)")
_LABEL_ROW = re.compile(r"\|\s*`(\w+)`\s*\|\s*(.*?)\s*\|$")


@dataclass(frozen=True, slots=True)
class Rule:
    """A numbered rule; `title` is what it sets in bold, else its first sentence."""

    number: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Codebook:
    """A codebook written as Markdown.

    Attributes
    ----------
    title, question : str
        Its heading, and the question each sentence is asked.
    labels : Mapping[Label, str]
        What each label says of a statement.
    rules : tuple[Rule, ...]
        The numbered rules.
    """

    title: str
    question: str
    labels: Mapping[Label, str]
    rules: tuple[Rule, ...]


def read_codebook(path: Path | str) -> Codebook:
    """Read a codebook.

    The title is the first heading, the question stands behind "Question to answer.", labels in
    the first column of a table, between backticks, and rules in a numbered list.

    Raises
    ------
    AnnotationError
        The file cannot be read.
    """
    lines = [line.rstrip() for line in read_lines(Path(path))]
    blocks = _blocks(lines)
    titles = [line.lstrip("# ") for line in lines if line.startswith("#")]
    known = tuple(label.value for label in LABELS)
    rows = [match for line in lines if (match := _LABEL_ROW.match(line)) and match[1] in known]
    rules = [match for block in blocks if (match := _RULE.match(block))]
    return Codebook(
        title=titles[0] if titles else "Codebook",
        question=next(map(_question, (b for b in blocks if "Question" in b)), "Which label?"),
        labels={Label(row[1]): _plain(row[2]) for row in rows},
        rules=tuple(Rule(int(rule[1]), _title(rule[2]), _plain(rule[2])) for rule in rules),
    )


def _blocks(lines: list[str]) -> list[str]:
    blocks: list[str] = []
    open_block = False
    for line in lines:
        starts = bool(_RULE.match(line)) or line.startswith(("#", "|", "- "))
        if line.strip() and open_block and not starts:
            blocks[-1] += " " + line.strip()
        elif line.strip():
            blocks.append(line.strip())
        open_block = bool(line.strip())
    return blocks


def _question(block: str) -> str:
    return _plain(re.sub(r"^\**Question[^.*]*\.?\**\s*", "", block))


def _title(text: str) -> str:
    bold = re.match(r"\*\*(.+?)\*\*", text)
    return _plain(bold[1] if bold else text.split(". ")[0]).rstrip(".")


def _plain(text: str) -> str:
    return re.sub(r"\*\*|`|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)", "", text)
