"""What is fuzzed: functions of bytes that fail only if the library breaks a promise."""

import gzip
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import stance
from stance.annotations import read_annotations
from stance.reading import read
from stance.workbench.exchange import TOOLS, read_items
from tests.trust import hostile
from tests.trust.support import CORPUS, DATA, PROBES, PROJECT, check_assessment

SUFFIXES = (".jsonl", ".csv", ".tsv", ".jsonl.gz")


def as_text(data: bytes) -> str:
    """Any Unicode string: bytes that are no UTF-8 become lone surrogates, and more of them."""
    text = data.decode("utf-8", "surrogateescape")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def texts(data: bytes) -> None:
    """Several statements, alone and together."""
    parts = as_text(data).split("\x1f")
    seen = [stance.assess(part) for part in parts]
    for part, one in zip(parts, seen, strict=True):
        check_assessment(part, one)
        assert stance.classify(part) == one.label
    assert list(stance.classify_many(parts, chunk_size=2)) == [one.label for one in seen]


def documents(data: bytes) -> None:
    """A document read, and shown in every way."""
    text = as_text(data)
    found = read(text)
    at = 0
    for statement in found:
        assert at <= statement.start < statement.end <= len(text)
        assert statement.text == text[statement.start : statement.end]
        check_assessment(statement.text, statement.assessment)
        at = statement.end
    json.loads(found.to_json())
    found.to_html()


def annotations(data: bytes) -> None:
    """A file of annotations in any of the formats."""
    suffix = SUFFIXES[data[0] % len(SUFFIXES)] if data else SUFFIXES[0]
    path = _folder() / f"mine{suffix}"
    path.write_bytes(gzip.compress(data[1:]) if suffix.endswith("gz") else data[1:])
    try:
        items = read_annotations(path)
    except stance.AnnotationError as error:
        items, message = [], str(error)
    else:
        message = str(path)
    assert str(path) in message
    assert all(item.label in stance.LABELS and item.text.strip() for item in items)


def exchanges(data: bytes) -> None:
    """A file of an annotation tool; the first byte says which."""
    tool = TOOLS[data[0] % len(TOOLS)] if data else TOOLS[0]
    path = _folder() / ("theirs.json" if tool == "label-studio" else "theirs.jsonl")
    path.write_bytes(data[1:])
    try:
        items = read_items(path, tool)
    except stance.AnnotationError as error:
        items, message = [], str(error)
    else:
        message = str(path)
    assert str(path) in message
    assert all(item.label in (None, *stance.LABELS) and item.text.strip() for item in items)


def manifests(data: bytes) -> None:
    """A manifest beside whole arrays."""
    folder = _whole_model()
    (folder / hostile.MANIFEST).write_bytes(data)
    _usable_or_refused(folder)


def archives(data: bytes) -> None:
    """Arrays as a file, their digest in the manifest."""
    folder = _whole_model()
    hostile.put_arrays(_with_manifest(folder), data)
    _usable_or_refused(folder)


def arrays(data: bytes) -> None:
    """Entries of arrays overwritten: which array, where and with what, eight bytes each."""
    changed = {name: array.copy() for name, array in _arrays().items()}
    names = sorted(changed)
    for start in range(0, len(data) - 7, 8):
        flat = changed[names[data[start] % len(names)]].reshape(-1)
        at = int.from_bytes(data[start + 1 : start + 4], "little") % len(flat)
        value = np.frombuffer(data[start + 4 : start + 8], "<i4")[0]
        flat[at] = value & 255 if flat.dtype == np.uint8 else value
    folder = _with_manifest(_whole_model())
    hostile.put_arrays(folder, hostile.pack(changed))
    _usable_or_refused(folder)


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (texts, documents, annotations, exchanges, manifests, archives, arrays)
}


def seeds(name: str) -> Iterator[bytes]:
    """Inputs to begin with."""
    if name in ("texts", "documents"):
        for file, field in (("odd_texts.jsonl", "text"), ("long_texts.jsonl", "unit")):
            for line in (DATA / file).read_text("utf-8").split("\n")[:-1]:
                yield json.loads(line)[field].encode("utf-8", "surrogatepass")
        yield "\x1f".join(PROBES).encode()
        yield b'"We trust Japan," said Ivan Petrov, 54. He smiled.\n\n- According to him, no.'
    elif name == "annotations":
        yield b"\0" + (CORPUS / "train.jsonl").read_bytes()[:2000]
        yield b'\1text,label,n\n"Tokyo, waits.",neutral,3\n'
        yield b"\3" + b'{"text": "Tokyo waits.", "label": "neutral", "labels": {"a": "neutral"}}'
        for line in (DATA / "bad_annotations.jsonl").read_text("utf-8").split("\n")[:-1]:
            content = json.loads(line)["content"]
            if isinstance(content, str) and len(content) < 5000:
                yield b"\0" + content.encode("utf-8", "surrogatepass")
    elif name == "exchanges":
        for number, tool in enumerate(TOOLS):
            for path in sorted((PROJECT / "tests" / "data" / "exchange").glob(f"{tool}-*")):
                yield bytes([number]) + path.read_bytes()
        yield b"\0" + (CORPUS / "train.jsonl").read_bytes()[:2000]
    elif name == "manifests":
        yield (_whole_model() / hostile.MANIFEST).read_bytes()
    elif name == "archives":
        yield (_whole_model() / hostile.ARRAYS).read_bytes()
    else:
        yield bytes(64)
        yield bytes(range(256))


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="stance-fuzz-"))


@cache
def _trained() -> dict[str, bytes]:
    from stance.retrain import retrain

    retrain(CORPUS, _folder() / "whole")
    return {
        name: (_folder() / "whole" / name).read_bytes()
        for name in (hostile.MANIFEST, hostile.ARRAYS)
    }


@cache
def _arrays() -> dict[str, Any]:
    _trained()
    return hostile.read_arrays(_folder() / "whole")


def _whole_model() -> Path:
    folder = _folder() / "model"
    folder.mkdir(exist_ok=True)
    (folder / hostile.ARRAYS).write_bytes(_trained()[hostile.ARRAYS])
    return _with_manifest(folder)


def _with_manifest(folder: Path) -> Path:
    stated = json.loads(_trained()[hostile.MANIFEST])
    digest = hashlib.sha256((folder / hostile.ARRAYS).read_bytes()).hexdigest()
    kept = {name: stated[name] for name in ("schema", "tokeniser", "features", "labels", "name")}
    kept["files"] = {hostile.ARRAYS: digest}
    (folder / hostile.MANIFEST).write_text(json.dumps(kept), "utf-8")
    return folder


def _usable_or_refused(folder: Path) -> None:
    try:
        model = stance.load(folder)
    except stance.ModelError as error:
        message = str(error)
    else:
        _check_model(model)
        message = str(folder)
    assert str(folder) in message


def _check_model(model: stance.Model) -> None:
    seen = [model.assess(text) for text in PROBES]
    for text, one in zip(PROBES, seen, strict=True):
        check_assessment(text, one)
    assert list(model.classify_many(PROBES)) == [one.label for one in seen]
