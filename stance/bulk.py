"""Statements by the million: chunks in, results out, in order and in bounded memory."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from stance.errors import StatementError

if TYPE_CHECKING:
    from stance.model import Model

CHUNK_SIZE = 2000


def stream(
    model: "Model",
    method: str,
    texts: Iterable[str],
    *,
    n_jobs: int | None = 1,
    chunk_size: int = CHUNK_SIZE,
    progress: bool = False,
) -> Iterator[Any]:
    """Apply a chunk method of a model to an iterable of statements.

    Parameters
    ----------
    model : Model
    method : str
        ``"classify_chunk"`` or ``"assess_chunk"``.
    texts : iterable of str
        Read only as far as results are taken, a few chunks ahead.
    n_jobs : int or None
        Workers, as in joblib: 1 works in this process, -1 on every core, None leaves it to
        ``joblib.parallel_config``, which may also name another backend, such as dask.
    chunk_size : int
        Statements handed to a worker at a time.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    iterator
        One result a statement, in input order.

    Raises
    ------
    StatementError
        `texts` is itself a str; or, when reached, an item is not one, with its index.
    ValueError
        `chunk_size` is below 1.
    """
    if isinstance(texts, str | bytes):
        raise StatementError(
            texts, hint="give a list or another iterable of statements, not a single one"
        )
    if chunk_size < 1:
        raise ValueError(f"chunk_size must be at least 1, got {chunk_size}")
    chunks = _chunks(iter(texts), chunk_size)
    if n_jobs == 1:
        results = ((getattr(model, method)(chunk)) for chunk in chunks)
    else:
        results = _parallel(model, method, chunks, n_jobs)
    flat = (result for chunk in results for result in chunk)
    return _shown(flat, texts) if progress else flat


def _chunks(texts: Iterator[str], size: int) -> Iterator[list[str]]:
    start = 0
    while chunk := list(islice(texts, size)):
        for offset, text in enumerate(chunk):
            if not isinstance(text, str):
                raise StatementError(text, start + offset)
        start += len(chunk)
        yield chunk


def _parallel(
    model: "Model", method: str, chunks: Iterator[list[str]], n_jobs: int | None
) -> Iterator[list[Any]]:
    from joblib import Parallel, delayed

    work = delayed(_work)
    run = Parallel(n_jobs=n_jobs, return_as="generator", batch_size=1, pre_dispatch="2*n_jobs")
    yield from run(work(model, method, chunk) for chunk in chunks)


def _work(model: "Model", method: str, chunk: list[str]) -> list[Any]:
    return list(getattr(model, method)(chunk))


def _shown(results: Iterator[Any], texts: Iterable[str]) -> Iterator[Any]:
    from tqdm import tqdm

    total = len(texts) if hasattr(texts, "__len__") else None
    yield from tqdm(results, total=total, unit=" statements", smoothing=0.1)
