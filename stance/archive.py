"""Archive runs: one labelled shard per input shard, resumable, nothing lost or doubled."""

import gzip
import hashlib
import json
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stance.errors import StanceError
from stance.statements import Entry, Malformed, open_output, read_statements

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from stance.model import Model

RECORDS = ".completed"
_BLOCK = 2**20


class Shard(NamedTuple):
    """An input file and where its outcome goes."""

    source: Path
    output: Path
    record: Path


class Outcome(NamedTuple):
    """What a finished shard came to."""

    statements: int
    rejected: list[str]
    labels: Counter[str]


def run_archive(
    model: "Model",
    files: Sequence[Path],
    out: Path,
    *,
    field: str = "text",
    probabilities: bool = False,
    jobs: int = 1,
    rejects: Path | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> None:
    """Label files into a folder, skipping those whose finished output is still current.

    A shard is written under a temporary name and renamed when whole; then a record of the digests
    of input, model and output is put into ``.completed``. A shard without a record that matches is
    done again. On a terminal, standard error shows progress, rate and time left. Several runs may
    share a folder if they work on different shards.

    Parameters
    ----------
    model : Model
    files : sequence of Path
        Input shards; their names must differ.
    out : Path
        Folder of JSONL output shards, compressed where the input is.
    field : str
        Field or column that holds the statement.
    probabilities : bool
        Write the probability of each label too.
    jobs : int
        Worker processes.
    rejects : Path, optional
        File for malformed lines; without it the first one stops the run.
    report : callable
        Called with a line for each shard.

    Raises
    ------
    StanceError
        Two shards of one name, a malformed line, or a shard that another run is writing; finished
        shards stay.
    """
    from tqdm import tqdm

    shards = _shards(files, out)
    if rejects is not None and not rejects.parent.is_dir():
        raise StanceError(f"{rejects}: no such folder; create {rejects.parent} first")
    (out / RECORDS).mkdir(parents=True, exist_ok=True)
    settings = {
        "model": model.manifest["files"],
        "field": field,
        "probabilities": probabilities,
    }
    total: Counter[str] = Counter()
    rejected: list[str] = []
    # Nothing is shown, nor counted beforehand, where standard error is no terminal.
    with tqdm(disable=None, unit=" statements", smoothing=0.1) as bar:
        expected = [0 if bar.disable else _count(shard.source) for shard in shards]
        bar.reset(total=sum(expected))
        for number, shard in enumerate(shards, 1):
            wanted = {**settings, "input": _digest(shard.source)}
            done = _finished(shard, wanted)
            heading = f"[{number}/{len(shards)}] {shard.source}"
            if done is None:
                outcome = _label_shard(
                    model, shard, field, probabilities, jobs, rejects is not None, bar.update
                )
                done = {
                    **wanted,
                    "output": _digest(shard.output),
                    "statements": outcome.statements,
                    "labels": dict(sorted(outcome.labels.items())),
                    "rejected": outcome.rejected,
                }
                _write_whole(shard.record, json.dumps(done, indent=1, ensure_ascii=False) + "\n")
                line = f"{outcome.statements} statements, {len(outcome.rejected)} rejected"
            else:
                bar.total -= expected[number - 1]
                line = f"already done, {done['statements']} statements"
            with tqdm.external_write_mode():
                report(f"{heading}: {line}")
            total.update(done["labels"])
            rejected.extend(done["rejected"])
    if rejects is not None:
        _write_whole(rejects, "".join(line + "\n" for line in rejected))
        report(f"{len(rejected)} malformed lines in {rejects}")
    report(", ".join(f"{label} {count}" for label, count in sorted(total.items())))


def _shards(files: Sequence[Path], out: Path) -> list[Shard]:
    shards = []
    taken: dict[str, Path] = {}
    for source in files:
        stem = source.name.removesuffix(".gz")
        name = Path(stem).stem + ".jsonl" + (".gz" if source.suffix == ".gz" else "")
        # Some file systems do not tell capitals from small letters.
        if name.casefold() in taken:
            raise StanceError(
                f"{taken[name.casefold()]} and {source} would both be written to {out / name}; "
                "rename one"
            )
        if not source.is_file():
            raise StanceError(f"{source}: no such file")
        if (out / name).resolve() == source.resolve():
            raise StanceError(f"{source}: the output would replace it; choose another --out")
        taken[name.casefold()] = source
        shards.append(Shard(source, out / name, out / RECORDS / f"{name}.json"))
    return shards


def _finished(shard: Shard, wanted: dict[str, Any]) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads(shard.record.read_text(encoding="utf-8"))
        current = all(record.get(name) == value for name, value in wanted.items())
        return record if current and record["output"] == _digest(shard.output) else None
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def _label_shard(
    model: "Model",
    shard: Shard,
    field: str,
    probabilities: bool,
    jobs: int,
    reject: bool,
    advance: Callable[[int], object],
) -> Outcome:
    from stance.classify_command import label_entries, record

    rejected: list[str] = []

    def good(entries: Iterable[Entry | Malformed]) -> Iterator[Entry]:
        for entry in entries:
            if isinstance(entry, Entry):
                yield entry
            elif reject:
                rejected.append(entry.record())
            else:
                raise entry.error()

    labels: Counter[str] = Counter()
    encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
    with _unfinished(shard) as unfinished:
        with open_output(unfinished) as stream:
            # A lone surrogate comes out as the escape that JSON has for it.
            stream.reconfigure(errors="backslashreplace")
            entries = good(read_statements(shard.source, field))
            for result in label_entries(model, entries, probabilities, jobs):
                labels[result.label] += 1
                stream.write(encode(record(result)) + "\n")
                advance(1)
        os.replace(unfinished, shard.output)
    return Outcome(labels.total(), rejected, labels)


@contextmanager
def _unfinished(shard: Shard) -> Iterator[Path]:
    """Temporary name of an output, held against other runs, gone afterwards."""
    path = shard.output.with_name(f".{shard.output.name}.unfinished{shard.output.suffix}")
    held = None
    if fcntl is not None:
        held = path.open("ab")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            held.close()
            raise StanceError(
                f"{shard.output}: another run is writing it; wait for that one, "
                f"or leave {shard.source} out"
            ) from error
    try:
        yield path
    except StanceError as error:
        if str(shard.source) in str(error):
            raise
        raise StanceError(f"{shard.source}: {error}") from error
    finally:
        path.unlink(missing_ok=True)
        if held is not None:
            held.close()


def _count(path: Path) -> int:
    """About how many statements a file holds."""
    try:
        if path.suffix == ".parquet":
            from pyarrow.parquet import read_metadata

            return int(read_metadata(path).num_rows)
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            return sum(block.count(b"\n") for block in iter(partial(stream.read, _BLOCK), b""))
    except (ImportError, OSError, EOFError, ValueError, zlib.error):
        return 0  # what is wrong with the file is said when its turn comes


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_whole(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, path)
