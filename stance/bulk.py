"""Statements by the million: chunks in, results out, in order and in bounded memory."""

import atexit
import sys
import time
import warnings
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sized
from functools import partial
from itertools import islice
from types import GeneratorType
from typing import TYPE_CHECKING, Any, NamedTuple

from stance.errors import StanceError, StatementError

if TYPE_CHECKING:
    from stance.model import Model

CHUNK_SIZE = 4000
# A chunk of long texts closes earlier.
_CHUNK_CHARACTERS = 2**20
# Chunks read ahead of the results taken, for each worker.
_AHEAD = 4
_SETTLING = 0.05


class _Chunk(NamedTuple):
    start: int
    texts: list[str]


class _Outcome(NamedTuple):
    """Results of a chunk, up to the statement that failed, if one did."""

    results: list[Any]
    error: StanceError | None = None


def stream(
    model: "Model",
    method: str,
    texts: Iterable[str],
    *,
    n_jobs: int | None = None,
    chunk_size: int = CHUNK_SIZE,
    progress: bool = False,
) -> Iterator[Any]:
    """Apply a chunk method of a model to an iterable of statements.

    Parameters
    ----------
    model : Model
    method : str
        Takes a list of statements and gives a result for each, such as ``"classify_chunk"``.
    texts : iterable of str
        Read in the calling thread, and only a few chunks ahead of the results taken.
    n_jobs : int or None
        Workers, as in joblib: 1 works in this process, -1 on every core. None works in this
        process too, unless ``joblib.parallel_config`` sets a number of jobs or a backend such as
        dask.
    chunk_size : int
        Statements handed to a worker at a time, at most.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    iterator
        One result a statement, in input order.

    Raises
    ------
    StatementError
        `texts` is itself a str; or an item is not one: raised with its index once the results of
        all items before it have been taken.
    StanceError
        A statement that cannot be classified, likewise with its index.
    ValueError
        `chunk_size` is below 1, or `n_jobs` is 0.

    Examples
    --------
    >>> import stance
    >>> lines = ["Putin landed in Tokyo.", "Ties are thawing."] * 3000
    >>> len(list(stance.classify_many(lines, n_jobs=1, chunk_size=500)))
    6000
    """
    if isinstance(texts, str | bytes):
        raise StatementError(
            texts, hint="give a list or another iterable of statements, not a single one"
        )
    if chunk_size < 1:
        raise ValueError(f"chunk_size must be at least 1, got {chunk_size}")
    chunks = _chunks(iter(texts), chunk_size)
    jobs = _jobs(n_jobs)
    if jobs == 1:
        outcomes: Iterator[_Outcome] = (_apply(model, method, *chunk) for chunk in chunks)
    else:
        outcomes = _spread(_parallel(n_jobs), _AHEAD * jobs, model, method, chunks)
    flat = _flat(outcomes)
    return _shown(flat, texts) if progress else flat


def _chunks(texts: Iterator[str], size: int) -> Iterator[_Chunk]:
    """Chunks; what goes wrong while reading is raised behind the chunk of what came before."""
    start = 0
    failure: Exception | None = None
    while failure is None:
        chunk: list[str] = []
        characters = 0
        try:
            for text in islice(texts, size):
                if not isinstance(text, str):
                    raise StatementError(text, start + len(chunk))
                chunk.append(text)
                characters += len(text)
                if characters >= _CHUNK_CHARACTERS:
                    break
        except Exception as error:
            failure = error
        if chunk:
            yield _Chunk(start, chunk)
        elif failure is None:
            return
        start += len(chunk)
    raise failure


def _jobs(n_jobs: int | None) -> int:
    # Importing joblib takes longer than most calls; before anybody has, it is not configured.
    if n_jobs == 1 or (n_jobs is None and "joblib" not in sys.modules):
        return 1
    from joblib import effective_n_jobs

    return int(effective_n_jobs(n_jobs))


def _parallel(n_jobs: int | None) -> Any:
    from joblib import Parallel

    try:
        return Parallel(n_jobs=n_jobs, batch_size=1, return_as="generator")
    except ValueError:  # a backend that returns lists only, such as multiprocessing
        return Parallel(n_jobs=n_jobs, batch_size=1)


def _flat(outcomes: Iterator[_Outcome]) -> Iterator[Any]:
    for results, error in outcomes:
        yield from results
        if error is not None:
            raise error


def _apply(model: "Model", method: str, start: int, texts: list[str]) -> _Outcome:
    apply = getattr(model, method)
    try:
        return _Outcome(list(apply(texts)))
    except Exception:
        results: list[Any] = []
        for index, text in enumerate(texts, start):
            try:
                results.extend(apply([text]))
            except Exception as error:
                return _Outcome(results, _failure(index, error))
        return _Outcome(results)


def _failure(index: int, error: Exception) -> StanceError:
    from traceback import format_exception

    failure = StanceError(
        f"the statement at index {index} cannot be classified "
        f"({type(error).__name__}: {error}); leave it out, and report it"
    )
    # A note, since a cause would not survive the way back from a worker.
    failure.add_note("".join(format_exception(error)))
    return failure


def _spread(
    run: Any, ahead: int, model: "Model", method: str, chunks: Iterator[_Chunk]
) -> Generator[_Outcome, None, None]:
    """Outcomes of chunks in order, from the workers of joblib.

    joblib itself would read on as fast as the workers are, however slowly results are taken, and
    in threads of its own. So it gets only what has been read here: at most `ahead` chunks are
    under way or wait to be taken; when the reader falls behind, its call ends and another begins.
    """
    from joblib import delayed

    from stance.shipping import Reference

    work = delayed(_work)
    reference = Reference(model)
    shipment: Any = None
    waiting: deque[_Chunk] = deque()
    unfinished: deque[_Chunk] = deque()
    failure: Exception | None = None

    def read_ahead() -> None:
        nonlocal failure
        try:
            for chunk in islice(chunks, ahead - len(unfinished)):
                waiting.append(chunk)
                unfinished.append(chunk)
        except Exception as error:
            failure = error

    def tasks() -> Iterator[Any]:
        while waiting:
            yield work(reference, shipment, method, *waiting.popleft())

    with run:
        read_ahead()
        while unfinished:
            outcomes = run(tasks())
            stop = atexit.register(partial(abandon, outcomes))
            try:
                for outcome in outcomes:
                    chunk = unfinished.popleft()
                    if outcome is None:
                        shipment = reference.pack()
                        outcome = _apply(model, method, *chunk)
                    read_ahead()
                    yield outcome
            except BaseException:
                waiting.clear()
                raise
            finally:
                atexit.unregister(stop)
                stop()
    if failure is not None:
        raise failure


def abandon(outcomes: Any) -> None:
    """Stop what joblib still has under way; nothing happens if all results were taken."""
    if isinstance(outcomes, GeneratorType) and outcomes.gi_frame is not None:
        # A thread of joblib that is just about to hand on a task would fail with a traceback.
        time.sleep(_SETTLING)
        with warnings.catch_warnings():
            # joblib's advice on results that are not taken
            warnings.simplefilter("ignore")
            outcomes.close()


def _work(
    reference: Any, shipment: Any, method: str, start: int, texts: list[str]
) -> _Outcome | None:
    model = reference.find(shipment)
    return None if model is None else _apply(model, method, start, texts)


def _shown(results: Iterator[Any], texts: Iterable[str]) -> Iterator[Any]:
    from tqdm import tqdm

    total = len(texts) if isinstance(texts, Sized) else None
    yield from tqdm(results, total=total, unit=" statements", smoothing=0.1)
