"""Archive runs: every statement labelled once, whatever was done before and however it ended."""

import csv
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
from click.testing import CliRunner

from stance.cli import cli
from stance.errors import StanceError
from tests.program import ROOM, alone, wait_until

posix = pytest.mark.skipif(os.name != "posix", reason="signals and terminals of POSIX")


def write(path, texts, field="text"):
    """Write statements in the form that the name of the file asks for."""
    rows = [{"id": str(number), field: text} for number, text in enumerate(texts)]
    if path.suffix == ".parquet":
        arrow = pytest.importorskip("pyarrow", reason="needs the 'parquet' extra")
        from pyarrow import parquet

        parquet.write_table(arrow.Table.from_pylist(rows), path)
        return path
    kind = path.name.removesuffix(".gz").rpartition(".")[2]
    with (
        gzip.open(path, "wt", encoding="utf-8", newline="")
        if path.suffix == ".gz"
        else path.open("w", encoding="utf-8", newline="") as stream
    ):
        if kind == "jsonl":
            stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        elif kind in {"csv", "tsv"}:
            table = csv.DictWriter(stream, ["id", field], delimiter="," if kind == "csv" else "\t")
            table.writeheader()
            table.writerows(rows)
        else:
            stream.writelines(text + "\n" for text in texts)
    return path


def read(path):
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def archive(out):
    """Run the command; give back what it reported."""

    def run(*arguments):
        words = ["classify", "--out", str(out), *map(str, arguments)]
        outcome = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert outcome.exit_code == 0, outcome.output
        assert outcome.stdout == ""
        return outcome.stderr

    return run


@pytest.fixture
def texts(test_part):
    return [text for text in test_part[:90] if "\n" not in text]


@pytest.fixture
def shards(tmp_path, texts):
    return [
        write(tmp_path / f"shard{number}.jsonl", texts[number * 30 : number * 30 + 30])
        for number in range(3)
    ]


def stamps(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("[!.]*.jsonl*")}


def test_an_output_shard_for_every_input_shard_with_its_fields(archive, out, shards, model):
    report = archive(*shards)
    assert sorted(stamps(out)) == ["shard0.jsonl", "shard1.jsonl", "shard2.jsonl"]
    for shard in shards:
        rows = read(shard)
        expected = [{**row, "label": model.classify(row["text"])} for row in rows]
        assert read(out / shard.name) == expected
        assert f"{shard}: 30 statements, 0 rejected" in report
    assert not list(out.glob(".*unfinished*"))


@pytest.mark.parametrize(
    "name",
    ["a.jsonl", "a.csv", "a.tsv", "a.txt", "a.jsonl.gz", "a.csv.gz", "a.txt.gz", "a.parquet"],
)
def test_every_form_of_input(tmp_path, archive, out, texts, model, name):
    archive(write(tmp_path / name, texts))
    (output,) = out.glob("a.*")
    assert output.name == ("a.jsonl.gz" if name.endswith(".gz") else "a.jsonl")
    rows = read(output)
    assert [row["text"] for row in rows] == texts
    assert [row["label"] for row in rows] == [model.classify(text) for text in texts]


def test_compressed_output_does_not_tell_its_temporary_name(tmp_path, archive, out, texts):
    archive(write(tmp_path / "a.jsonl.gz", texts))
    head = (out / "a.jsonl.gz").read_bytes()[:10]
    assert head[3] == 0, "flags of RFC 1952: no name is stored"


def test_field_and_probabilities(tmp_path, archive, out, texts, model):
    archive(write(tmp_path / "a.csv", texts, "headline"), "--field", "headline", "--probabilities")
    for row in read(out / "a.jsonl"):
        seen = model.assess(row["headline"])
        assert row["label"] == seen.label
        assert row["probabilities"] == pytest.approx(seen.probabilities, abs=1e-5)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_jobs_change_nothing_in_the_output(tmp_path, archive, out, test_part, name):
    shard = write(tmp_path / name, test_part * 5)
    archive(shard)
    alone = (out / name).read_bytes()
    shutil.rmtree(out)
    archive(shard, "--jobs", "2")
    assert (out / name).read_bytes() == alone


def test_workers_take_whole_shards_where_there_are_many(tmp_path, archive, out, test_part):
    """And come to the same outputs, records and report as one process does."""
    shards = [
        write(tmp_path / f"s{number}.csv", test_part[number * 40 : number * 40 + 40])
        for number in range(8)
    ]
    report = archive(*shards)
    alone = {path.name: path.read_bytes() for path in sorted(out.rglob("*json*"))}
    shutil.rmtree(out)
    assert archive(*shards, "--jobs", "2") == report
    assert {path.name: path.read_bytes() for path in sorted(out.rglob("*json*"))} == alone
    assert archive(*shards, "--jobs", "2").count("already done") == 8


def test_what_json_can_only_escape_survives(tmp_path, archive, out):
    shard = tmp_path / "a.jsonl"
    shard.write_text('{"text": "Tokyo \\ud800 Москва", "when": null}\n', encoding="utf-8")
    archive(shard)
    (row,) = read(out / "a.jsonl")
    assert (row["text"], row["when"]) == ("Tokyo \ud800 Москва", None)


# Running again ----------------------------------------------------------------------------------


def test_finished_shards_are_skipped(archive, out, shards):
    first = archive(*shards)
    before = stamps(out)
    again = archive(*shards)
    assert again.count("already done, 30 statements") == 3
    assert stamps(out) == before
    assert again.splitlines()[-1] == first.splitlines()[-1]


def test_a_changed_input_is_done_again_and_only_it(archive, out, shards, texts):
    archive(*shards)
    before = stamps(out)
    write(shards[1], texts[:40])
    assert archive(*shards).count("already done") == 2
    assert len(read(out / "shard1.jsonl")) == 40
    assert {name for name, stamp in stamps(out).items() if stamp != before[name]} == {
        "shard1.jsonl"
    }


@pytest.mark.parametrize("harm", ["output lost", "output cut", "record lost", "record damaged"])
def test_a_shard_without_a_whole_output_and_record_is_done_again(archive, out, shards, harm):
    archive(*shards)
    output, record = out / "shard1.jsonl", out / ".completed" / "shard1.jsonl.json"
    expected = output.read_bytes()
    if harm == "output lost":
        output.unlink()
    elif harm == "output cut":
        output.write_bytes(expected[:200])
    elif harm == "record lost":
        record.unlink()
    else:
        record.write_text(record.read_text()[:50])
    assert archive(*shards).count("already done") == 2
    assert output.read_bytes() == expected


def test_a_file_that_no_run_wrote_is_not_replaced(archive, out, shards):
    out.mkdir()
    (out / "shard1.jsonl").write_text("mine\n")
    with pytest.raises(StanceError, match=r"shard1.jsonl: no archive run wrote it"):
        archive(*shards)
    assert (out / "shard1.jsonl").read_text() == "mine\n"


def test_another_model_or_other_options_do_everything_again(archive, out, shards, small_model):
    archive(*shards)
    assert "already done" not in archive(*shards, "--model", small_model.path)
    for shard in shards:
        labels = [row["label"] for row in read(out / shard.name)]
        assert labels == [small_model.classify(row["text"]) for row in read(shard)]
    assert "already done" not in archive(*shards, "--model", small_model.path, "--probabilities")
    assert "probabilities" in read(out / "shard0.jsonl")[0]


# Malformed lines --------------------------------------------------------------------------------


@pytest.fixture
def spoilt(tmp_path, texts):
    shard = write(tmp_path / "spoilt.jsonl", texts[:20])
    lines = shard.read_text(encoding="utf-8").splitlines()
    lines[4:4] = ["not JSON", '{"headline": "no text"}', '{"text": 7}', "[]"]
    shard.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return shard


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_malformed_line_stops_the_run_and_finished_shards_stay(
    archive, out, shards, spoilt, jobs
):
    archive(shards[0])
    with pytest.raises(StanceError, match=r"spoilt.jsonl:5: .*--rejects"):
        archive(shards[0], spoilt, *shards[1:], "--jobs", jobs)
    assert "shard0.jsonl" in stamps(out)
    assert "spoilt.jsonl" not in stamps(out)
    assert not list(out.glob(".*unfinished*"))
    assert "already done" in archive(shards[0])


@pytest.mark.parametrize("jobs", [1, 2])
def test_malformed_lines_go_to_the_rejects_file(
    tmp_path, archive, out, shards, spoilt, texts, jobs
):
    rejects = tmp_path / "rejects.jsonl"
    for _ in range(2):  # the second time, nothing is left to do but to tell
        report = archive(shards[0], spoilt, *shards[1:], "--rejects", rejects, "--jobs", jobs)
        assert "4 malformed lines in" in report
        rows = [json.loads(line) for line in rejects.read_text().splitlines()]
        assert [(row["file"], row["line"]) for row in rows] == [
            (str(spoilt), line) for line in (5, 6, 7, 8)
        ]
        assert all(row["problem"] for row in rows)
    assert [row["text"] for row in read(out / "spoilt.jsonl")] == texts[:20]


def test_a_csv_row_of_another_length_is_named(tmp_path, archive):
    shard = tmp_path / "a.csv"
    shard.write_text('id,text\n1,"Two\nlines"\n2,Tokyo,extra\n')
    with pytest.raises(StanceError, match=r"a.csv:4: 3 cells where the header has 2"):
        archive(shard)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.txt", b"Tokyo\n\xff\xfe\n", r"a.txt:2: not UTF-8"),
        (
            "a.jsonl.gz",
            gzip.compress(b'{"text": "Tokyo"}\n' * 999)[:-20],
            r"a.jsonl.gz: not a whole",
        ),
        ("a.csv", b"id,headline\n1,Tokyo\n", r"a.csv: no column 'text'"),
    ],
)
def test_a_file_that_is_not_what_it_seems_is_named(tmp_path, archive, out, name, content, problem):
    shard = tmp_path / name
    shard.write_bytes(content)
    with pytest.raises(StanceError, match=problem):
        archive(shard)
    assert stamps(out) == {}


# Names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names", [("a.jsonl", "a.csv"), ("a.jsonl", "A.jsonl"), ("one/a.txt", "two/a.txt")]
)
def test_two_shards_for_one_output_are_refused_before_any_work(tmp_path, archive, out, names):
    shards = []
    for name in names:
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shards.append(write(path, ["Tokyo."]))
    with pytest.raises(StanceError, match="would both be written to"):
        archive(*shards)
    assert not out.exists()


def test_an_output_never_replaces_its_input(archive, out, texts):
    out.mkdir()
    shard = write(out / "a.jsonl", texts)
    with pytest.raises(StanceError, match="choose another --out"):
        archive(shard)
    assert len(read(shard)) == len(texts)


def test_a_missing_shard_and_a_missing_folder_are_said_before_any_work(tmp_path, archive, shards):
    with pytest.raises(StanceError, match=r"lost.jsonl: no such file"):
        archive(shards[0], tmp_path / "lost.jsonl")
    with pytest.raises(StanceError, match=r"create .*nowhere first"):
        archive(shards[0], "--rejects", tmp_path / "nowhere" / "rejects.jsonl")


# Endings ----------------------------------------------------------------------------------------


def start(*arguments, **streams):
    words = [sys.executable, "-m", "stance", "classify", *map(str, arguments)]
    return subprocess.Popen(words, start_new_session=True, text=True, **streams)


@posix
@pytest.mark.parametrize(
    ("jobs", "others"),
    [
        pytest.param(1, "ac", id="one process"),
        pytest.param(2, "ac", id="workers share shards"),
        pytest.param(2, "acdefg", id="workers take whole shards"),
    ],
)
def test_killed_half_way_nothing_is_lost_or_doubled(
    tmp_path, archive, out, test_part, jobs, others
):
    shards = [
        write(
            tmp_path / f"{letter}.jsonl",
            [f"{letter} {text}" for text in test_part * (20 if letter == "b" else 1)],
        )
        for letter in sorted(others + "b")
    ]
    process = start("--out", out, "--jobs", jobs, *shards, stderr=subprocess.DEVNULL)
    half = out / ".b.jsonl.unfinished.jsonl"
    wait_until(lambda: half.exists() and half.stat().st_size > 100_000 and stamps(out))
    process.kill()
    process.wait()
    assert "b.jsonl" not in stamps(out)
    # Its workers, told by nobody, leave too.
    wait_until(lambda: alone(process.pid))

    report = archive(*shards, "--jobs", jobs)
    assert report.count("already done") >= 1
    for shard in shards:
        assert [row["text"] for row in read(out / shard.name)] == [
            row["text"] for row in read(shard)
        ]
    assert sorted(path.name for path in out.iterdir()) == [
        ".completed",
        *(shard.name for shard in shards),
    ]


@posix
def test_two_runs_may_share_a_folder_but_not_a_shard(tmp_path, archive, out, test_part, texts):
    long = write(tmp_path / "long.jsonl", test_part * 20)
    other = write(tmp_path / "other.jsonl", texts)
    process = start("--out", out, long, stderr=subprocess.DEVNULL)
    half = out / ".long.jsonl.unfinished.jsonl"
    wait_until(lambda: half.exists() and half.stat().st_size > 0)
    try:
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(StanceError, match="another run is writing it"):
            archive(long)
        archive(other)
    finally:
        os.kill(process.pid, signal.SIGCONT)
    assert process.wait(ROOM) == 0
    assert len(read(out / "long.jsonl")) == len(test_part) * 20
    assert archive(long, other).count("already done") == 2


@posix
def test_a_terminal_sees_progress_with_rate_and_time_left(tmp_path, out, test_part):
    import fcntl
    import pty
    import struct
    import termios

    shard = write(tmp_path / "a.jsonl", test_part * 3)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = start("--out", out, shard, stderr=theirs)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # how a terminal says that it has closed
        while piece := os.read(ours, 4096):
            shown += piece
    os.close(ours)
    assert process.wait(ROOM) == 0
    assert f"/{len(test_part) * 3} [".encode() in shown
    assert b"statements/s" in shown
    assert b"a.jsonl: " in shown
