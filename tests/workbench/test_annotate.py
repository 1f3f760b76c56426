"""The terminal annotator, driven through a real pseudo-terminal."""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from stance.errors import AnnotationError
from stance.resources import annotations_folder
from stance.workbench.annotate import Log
from stance.workbench.judgements import Judgement, Verdict, read_judgements, settle

POOL = [
    "Both ministers called the gas deal a beginning.",
    "The port will not be reopened to them, he said.",
    "The embassy on the hill has nine windows.",
]
ASKING = "\n> "


class Terminal:
    """A session of `stance annotations annotate` in a terminal of 80 columns."""

    def __init__(self, *args):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stance", "annotations", "annotate", *map(str, args)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            cwd=Path(__file__).parents[2],
            env={**os.environ, "TERM": "dumb", "COLUMNS": "80"},
        )
        os.close(slave)
        self.seen = ""

    def wait_for(self, text, seconds=30):
        """What was printed until the text came, the text included."""
        start = time.monotonic()
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], 0.1)
            if ready:
                try:
                    data = os.read(self.master, 4096)
                except OSError:
                    data = b""
                if not data:
                    raise AssertionError(f"ended before {text!r}: {self.seen}")
                self.seen += data.decode().replace("\r\n", "\n")
            if time.monotonic() - start > seconds:
                raise AssertionError(f"no {text!r} within {seconds} s: {self.seen}")
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def press(self, key, then=ASKING):
        # The terminal drops what is typed before it listens for one key.
        until = time.monotonic() + 30
        while not key.endswith("\n") and termios.tcgetattr(self.master)[3] & termios.ICANON:
            assert time.monotonic() < until, f"does not listen for one key: {self.seen}"
            time.sleep(0.005)
        os.write(self.master, key.encode())
        return self.wait_for(then)

    def end(self):
        """Exit code, once the program has ended by itself."""
        return self.process.wait(timeout=30)

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def pool(tmp_path):
    path = tmp_path / "pool.jsonl"
    rows = [{"id": f"p{n}", "text": t, "label": "neutral"} for n, t in enumerate(POOL)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def terminal():
    opened = []

    def start(*args):
        opened.append(Terminal(*args))
        return opened[-1]

    yield start
    for session in opened:
        session.close()


def said(path):
    return [
        (j.id, j.label and j.label.value, str(j.verdict)) for j in settle(read_judgements(path))
    ]


def test_a_session_from_first_key_to_last(pool, tmp_path, terminal):
    out = tmp_path / "ann.jsonl"
    session = terminal(pool, "--out", out, "--annotator", "ann")
    opening = session.wait_for(ASKING)
    assert "s supportive" in opening
    assert "[0/3]" in opening
    assert POOL[0] in opening
    assert POOL[1] not in opening
    # Blind: the label in the pool is not shown.
    assert "neutral" not in opening.replace("n neutral", "")

    after = session.press("s")
    assert said(out) == [("p0", "supportive", "label")]
    assert "[1/3] 1 labelled" in after
    assert POOL[1] in after

    after = session.press("z")
    assert "Took back the last one." in after
    assert POOL[0] in after
    assert said(out) == []

    session.press("m", then="Note")
    session.press("clear case\n")
    session.press("S")
    session.press("x")
    after = session.press("u", then="All done.")
    assert "[3/3] 1 labelled, 1 skipped, 1 unsure" in after
    assert session.end() == 0
    assert said(out) == [
        ("p0", "supportive", "label"),
        ("p1", None, "skip"),
        ("p2", None, "unsure"),
    ]
    (first, *_) = settle(read_judgements(out))
    assert first.note == "clear case"
    assert first.text == POOL[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", first.date)


def test_a_kill_loses_nothing_and_the_same_command_goes_on(pool, tmp_path, terminal):
    out = tmp_path / "ann.jsonl"
    first = terminal(pool, "--out", out, "--annotator", "ann")
    first.wait_for(ASKING)
    first.press("k")
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    with out.open("a") as file:
        file.write('{"id": "p1", "annotator": "ann", "la')  # A write the power cut short.
    second = terminal(pool, "--out", out, "--annotator", "ann")
    opening = second.wait_for(ASKING)
    assert "[1/3] 1 labelled" in opening
    assert POOL[1] in opening
    assert "Stopped" in second.press("q", then="goes on from here.")
    assert second.end() == 0
    assert said(out) == [("p0", "skeptical", "label")]


def test_rules_are_one_key_away_and_fit_the_screen(pool, tmp_path, terminal):
    session = terminal(
        pool, "--out", tmp_path / "a.jsonl", "--annotator", "ann",
        "--codebook", annotations_folder() / "CODEBOOK.md",
    )  # fmt: skip
    opening = session.wait_for(ASKING)
    rules = session.press("r", then="go back: ")
    assert "13. Irony" in rules
    assert "supportive: favours" in " ".join(rules.split())
    one = session.press("13\n", then="go back: ")
    assert "Irony is labelled by what is meant." in one
    assert max(map(len, (opening + rules + one).splitlines())) < 80
    assert "\x1b[" not in opening + rules + one
    session.press("\n")
    assert "s supportive" in session.press("?")
    assert "Nothing to undo." in session.press("z")
    session.press("\x03", then="goes on from here.")
    assert session.end() == 0


def test_long_sentences_are_folded_and_escape_sequences_disarmed(tmp_path, terminal):
    pool = tmp_path / "pool.txt"
    pool.write_text("They met " + "again and " * 30 + "at last. \x1b[2J\x07\n\n")
    session = terminal(pool, "--out", tmp_path / "a.jsonl", "--annotator", "ann")
    opening = session.wait_for(ASKING)
    assert max(map(len, opening.splitlines())) < 80
    assert "\x1b" not in opening
    session.press("n", then="All done.")
    assert session.end() == 0


def test_the_models_guess_comes_after_the_label(pool, tmp_path, terminal):
    session = terminal(pool, "--out", tmp_path / "a.jsonl", "--annotator", "ann", "--guess")
    assert "model:" not in session.wait_for(ASKING)
    after = session.press("n")
    assert re.search(r"neutral   \(model: \w+ [01]\.\d\d\)", after)
    session.press("z")
    session.press("k")
    session.press("k")
    (second, third) = settle(read_judgements(tmp_path / "a.jsonl"))
    assert second.extra == {"guess_seen": True}
    assert third.extra == {}


def test_two_sessions_on_one_file_are_refused(pool, tmp_path, terminal):
    out = tmp_path / "ann.jsonl"
    terminal(pool, "--out", out, "--annotator", "ann").wait_for(ASKING)
    with pytest.raises(AnnotationError, match="another session"):
        Log(out, "ann")


def test_without_a_terminal_it_says_so(pool, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "stance", "annotations", "annotate", str(pool),
         "--out", str(tmp_path / "a.jsonl"), "--annotator", "ann"],
        input="s", capture_output=True, text=True, check=False,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert not (tmp_path / "a.jsonl").exists()


def test_a_changed_sentence_is_not_taken_for_the_judged_one(pool, tmp_path, terminal):
    out = tmp_path / "ann.jsonl"
    log = Log(out, "ann")
    log.add(Judgement("p0", "ann", verdict=Verdict.SKIP, text="Something else."))
    log.close()
    session = terminal(pool, "--out", out, "--annotator", "ann")
    session.wait_for("judge changed sentences in a new file")
    assert session.end() == 1


def test_the_log_keeps_other_annotators_and_mends_a_missing_line_end(tmp_path):
    out = tmp_path / "all.jsonl"
    out.write_text('{"id": "p0", "annotator": "bo", "label": "neutral"}')
    log = Log(out, "ann")
    assert log.judgements == {}
    assert log.withdraw_last({"p0"}) is None
    log.add(Judgement("p0", "ann", verdict=Verdict.UNSURE))
    log.close()
    assert len(read_judgements(out)) == 2


def test_judgements_are_kept_in_jsonl_only(tmp_path):
    with pytest.raises(AnnotationError, match=r"name a \.jsonl file"):
        Log(tmp_path / "a.csv", "ann")


def test_a_pool_with_two_texts_of_one_id_is_refused(pool, tmp_path, terminal):
    with pool.open("a") as file:
        file.write('{"id": "p0", "text": "No deal."}\n')
    session = terminal(pool, "--out", tmp_path / "ann.jsonl", "--annotator", "ann")
    session.wait_for("'p0' names another text too")
    assert session.end() == 1


def test_a_note_is_not_dropped_unasked(pool, tmp_path, terminal):
    out = tmp_path / "ann.jsonl"
    session = terminal(pool, "--out", out, "--annotator", "ann")
    session.wait_for(ASKING)
    session.press("n")
    session.press("m", then="Note: ")
    session.press("a riddle\n")
    for key in ("q", "z"):
        assert "The note goes with a judgement" in session.press(key)
        session.press("m", then="Note [a riddle]: ")
        session.press("\n")
    session.press("u")
    session.press("m", then="Note: ")
    session.press("never mind\n")
    session.press("q")
    session.press("q", then="goes on from here.")
    assert session.end() == 0
    assert said(out) == [("p0", "neutral", "label"), ("p1", None, "unsure")]
    assert [word.note for word in read_judgements(out)] == ["", "a riddle"]


def test_the_packaged_codebook_is_named_where_there_is_no_other(pool, tmp_path, terminal):
    session = terminal(pool, "--out", tmp_path / "ann.jsonl", "--annotator", "ann")
    opening = session.wait_for(ASKING)
    assert "name yours with --codebook" in opening
    assert "closer Japan–Russia ties (version" in opening
    (tmp_path / "CODEBOOK.md").write_text("# Mine\n\nQuestion. For it?\n")
    session = terminal(pool, "--out", tmp_path / "bo.jsonl", "--annotator", "bo")
    opening = session.wait_for(ASKING)
    assert opening.startswith("For it?\n")
    assert "--codebook" not in opening


def test_judgements_are_not_added_to_the_pool(pool, terminal):
    before = pool.read_text()
    session = terminal(pool, "--out", pool, "--annotator", "ann")
    session.wait_for("would replace what is read; name another file")
    assert session.end() == 1
    assert pool.read_text() == before
