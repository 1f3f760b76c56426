"""Archive runs: one labelled shard per input shard, resumable, nothing lost or doubled."""

import gzip
import hashlib
import json
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stance.bulk import abandon
from stance.errors import StanceError
from stance.output import json_row, open_output, require_folder
from stance.rows import suffix_of
from stance.shipping import Reference
from stance.statements import Malformed, read_statements, well_formed

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


class Task(NamedTuple):
    """What is asked of every shard, and recorded with it.

    Attributes
    ----------
    model : dict of str to str
        Digests of the model's files.
    field : str
    probabilities : bool
    reject : bool
        Whether to set malformed lines aside.
    """

    model: dict[str, str]
    field: str
    probabilities: bool
    reject: bool

    def settings(self) -> dict[str, Any]:
        """What a record must agree with, apart from the digests of input and output."""
        return {name: value for name, value in self._asdict().items() if name != "reject"}


class Outcome(NamedTuple):
    """The record of a shard, and whether there was anything to do for it."""

    record: dict[str, Any]
    fresh: bool


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
        Worker processes: each labels whole shards where there are at least twice as many to do,
        else they share the statements of one shard after the other.
    rejects : Path, optional
        File for malformed lines; without it the first one stops the run.
    report : callable
        Called with a line for each shard.

    Raises
    ------
    StanceError
        Two shards of one name, an output in a folder that no run has written to, a malformed line,
        or a shard that another run is writing; finished shards stay.
    """
    from tqdm import tqdm

    shards = _shards(files, out)
    if rejects is not None:
        require_folder(rejects)
    (out / RECORDS).mkdir(parents=True, exist_ok=True)
    task = Task(model.manifest["files"], field, probabilities, rejects is not None)
    total: Counter[str] = Counter()
    rejected: list[str] = []
    # Nothing is shown, nor counted beforehand, where standard error is no terminal.
    with tqdm(disable=None, unit=" statements", smoothing=0.1) as bar:
        expected = [0 if bar.disable else _count(shard.source) for shard in shards]
        bar.reset(total=sum(expected))
        if _many(shards, task, jobs):
            outcomes = _side_by_side(model, shards, task, jobs)
            advance = bar.update
        else:
            outcomes = (_complete(model, shard, task, jobs, bar.update) for shard in shards)
            advance = _ignore
        for number, (shard, (done, fresh)) in enumerate(zip(shards, outcomes, strict=True), 1):
            if fresh:
                advance(done["statements"])
                line = f"{done['statements']} statements, {len(done['rejected'])} rejected"
            else:
                bar.total -= expected[number - 1]
                line = f"already done, {done['statements']} statements"
            with tqdm.external_write_mode():
                report(f"[{number}/{len(shards)}] {shard.source}: {line}")
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
        _, zipped = suffix_of(source)
        name = Path(source.stem).stem if zipped else source.stem
        name += ".jsonl.gz" if zipped else ".jsonl"
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
        if (out / name).exists() and not (out / RECORDS).exists():
            raise StanceError(
                f"{out / name}: no archive run wrote it; move it away or choose another --out"
            )
        taken[name.casefold()] = source
        shards.append(Shard(source, out / name, out / RECORDS / f"{name}.json"))
    return shards


def _many(shards: Sequence[Shard], task: Task, jobs: int) -> bool:
    """Whether there are shards enough to give every worker whole ones."""
    if jobs == 1:
        return False
    from joblib import effective_n_jobs

    to_do = sum(_recorded(shard, task.settings()) is None for shard in shards)
    return bool(to_do >= 2 * effective_n_jobs(jobs))


def _side_by_side(
    model: "Model", shards: Sequence[Shard], task: Task, jobs: int
) -> Iterator[Outcome]:
    from joblib import Parallel, delayed

    reference = Reference(model)
    work = delayed(_complete_elsewhere)
    outcomes = Parallel(n_jobs=jobs, batch_size=1, return_as="generator")(
        work(reference, reference.pack(), shard, task) for shard in shards
    )
    try:
        yield from outcomes
    except BaseException:
        abandon(outcomes)
        # Workers that were stopped could not clean up.
        for shard in shards:
            with suppress(StanceError), _unfinished(shard):
                pass
        raise


def _complete_elsewhere(reference: Reference, packed: Any, shard: Shard, task: Task) -> Outcome:
    model = reference.find(packed)
    assert model is not None
    return _complete(model, shard, task, 1, _ignore)


def _ignore(number: int) -> None:
    pass


def _complete(
    model: "Model", shard: Shard, task: Task, jobs: int, advance: Callable[[int], object]
) -> Outcome:
    wanted = {**task.settings(), "input": _digest(shard.source)}
    record = _recorded(shard, wanted)
    if record is not None and record["output"] == _digest(shard.output):
        return Outcome(record, fresh=False)
    labels, rejected = _label_shard(model, shard, task, jobs, advance)
    record = {
        **wanted,
        "output": _digest(shard.output),
        "statements": labels.total(),
        "labels": dict(sorted(labels.items())),
        "rejected": rejected,
    }
    _write_whole(shard.record, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    return Outcome(record, fresh=True)


def _recorded(shard: Shard, wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Return the record of a shard if its output is there and it agrees with what is wanted."""
    try:
        record: dict[str, Any] = json.loads(shard.record.read_text(encoding="utf-8"))
        whole = record.keys() >= {"output", "statements", "labels", "rejected"}
        current = all(record.get(name) == value for name, value in wanted.items())
        return record if whole and current and shard.output.is_file() else None
    except (OSError, ValueError, AttributeError):
        return None


def _label_shard(
    model: "Model", shard: Shard, task: Task, jobs: int, advance: Callable[[int], object]
) -> tuple[Counter[str], list[str]]:
    from stance.classify_command import label_entries, record

    rejected: list[str] = []

    def reject(line: Malformed) -> None:
        rejected.append(line.record())

    labels: Counter[str] = Counter()
    with _unfinished(shard) as unfinished:
        with open_output(unfinished) as stream:
            lines = read_statements(shard.source, task.field)
            entries = well_formed(lines, reject if task.reject else None)
            for result in label_entries(model, entries, task.probabilities, jobs):
                labels[result.label] += 1
                stream.write(json_row(record(result)) + "\n")
                advance(1)
        os.replace(unfinished, shard.output)
    return labels, rejected


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
        suffix, zipped = suffix_of(path)
        if suffix == ".parquet":
            from pyarrow.parquet import read_metadata

            return int(read_metadata(path).num_rows)
        with gzip.open(path) if zipped else path.open("rb") as stream:
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
