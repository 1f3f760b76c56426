"""A model's way to worker processes: by name where they can load it, else packed, once each."""

import os
import pickle
import time
from functools import cache
from hashlib import sha256
from signal import SIG_IGN, SIGINT, signal
from threading import Lock, Thread, current_thread, main_thread
from typing import TYPE_CHECKING, Any

from stance.errors import StanceError
from stance.storage import ARRAYS

if TYPE_CHECKING:
    from pathlib import Path

    from stance.model import Model

# Models that a worker holds on to.
_KEPT = 4
_SECONDS_BETWEEN_LOOKS = 2

_lock = Lock()
_models: "dict[str, Model]" = {}


def _renew_lock() -> None:
    """A thread of the parent may have held the lock when this process was forked from it."""
    global _lock
    _lock = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class Reference:
    """Stands for a model in the arguments of tasks.

    In the process of the model it holds the model itself; pickled, only its digest and path.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: "Model") -> None:
        self._model: Model | None = model
        self._packed: Any = None
        self._path = model.path
        # A model that was never written has no digest yet.
        self._digest = _stated_digest(model) or sha256(self.pack()).hexdigest()

    def __getstate__(self) -> "tuple[str, Path | None]":
        return (self._digest, self._path)

    def __setstate__(self, state: "tuple[str, Path | None]") -> None:
        self._digest, self._path = state
        self._model = self._packed = None

    def pack(self) -> Any:
        """Return the model as an array of bytes.

        As an array, since joblib maps large ones into the workers' memory and dask keeps them on
        its workers, so that it does not travel with every task.
        """
        import numpy as np

        if self._packed is None:
            self._packed = np.frombuffer(pickle.dumps(self._model, protocol=5), np.uint8)
        return self._packed

    def find(self, packed: Any = None) -> "Model | None":
        """Return the model, loaded at most once in a process.

        Parameters
        ----------
        packed : array, optional
            What `pack` gave.

        Returns
        -------
        Model or None
            None if it is neither packed nor to be found here.
        """
        if self._model is None:
            with _lock:
                leave_with_parent()
                self._model = _models.get(self._digest) or self._load(packed)
                if self._model is not None:
                    _models[self._digest] = self._model
                    while len(_models) > _KEPT:
                        del _models[next(iter(_models))]
        return self._model

    def _load(self, packed: Any) -> "Model | None":
        from stance.api import packaged_model
        from stance.model import load

        if packed is not None:
            model: Model = pickle.loads(packed)
            return model
        for place in (self._path, None):
            try:
                model = packaged_model() if place is None else load(place)
            except StanceError:
                continue
            if _stated_digest(model) == self._digest:
                return model
        return None


def _stated_digest(model: "Model") -> str | None:
    digest: str | None = model.manifest.get("files", {}).get(ARRAYS)
    return digest


@cache
def leave_with_parent() -> None:
    """End this worker with the process that started it, not before; elsewhere nothing happens.

    A worker of loky otherwise waits for minutes, or for ever if that one was killed while sending
    it a task. An interrupt from the keyboard reaches both, and is for the other one to handle.
    """
    from multiprocessing import current_process, parent_process

    parent = parent_process()
    if parent is not None and current_process().name.startswith("LokyProcess"):
        # A thread of somebody's own worker may not set signals.
        if current_thread() is main_thread():
            signal(SIGINT, SIG_IGN)
        Thread(target=_watch, args=(parent.pid,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)
