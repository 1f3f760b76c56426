"""The marked texts: see texts/README.md for the format."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

TEXTS = Path(__file__).parent / "texts"
_MARK = re.compile(r"([STAB]) \| (?:([^|]*?) )?\| (.*)")
KINDS = {"S": "speech", "T": "attitude", "A": "author", "B": "boilerplate"}


@dataclass(frozen=True)
class Mark:
    """One marked stretch of a text."""

    start: int
    end: int
    kind: str
    holder: str


def parse(source: str) -> tuple[str, list[Mark]]:
    """The text of a marked file and its marks."""
    text, gap, marks = "", "", []
    for line in source.splitlines():
        if line.startswith("#"):
            continue
        if not line:
            gap += "\n\n" if text else ""
        elif line == "/":
            gap += "\n"
        elif line.startswith("G | "):
            gap += json.loads(line[4:])
        else:
            match = _MARK.fullmatch(line)
            if match is None:
                raise ValueError(f"not a marked line: {line}")
            kind, holder, content = match.groups()
            content = content.replace("\\n", "\n")
            if text or gap:
                text += gap or " "
            gap = ""
            marks.append(Mark(len(text), len(text) + len(content), KINDS[kind], holder or "author"))
            text += content
    return text, marks


def marked_texts() -> dict[str, tuple[str, list[Mark]]]:
    """Name of each marked file to its text and marks."""
    return {
        path.stem: parse(path.read_text(encoding="utf-8")) for path in sorted(TEXTS.glob("*.txt"))
    }
