"""A quiet terminal annotator for one person."""

import os
import shutil
import textwrap
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from stance.errors import AnnotationError
from stance.labels import Label
from stance.rows import Row, parse_json_row, refuse
from stance.workbench.codebook import Codebook
from stance.workbench.files import json_line
from stance.workbench.judgements import (
    Judgement,
    Verdict,
    read_judgements,
    refuse_other_text,
    settle,
)

LABEL_KEYS: Mapping[str, Label] = {
    "s": Label.SUPPORTIVE,
    "k": Label.SKEPTICAL,
    "n": Label.NEUTRAL,
}
HELP = "s supportive  k skeptical  n neutral\nx skip  u unsure  m note  z undo  r rules  q quit"
_WIDEST = 80


class Log:
    """Judgements of one annotator, each on disk before the next sentence is shown.

    Parameters
    ----------
    path : Path
        A `.jsonl` file, made if it is not there. A last line that a crash cut short is removed.
    annotator : str
        Whose judgements are written.

    Raises
    ------
    AnnotationError
        The file holds something else, or another annotator's session has it open.
    """

    def __init__(self, path: Path, annotator: str) -> None:
        if path.suffix != ".jsonl":
            refuse("judgements are kept line by line; name a .jsonl file", path)
        self.annotator = annotator
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab+")
        try:
            _lock(self._file.fileno(), path)
            self._drop_torn_line()
            said = [word for word in read_judgements(path) if word.annotator == annotator]
        except BaseException:
            self._file.close()
            raise
        self.judgements = {judgement.id: judgement for judgement in settle(said)}

    def add(self, judgement: Judgement) -> None:
        """Write a judgement and wait until it is on disk."""
        self._file.write(json_line(judgement.record()).encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self.judgements.pop(judgement.id, None)
        if judgement.verdict is not Verdict.WITHDRAWN:
            self.judgements[judgement.id] = judgement

    def withdraw_last(self, among: Container[str]) -> str | None:
        """Take back the latest judgement on one of these sentences; its id, or None."""
        item = next((name for name in reversed(self.judgements) if name in among), None)
        if item is not None:
            self.add(Judgement(item, self.annotator, verdict=Verdict.WITHDRAWN, date=_now()))
        return item

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _drop_torn_line(self) -> None:
        self._file.seek(0)
        data = self._file.read()
        whole = data.rfind(b"\n") + 1
        if whole == len(data):
            return
        try:
            parse_json_row(data[whole:].decode(), self.path, data.count(b"\n") + 1)
        except (AnnotationError, UnicodeDecodeError):
            self._file.truncate(whole)
        else:
            self._file.write(b"\n")
            self._file.flush()


def annotate(
    pool: Sequence[Row],
    log: Log,
    codebook: Codebook,
    *,
    guess: Callable[[str], str] | None = None,
) -> None:
    """Show sentences one by one and record what the annotator says, until done or `q`.

    Labels that the pool carries are not shown.

    Parameters
    ----------
    pool : sequence of rows
        Sentences with `id` and `text`; those already judged are passed over.
    log : Log
        Where judgements go.
    codebook : Codebook
        Shown on `r`.
    guess : callable, optional
        The model's word on a text, shown after the label is given, never before. A judgement
        that replaces one after which it was shown says so in its field `guess_seen`.

    Raises
    ------
    AnnotationError
        Two texts under one id, or a sentence that was judged with another text.
    """
    texts = _texts(pool)
    _refuse_other_texts(log, texts)
    guessed: set[str] = set()
    click.echo(_wrap(codebook.question) + f"\n\n{HELP}\n")
    while True:
        item = next((name for name in texts if name not in log.judgements), None)
        if item is None:
            click.echo(_progress(log, texts) + "\nAll done.")
            return
        click.echo(f"{_progress(log, texts)}\n\n{_wrap(texts[item], '  ')}\n")
        answer = _ask(log, codebook, texts)
        if answer is None:
            click.echo("Stopped; the same command goes on from here.")
            return
        verdict, label, note = answer
        if verdict is Verdict.WITHDRAWN:
            continue
        seen = {"guess_seen": True} if item in guessed else {}
        log.add(Judgement(item, log.annotator, label, verdict, _now(), note, texts[item], seen))
        told = f"   (model: {guess(texts[item])})" if guess else ""
        if guess:
            guessed.add(item)
        click.echo(f"  {label or verdict}{told}\n")


def _texts(pool: Sequence[Row]) -> dict[str, str]:
    seen: dict[str, str] = {}
    for row in pool:
        refuse_other_text(seen, row["id"], row["text"])
    return {row["id"]: row["text"] for row in pool}


def _ask(
    log: Log, codebook: Codebook, texts: Container[str]
) -> tuple[Verdict, Label | None, str] | None:
    """What the annotator says of the sentence shown: WITHDRAWN after an undo, None to stop."""
    note = ""
    warned = False
    while True:
        click.echo("> ", nl=False)
        key = _read_key()
        click.echo()
        if key in ("q", "z") and note and not warned:
            warned = True
            click.echo(f"The note goes with a judgement: give one, or {key} again to drop it.")
            continue
        if key in LABEL_KEYS:
            return Verdict.LABEL, LABEL_KEYS[key], note
        if key == "x":
            return Verdict.SKIP, None, note
        if key == "u":
            return Verdict.UNSURE, None, note
        if key == "q":
            return None
        if key == "m":
            note = click.prompt("Note", default=note, show_default=bool(note)).strip()
            warned = False
        elif key == "r":
            _show_rules(codebook)
        elif key == "z":
            if log.withdraw_last(texts) is None:
                click.echo("Nothing to undo.")
            else:
                click.echo("Took back the last one.\n")
                return Verdict.WITHDRAWN, None, note
        else:
            click.echo(HELP)


def _read_key() -> str:
    try:
        return click.getchar().lower()
    except (EOFError, KeyboardInterrupt):
        return "q"


def _show_rules(codebook: Codebook) -> None:
    for label, meaning in codebook.labels.items():
        click.echo(_wrap(f"{label}: {meaning}", "  ", "    "))
    for rule in codebook.rules:
        click.echo(_wrap(f"{rule.number:>3}. {rule.title}", "", "     "))
    texts = {str(rule.number): rule.text for rule in codebook.rules}
    while True:
        chosen = click.prompt("Number of a rule, or Enter to go back", "", show_default=False)
        if chosen.strip() not in texts:
            return
        click.echo(_wrap(texts[chosen.strip()], "  ") + "\n")


def _progress(log: Log, texts: Mapping[str, str]) -> str:
    counts = Counter(word.verdict for name, word in log.judgements.items() if name in texts)
    done = sum(counts.values())
    told = f"[{done}/{len(texts)}] {counts[Verdict.LABEL]} labelled"
    for verdict, name in ((Verdict.SKIP, "skipped"), (Verdict.UNSURE, "unsure")):
        told += f", {counts[verdict]} {name}" if counts[verdict] else ""
    return told


def _wrap(text: str, first: str = "", later: str | None = None) -> str:
    width = min(_WIDEST, shutil.get_terminal_size().columns) - 1
    shown = "".join(char if char.isprintable() else " " for char in text)
    return textwrap.fill(
        shown, width, initial_indent=first, subsequent_indent=first if later is None else later
    )


def _refuse_other_texts(log: Log, texts: Mapping[str, str]) -> None:
    for name, judgement in log.judgements.items():
        if name in texts and judgement.text and judgement.text != texts[name]:
            hint = "judge changed sentences in a new file"
            refuse(f"'{name}' was judged with another text; {hint}", log.path, name="id")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _lock(handle: int, path: Path) -> None:
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        refuse("another session has it open; close that one first", path)
