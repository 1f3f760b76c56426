"""Model folders: written whole or not at all, checked before anything in them is used."""

import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np

from stance.errors import ModelError
from stance.features import FEATURES_VERSION
from stance.labels import LABELS
from stance.lexicon import BOUNDARY_ID, PSEUDO, ZONES, Lexicon
from stance.tables import LARGEST, Tables
from stance.text import TOKENISER_VERSION
from stance.trie import Trie

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

SCHEMA = 1

ARRAYS = "model.npz"
MANIFEST = "manifest.json"
CARD = "MODEL_CARD.md"
GOLDEN = "golden.jsonl"

_LARGEST_FILE = 64 * 2**20
_LARGEST_MANIFEST = 2**20
_MOST_MEMBERS = 100
_MOST_STRINGS = 2**20
_LONGEST_EXPRESSION = 64
_REMEDY = "retrain it with `python -m stance.retrain`, or copy it again from where it came"

_STRINGS = ("tokens", "symbols", "categories")
_TRIES = ("names", "cues")


class Stored(NamedTuple):
    """What a model folder holds."""

    lexicon: Lexicon
    tables: Tables
    manifest: Mapping[str, Any]


def write_folder(
    folder: Path,
    lexicon: Lexicon,
    tables: Tables,
    manifest: Mapping[str, Any],
    extras: Mapping[str, bytes],
    *,
    verify: Callable[[Path], None] = lambda folder: None,
) -> None:
    """Write a model folder beside its place, verify it, and put it there in one step.

    Parameters
    ----------
    folder : Path
        Where the model is to be; what stood there is replaced, and stays whole if anything fails.
    lexicon, tables : Lexicon, Tables
    manifest : mapping
        Completed with schema, versions, label order and digests.
    extras : mapping of str to bytes
        Other files to put in, by name.
    verify : callable
        Called with the finished folder before it takes its place; may raise to keep the old one.
    """
    folder = folder.resolve()
    refuse_foreign_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        files = {ARRAYS: _pack(lexicon, tables), **extras}
        complete = {
            "schema": SCHEMA,
            "tokeniser": TOKENISER_VERSION,
            "features": FEATURES_VERSION,
            "labels": [label.value for label in LABELS],
            **manifest,
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        }
        text = json.dumps(complete, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        files[MANIFEST] = text.encode()
        for name, data in files.items():
            with (fresh / name).open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        fresh.chmod(0o755)
        verify(fresh)
        _take_place(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def refuse_foreign_folder(folder: Path) -> None:
    """Refuse to replace anything that is not a model.

    Raises
    ------
    ModelError
        `folder` is a file, or holds files but no manifest.
    """
    if not folder.parent.is_dir():
        return
    # Another retraining may be swapping it this very moment.
    with _alone(folder.parent):
        if folder.is_dir():
            if _looks_like_a_model(folder) or not any(folder.iterdir()):
                return
        elif not folder.exists():
            return
    _refuse(folder, "exists and is not a model folder", "give another place for the model")


def _looks_like_a_model(folder: Path) -> bool:
    """Whether a manifest stands there that is ours, be the model whole or damaged."""
    if (folder / ARRAYS).is_file() and (folder / MANIFEST).is_file():
        return True
    try:
        return ARRAYS.encode() in _read_bytes(folder / MANIFEST, _LARGEST_MANIFEST)
    except ModelError:
        return False


def _take_place(fresh: Path, folder: Path) -> None:
    """Swap the fresh folder in.

    Between the two renames the old one waits under a name that `read_folder` knows.
    """
    waiting = _waiting(folder)
    with _alone(folder.parent):
        if folder.exists():
            shutil.rmtree(waiting, ignore_errors=True)
            folder.rename(waiting)
        fresh.rename(folder)
        shutil.rmtree(waiting, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes that write models into the same folder waiting."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _waiting(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.previous")


def read_folder(folder: Path) -> Stored:
    """Read a model folder, refusing anything that is not exactly a model of this schema.

    Raises
    ------
    ModelError
        Missing, damaged, foreign or newer files: what is wrong and what to do.
    """
    while True:
        before = _identity(folder)
        try:
            waits = before is None and _identity(_waiting(folder)) is not None
            return _read_whole(_waiting(folder) if waits else folder)
        except ModelError:
            # A retraining may have put another folder there between two files.
            if _identity(folder) == before:
                raise


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _read_whole(folder: Path) -> Stored:
    manifest = _read_manifest(folder)
    data = _read_bytes(folder / ARRAYS, _LARGEST_FILE)
    if hashlib.sha256(data).hexdigest() != manifest["files"][ARRAYS]:
        _refuse(folder / ARRAYS, "its contents do not match the digest in the manifest")
    try:
        lexicon, tables = _unpack(data)
    except Exception as error:
        raise ModelError(f"{folder / ARRAYS}: not a model ({error}); {_REMEDY}") from error
    return Stored(lexicon, tables, manifest)


def _refuse(path: Path, problem: str, remedy: str = _REMEDY) -> NoReturn:
    raise ModelError(f"{path}: {problem}; {remedy}")


def _read_bytes(path: Path, largest: int) -> bytes:
    try:
        if not path.is_file():
            if path.exists():
                _refuse(path, "not a regular file")
            _refuse(path, "no such file", "give the folder that retraining wrote, or copy it again")
        with path.open("rb") as stream:
            data = stream.read(largest + 1)
    except OSError as error:
        remedy = "check the path and its permissions"
        raise ModelError(f"{path}: cannot be read ({error.strerror}); {remedy}") from error
    if len(data) > largest:
        _refuse(path, f"larger than any model of ours ({largest} bytes)")
    return data


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    data = _read_bytes(path, _LARGEST_MANIFEST)
    try:
        manifest = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not valid JSON ({error}); {_REMEDY}") from error
    if not isinstance(manifest, dict) or type(manifest.get("schema")) is not int:
        _refuse(path, "not the manifest of a model")
    schema = manifest["schema"]
    if schema > SCHEMA:
        _refuse(
            path,
            f"schema {schema} is newer than this version of stance reads ({SCHEMA})",
            "upgrade with `pip install -U japan-russia-stance`",
        )
    expected = {
        "schema": SCHEMA,
        "tokeniser": TOKENISER_VERSION,
        "features": FEATURES_VERSION,
        "labels": [label.value for label in LABELS],
    }
    for field, value in expected.items():
        if manifest.get(field) != value:
            _refuse(path, f"field '{field}' is {manifest.get(field)!r}, expected {value!r}")
    files = manifest.get("files")
    if not isinstance(files, dict) or not isinstance(files.get(ARRAYS), str):
        _refuse(path, f"field 'files' lacks the digest of {ARRAYS}")
    return manifest


def _pack(lexicon: Lexicon, tables: Tables) -> bytes:
    arrays: dict[str, np.ndarray] = {}
    for name, value in lexicon._asdict().items():
        if name in _STRINGS:
            arrays[name] = np.frombuffer("\x00".join(value).encode(), np.uint8)
        elif name in _TRIES:
            arrays.update({f"{name}.{part}": array for part, array in value._asdict().items()})
        else:
            arrays[name] = value
    arrays.update({f"tables.{name}": array for name, array in tables._asdict().items()})
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def _unpack(data: bytes) -> tuple[Lexicon, Tables]:
    # Counted before the directory is parsed, which takes far more memory than it has bytes.
    if data.count(b"PK\x01\x02") > _MOST_MEMBERS:
        raise ValueError("it has more members than any model of ours")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _LARGEST_FILE:
            raise ValueError("it would unpack to more than any model of ours")
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        arrays = {name: np.ascontiguousarray(archive[name]) for name in archive.files}

    def table(name: str, kind: type = np.int32) -> Any:
        array = arrays.pop(name)
        if array.dtype != kind:
            raise ValueError(f"array '{name}' has type {array.dtype}")
        return array

    fields: dict[str, Any] = {}
    for name in Lexicon._fields:
        if name in _STRINGS:
            fields[name] = _strings(table(name, np.uint8))
        elif name in _TRIES:
            fields[name] = Trie(*(table(f"{name}.{part}") for part in Trie._fields))
        else:
            fields[name] = table(name, np.uint8 if name in ("flags", "sides") else np.int32)
    lexicon = Lexicon(**fields)
    tables = Tables(*(table(f"tables.{name}") for name in Tables._fields))
    _check_shapes(lexicon, tables)
    return lexicon, tables


def _strings(array: np.ndarray) -> tuple[str, ...]:
    if np.count_nonzero(array == 0) >= _MOST_STRINGS:
        raise ValueError("it holds more strings than any model of ours")
    return tuple(array.tobytes().decode().split("\x00"))


def _check_shapes(lexicon: Lexicon, tables: Tables) -> None:
    """Every index that can be looked up must lie inside what it indexes."""
    tokens, symbols, cues = len(lexicon.tokens), len(lexicon.symbols), len(lexicon.cue_sign)
    slots = len(tables.pair_check)
    shapes: dict[str, tuple[Any, tuple[int, ...]]] = {
        "symbol": (lexicon.symbol, (tokens,)),
        "lemma": (lexicon.lemma, (tokens,)),
        "flags": (lexicon.flags, (tokens,)),
        "sides": (lexicon.sides, (tokens,)),
        "cue_sign of the lexicon": (lexicon.cue_sign, (cues,)),
        "cue_strength": (lexicon.cue_strength, (cues,)),
        "cue_category": (lexicon.cue_category, (cues,)),
        "intercept": (tables.intercept, (2,)),
        "word": (tables.word, (ZONES, symbols, 2)),
        "negated": (tables.negated, (symbols, 2)),
        "pair_offset": (tables.pair_offset, (symbols,)),
        "pair_check": (tables.pair_check, (slots,)),
        "pair": (tables.pair, (slots, 2)),
        "cue": (tables.cue, (cues, 2, 2)),
        "cue_sign": (tables.cue_sign, (7, ZONES, ZONES, 2)),
    }
    for name, (array, shape) in shapes.items():
        if array.shape != shape:
            raise ValueError(f"array '{name}' has shape {array.shape}, expected {shape}")
    bounds: dict[str, tuple[Any, int]] = {
        "symbol": (lexicon.symbol, symbols),
        "lemma": (lexicon.lemma, tokens),
        "sides": (lexicon.sides, ZONES),
        "cue_strength": (lexicon.cue_strength, 4),
        "pair_offset": (tables.pair_offset, slots - symbols + 1),
        "cue_sign": (lexicon.cue_sign.astype(np.int64) + 1, 3),
    }
    for name, trie, values in (("names", lexicon.names, tokens), ("cues", lexicon.cues, cues)):
        size = len(trie.base)
        if not size or any(array.shape != (size,) for array in trie):
            raise ValueError(f"the arrays of '{name}' differ in shape")
        bounds[f"{name}.base"] = (trie.base, size - tokens + 1)
        bounds[f"{name}.value"] = (trie.value + 1, values + 1)
    for name, (array, limit) in bounds.items():
        if len(array) and not (int(array.min()) >= 0 and int(array.max()) < limit):
            raise ValueError(f"array '{name}' points outside")
    _check_meaning(lexicon, tables)


def _check_meaning(lexicon: Lexicon, tables: Tables) -> None:
    """Texts must stay apart, matching must end, and sums must fit."""
    if lexicon.tokens[: len(PSEUDO)] != PSEUDO or len(set(lexicon.tokens)) != len(lexicon.tokens):
        raise ValueError("array 'tokens' lacks the pseudo-tokens or holds a token twice")
    if (lexicon.names.value == BOUNDARY_ID).any():
        raise ValueError("array 'names.value' makes a boundary of a name")
    lemmas = np.flatnonzero(lexicon.lemma == BOUNDARY_ID)
    if lemmas.tolist() != [BOUNDARY_ID]:
        raise ValueError("array 'lemma' makes a boundary of a word")
    for name, trie in (("names", lexicon.names), ("cues", lexicon.cues)):
        slots = np.arange(len(trie.base))
        if (trie.check[trie.base + BOUNDARY_ID] == slots).any():
            raise ValueError(f"the arrays of '{name}' reach across the end of a text")
        if not _ends(trie.check):
            raise ValueError(f"the arrays of '{name}' run in a circle")
    for name, table in tables._asdict().items():
        if not name.startswith("pair_") and not (
            int(table.min(initial=0)) >= -LARGEST and int(table.max(initial=0)) <= LARGEST
        ):
            raise ValueError(f"array '{name}' holds a weight beyond what the tables hold")


def _ends(parents: np.ndarray) -> bool:
    """Whether every chain of parents comes to the root within the longest expression."""
    above = np.where(parents > 0, parents, 0)
    if above.max(initial=0) >= len(parents):
        return False
    here = above
    for _ in range(_LONGEST_EXPRESSION):
        if not here.any():
            return True
        here = above[here]
    return False
