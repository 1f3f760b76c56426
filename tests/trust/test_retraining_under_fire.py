"""Whatever happens to a retraining, the model that was there before stays whole."""

import gzip
import json
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import stance
from stance.cli import run
from stance.retrain import command
from stance.storage import Stored, read_folder, write_folder

from . import hostile
from .support import (
    CORPUS,
    LONG,
    PROBES,
    cases,
    contents,
    environment,
    named,
    run_python,
    without_privileges,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills, locks and mounts of Linux")


@pytest.fixture
def target(small_folder: Path, tmp_path: Path) -> Path:
    """A model to be replaced, alone in its folder."""
    (tmp_path / "models").mkdir()
    return hostile.copy(small_folder, tmp_path / "models" / "model")


def arguments(target: Path, annotations: Path = CORPUS) -> list[str]:
    return ["--annotations", str(annotations), "--out", str(target), "--jobs", "1"]


def retrain(*options: str) -> int:
    """Exit code of the command, run here."""
    with pytest.raises(SystemExit) as stopped:
        run(command, options)
    return int(stopped.value.code or 0)


def start(target: Path, **options: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "stance.retrain", *arguments(target)],
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def whole(target: Path) -> stance.Model:
    """The model that is there, which must answer."""
    model = stance.load(target)
    assert {model.assess(text).label for text in PROBES} <= set(stance.LABELS)
    return model


def leftovers(target: Path) -> list[str]:
    """What lies beside a model that does not belong there."""
    return sorted(path.name for path in target.parent.iterdir() if path.name.startswith("."))


# Killed.


def writing(stored: Stored, target: Path, steps: int) -> None:
    """Write a model, dying at the given step the file system is asked for."""
    left = steps

    def die(event: str, details: tuple[Any, ...]) -> None:
        nonlocal left
        if event in {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"}:
            if event == "open" and not str(details[0]).startswith(str(target.parent)):
                return
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(die)
    write_folder(target, stored.lexicon, stored.tables, {"name": "new"}, {"more": b"more"})


def test_killed_at_every_step_of_writing(target: Path) -> None:
    stored = read_folder(target)
    names = []
    for steps in range(1, 200):
        dying = multiprocessing.get_context("fork").Process(
            target=writing, args=(stored, target, steps)
        )
        dying.start()
        dying.join(30)
        names.append(whole(target).manifest["name"])
        if dying.exitcode == 0:
            break
        assert dying.exitcode == -signal.SIGKILL
    assert len(names) > 10
    assert names[0] == "model"
    assert names[-1] == "new"
    # The next one clears away what the killed ones left in the place of the model.
    write_folder(target, stored.lexicon, stored.tables, {"name": "last"}, {})
    assert whole(target).manifest["name"] == "last"
    assert contents(target).keys() == {"manifest.json", "model.npz"}


def test_killed_while_retraining(target: Path) -> None:
    chosen = random.Random(3)
    begun = time.monotonic()
    process = start(target)
    assert process.wait(60) == 0, process.communicate()
    duration = time.monotonic() - begun
    process.communicate()
    for _ in range(20 if LONG else 4):
        process = start(target)
        time.sleep(chosen.uniform(0.2, 1) * duration)
        process.kill()
        process.communicate()
        whole(target)


def alive(marker: str) -> list[int]:
    """Processes that carry a mark in their environment."""
    found = []
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdigit() and marker.encode() in (place / "environ").read_bytes():
                found.append(int(place.name))
        except OSError:
            continue
    return found


_CLASSIFY = """
import itertools, stance
seen = stance.classify_many(itertools.cycle(["Tokyo waits."]), n_jobs=2, chunk_size=10)
list(itertools.islice(seen, 10_000))
print("fitting", flush=True)
for label in seen:
    pass
"""


@pytest.mark.parametrize("what", ["retrain", "classify"])
def test_killed_with_workers(target: Path, tmp_path: Path, what: str) -> None:
    """Workers that have worked end with the process; joblib's own would wait for ever."""
    options = [*arguments(target)[:-1], "2"]
    command = {"retrain": ["-m", "stance.retrain", *options], "classify": ["-c", _CLASSIFY]}[what]
    process = subprocess.Popen(
        [sys.executable, *command],
        env=environment(STANCE_MARK=str(tmp_path)),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    assert any("fitting" in line for line in process.stdout)
    process.kill()
    process.wait()
    process.stdout.close()
    marker = f"STANCE_MARK={tmp_path}"
    end = time.monotonic() + 20
    while (left := alive(marker)) and time.monotonic() < end:
        time.sleep(0.1)
    for number in left:
        os.kill(number, signal.SIGKILL)
    assert left == []
    whole(target)


def test_interrupted(target: Path) -> None:
    before = contents(target)
    # Programs started in the background of a shell would be told to ignore it.
    process = start(target, preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL))
    assert process.stderr is not None
    for line in process.stderr:
        if "cross-validating" in line:
            break
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted." in message
    assert "Traceback" not in message
    assert contents(target) == before
    assert leftovers(target) == []


# Nowhere to write.


def test_file_size_limit(target: Path) -> None:
    """A disk that takes no more, as any user can have it."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))

    before = contents(target)
    done = run_python("-m", "stance.retrain", *arguments(target), preexec_fn=limit)
    failed(done, target, before, "File too large")


def failed(
    done: "subprocess.CompletedProcess[str]", target: Path, before: dict[str, bytes], cause: str
) -> None:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    assert cause in last
    assert contents(target) == before
    whole(target)
    assert leftovers(target) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with half a megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"mounting is not permitted: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_full_disk(small_folder: Path, small_disk: Path, share: float) -> None:
    """Room for nothing, or for a part of a model."""
    target = hostile.copy(small_folder, small_disk / "model")
    free = int(share * sum(map(len, contents(target).values())))
    room = shutil.disk_usage(small_disk).free - free
    (small_disk / "filler").write_bytes(b"x" * max(0, room))
    before = contents(target)
    done = run_python("-m", "stance.retrain", *arguments(target))
    failed(done, target, before, "No space left on device")


@pytest.mark.parametrize("closed", ["models", "models/model"])
def test_no_permission_to_write(target: Path, closed: str) -> None:
    place = target.parents[1] / closed
    before = contents(target)
    mode = place.stat().st_mode
    place.chmod(0o555)
    try:
        done = run_python("-m", "stance.retrain", *arguments(target), before=without_privileges())
    finally:
        place.chmod(mode)
    if done.returncode == 0:
        # The folder itself need not be writable to be replaced, only the one it stands in.
        assert closed == "models/model"
        whole(target)
    else:
        failed(done, target, before, "ermission")


def test_read_only_disk(small_folder: Path, small_disk: Path) -> None:
    target = hostile.copy(small_folder, small_disk / "model")
    before = contents(target)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    done = run_python("-m", "stance.retrain", *arguments(target))
    failed(done, target, before, "ead-only")


@pytest.mark.parametrize("name", ["thesis.txt", "photos/one.jpg", "manifest.json"])
def test_what_is_no_model_is_not_replaced(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "documents"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text('{"manifest_version": 3, "name": "years of work"}')
    before = contents(folder)
    for place in (folder, folder / name):
        code = retrain(*arguments(place))
        assert code == 1
    assert contents(folder) == before


# At once.


def _write_again_and_again(target: Path, stored: Stored, name: str, times: int) -> None:
    for _ in range(times):
        write_folder(target, stored.lexicon, stored.tables, {"name": name}, {"more": b"x" * 5000})


def test_written_and_read_at_once(target: Path) -> None:
    stored = read_folder(target)
    context = multiprocessing.get_context("fork")
    writers = [
        context.Process(target=_write_again_and_again, args=(target, stored, f"model {n}", 60))
        for n in range(3)
    ]
    for writer in writers:
        writer.start()
    loaded = 0
    while any(writer.is_alive() for writer in writers):
        assert whole(target).manifest["name"].startswith("model")
        loaded += 1
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert loaded > 10
    assert leftovers(target) == []
    assert list(target.parent.iterdir()) == [target]


def test_two_retrainings_at_once(target: Path) -> None:
    both = [start(target), start(target)]
    messages = [process.communicate(timeout=60)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], messages
    whole(target)
    assert leftovers(target) == []


def test_through_a_link(target: Path, tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(target)
    stored = read_folder(target)
    for name in ("one", "two", "three"):
        write_folder(link, stored.lexicon, stored.tables, {"name": name}, {})
        assert link.is_symlink()
        assert whole(link).manifest["name"] == whole(target).manifest["name"] == name


# Annotations that cannot be used.


def _content(row: dict[str, Any]) -> bytes:
    content = row["content"]
    if isinstance(content, list):
        content = "\n".join(json.dumps(line) for line in content)
    data = content.encode(row.get("encoding", "utf-8"), "surrogatepass")
    return data if row.get("suffix") != ".jsonl.gz" else gzip.compress(data)[:-9]


@pytest.mark.parametrize("row", named(cases("bad_annotations.jsonl")))
def test_unusable_annotations(
    target: Path, tmp_path: Path, row: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(target)
    path = tmp_path / f"mine{row.get('suffix', '.jsonl')}"
    path.write_bytes(_content(row))
    code = retrain(*arguments(target, path))
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert code == 1, message
    assert message.startswith("Error: ")
    assert re.search(row["message"], message), message
    assert contents(target) == before
    assert leftovers(target) == []


ADVERSARIAL: dict[str, Callable[[], str]] = {
    "a sentence of a megabyte": lambda: "Japan and Russia agreed. " * 40_000,
    "a word of a megabyte": lambda: "x" * 1_000_000,
    "a megabyte of marks": lambda: '"' * 1_000_000,
    "marks out of order": lambda: "a" + "\u0301" * 100_000 + "\u0323" * 100_000,
    "nothing visible": lambda: "Japan \u200d\u200d\u202e\0 Russia",
    "no letters": lambda: "?!",
}


@pytest.mark.parametrize("text", ADVERSARIAL.values(), ids=ADVERSARIAL)
def test_adversarial_annotations(
    tmp_path: Path, text: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A model comes out, or a message, and in time."""
    rows = (CORPUS / "train.jsonl").read_text("utf-8").splitlines()
    path = tmp_path / "mine.jsonl"
    rows.append(json.dumps({"text": text(), "label": "skeptical", "group": "strange"}))
    path.write_text("\n".join(rows), "utf-8")
    begun = time.monotonic()
    code = retrain(*arguments(tmp_path / "model", path))
    assert time.monotonic() - begun < 30
    if code:
        assert f"{path}:{len(rows)}: field 'text'" in capsys.readouterr().err
    else:
        whole(tmp_path / "model")


@pytest.mark.parametrize(
    "mark", ["\u2028", "\u2029", "\x85", "\r", "\n", "\x0b", "\x1e", "\ufeff", "$"]
)
def test_marks_that_end_lines_elsewhere(tmp_path: Path, mark: str) -> None:
    """Sentences go into the files of a model and come out as they were."""
    rows = [
        json.loads(line) for line in (CORPUS / "train.jsonl").read_text("utf-8").split("\n")[:-1]
    ]
    for row in rows:
        row["text"] = row["text"].replace(" ", mark + " ", 3)
    path = tmp_path / f"a {mark.strip() or 'b'}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    folder = tmp_path / "model"
    for _ in range(2):
        assert retrain(*arguments(folder, path)) == 0
    golden = (folder / "golden.jsonl").read_text("utf-8").split("\n")[:-1]
    assert {json.loads(line)["text"] for line in golden} <= {row["text"] for row in rows}
    assert whole(folder).manifest["golden_moved"] == {"moved": 0, "of": len(golden)}
