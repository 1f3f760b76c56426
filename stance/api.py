"""The packaged model's methods as functions, the model loaded on first use."""

import os
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, Any

from stance.labels import Label

if TYPE_CHECKING:
    from stance.assessment import Assessment
    from stance.model import Model

_lock = Lock()


def _renew_lock() -> None:
    """A thread of the parent may have held the lock when this process was forked from it."""
    global _lock
    _lock = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)

_packaged: "Model | None" = None


def packaged_model() -> "Model":
    """Return the packaged model, loaded once for all threads.

    Raises
    ------
    ModelError
        The installed model is missing or damaged.
    """
    global _packaged
    if _packaged is None:
        with _lock:
            if _packaged is None:
                from stance.model import load
                from stance.resources import model_folder

                _packaged = load(model_folder())
    return _packaged


def classify(text: str) -> Label:
    """Say where a statement stands on closer Japan–Russia ties.

    Parameters
    ----------
    text : str
        One statement, normally a sentence.

    Returns
    -------
    Label

    Raises
    ------
    StatementError
        `text` is not a str; it is a TypeError too.

    Examples
    --------
    >>> import stance
    >>> stance.classify("Tokyo and Moscow agreed to speed up talks on a peace treaty.")
    <Label.SUPPORTIVE: 'supportive'>
    """
    return packaged_model().classify(text)


def assess(text: str) -> "Assessment":
    """Label a statement with probabilities and the words that decided.

    Parameters
    ----------
    text : str
        One statement, normally a sentence.

    Returns
    -------
    Assessment

    Raises
    ------
    StatementError
        `text` is not a str; it is a TypeError too.

    Examples
    --------
    >>> import stance
    >>> seen = stance.assess("Tokyo and Moscow agreed to speed up talks on a peace treaty.")
    >>> 0 < seen.confidence < 1
    True
    """
    return packaged_model().assess(text)


def classify_many(texts: Iterable[str], **options: Any) -> Iterator[Label]:
    """Label statements from any iterable, in its order and in bounded memory.

    Parameters
    ----------
    texts : iterable of str
    **options
        `n_jobs`, `chunk_size` and `progress` as in `stance.bulk.stream`.

    Yields
    ------
    Label

    Raises
    ------
    StatementError
        An item is not a str, or `texts` itself is one.

    Examples
    --------
    >>> import stance
    >>> len(list(stance.classify_many(["Putin landed in Tokyo.", "Ties are thawing."])))
    2
    """
    return packaged_model().classify_many(texts, **options)


def assess_many(texts: Iterable[str], **options: Any) -> "Iterator[Assessment]":
    """Assess statements from any iterable, in its order and in bounded memory.

    Parameters
    ----------
    texts : iterable of str
    **options
        `n_jobs`, `chunk_size` and `progress` as in `stance.bulk.stream`.

    Yields
    ------
    Assessment

    Raises
    ------
    StatementError
        An item is not a str, or `texts` itself is one.
    """
    return packaged_model().assess_many(texts, **options)


def chosen_model(folder: str | None) -> "Model":
    """Return the model in a folder, or the packaged one for None."""
    if folder is None:
        return packaged_model()
    from stance.model import load

    return load(folder)
