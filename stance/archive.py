"""Archive runs: one labelled shard per input shard, resumable, nothing lost or doubled."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stance.errors import StanceError
from stance.statements import Entry, Malformed, open_output, read_statements

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
    done again.

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
        Two shards of one name, or a malformed line; finished shards stay.
    """
    shards = _shards(files, out)
    (out / RECORDS).mkdir(parents=True, exist_ok=True)
    settings = {
        "model": model.manifest["files"],
        "field": field,
        "probabilities": probabilities,
    }
    total: Counter[str] = Counter()
    for number, shard in enumerate(shards, 1):
        wanted = {**settings, "input": _digest(shard.source)}
        done = _finished(shard, wanted)
        heading = f"[{number}/{len(shards)}] {shard.source}"
        if done is None:
            outcome = _label_shard(model, shard, field, probabilities, jobs, rejects is not None)
            done = {
                **wanted,
                "output": _digest(shard.output),
                "statements": outcome.statements,
                "labels": dict(sorted(outcome.labels.items())),
                "rejected": outcome.rejected,
            }
            _write_whole(shard.record, json.dumps(done, indent=1, ensure_ascii=False) + "\n")
            report(f"{heading}: {outcome.statements} statements, {len(outcome.rejected)} rejected")
        else:
            report(f"{heading}: already done, {done['statements']} statements")
        total.update(done["labels"])
    if rejects is not None:
        records = (json.loads(shard.record.read_text(encoding="utf-8")) for shard in shards)
        lines = [line for record in records for line in record["rejected"]]
        _write_whole(rejects, "".join(line + "\n" for line in lines))
        report(f"{len(lines)} malformed lines in {rejects}")
    report(", ".join(f"{label} {count}" for label, count in sorted(total.items())))


def _shards(files: Sequence[Path], out: Path) -> list[Shard]:
    shards = []
    taken: dict[str, Path] = {}
    for source in files:
        stem = source.name.removesuffix(".gz")
        name = Path(stem).stem + ".jsonl" + (".gz" if source.suffix == ".gz" else "")
        if name in taken:
            raise StanceError(
                f"{taken[name]} and {source} would both be written to {out / name}; rename one"
            )
        if not source.is_file():
            raise StanceError(f"{source}: no such file")
        if (out / name).resolve() == source.resolve():
            raise StanceError(f"{source}: the output would replace it; choose another --out")
        taken[name] = source
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
    model: "Model", shard: Shard, field: str, probabilities: bool, jobs: int, reject: bool
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
    unfinished = shard.output.with_name(f".{shard.output.name}.unfinished{shard.output.suffix}")
    try:
        with open_output(unfinished) as stream:
            entries = good(read_statements(shard.source, field))
            for result in label_entries(model, entries, probabilities, jobs):
                labels[result.label] += 1
                stream.write(json.dumps(record(result), ensure_ascii=False, default=str) + "\n")
        os.replace(unfinished, shard.output)
    finally:
        unfinished.unlink(missing_ok=True)
    return Outcome(labels.total(), rejected, labels)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _write_whole(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, path)
