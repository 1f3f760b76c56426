"""A model that is not whole and ours is refused with cause and remedy, at no cost and no risk."""

import json
import os
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stance
from stance.storage import write_folder

from . import hostile
from .support import LONG, PROBES, PROJECT, answer, check_assessment, contents, without_privileges

Break = Callable[[Path], object]

REMEDY = re.compile(r"; (retrain|upgrade|copy|check|give) ")
MEGABYTES = 200


def refused(folder: Path | str) -> str:
    """Message with which a model is refused; it names the folder and a remedy."""
    with pytest.raises(stance.ModelError) as caught:
        stance.load(folder)
    message = str(caught.value)
    assert str(folder) in message or "previous" in message
    assert REMEDY.search(message), message
    return message


def loaded_or_refused(folder: Path) -> stance.Model | None:
    """A model; or None if it was refused, and properly so."""
    try:
        return stance.load(folder)
    except stance.ModelError as error:
        message = str(error)
    assert REMEDY.search(message), message
    return None


def consistent(model: stance.Model) -> None:
    """Assert that what has been loaded answers every way of asking alike."""
    texts = [*PROBES, *PROBES[::-1]]
    seen = [model.assess(text) for text in texts]
    for text, one in zip(texts, seen, strict=True):
        check_assessment(text, one)
    assert list(model.classify_many(texts)) == [one.label for one in seen]
    assert [model.classify(text) for text in texts] == [one.label for one in seen]


@pytest.fixture
def folder(small_folder: Path, tmp_path: Path) -> Path:
    """A whole model to break."""
    return hostile.copy(small_folder, tmp_path / "model")


def test_whole(folder: Path) -> None:
    consistent(stance.load(folder))


# Files.

FILES: dict[str, Break] = {
    "no folder": lambda at: at.rename(at.with_name("elsewhere")),
    "no manifest": lambda at: (at / "manifest.json").unlink(),
    "no arrays": lambda at: (at / "model.npz").unlink(),
    "empty manifest": lambda at: (at / "manifest.json").write_bytes(b""),
    "empty arrays": lambda at: (at / "model.npz").write_bytes(b""),
    "truncated arrays": lambda at: os.truncate(at / "model.npz", 20_000),
    "one byte short": lambda at: os.truncate(
        at / "model.npz", (at / "model.npz").stat().st_size - 1
    ),
    "one byte more": lambda at: (at / "model.npz").write_bytes(
        (at / "model.npz").read_bytes() + b"\0"
    ),
    "folder for a manifest": lambda at: (
        (at / "manifest.json").unlink(),
        (at / "manifest.json").mkdir(),
    ),
    "folder for arrays": lambda at: ((at / "model.npz").unlink(), (at / "model.npz").mkdir()),
    "pipe for a manifest": lambda at: (
        (at / "manifest.json").unlink(),
        os.mkfifo(at / "manifest.json"),
    ),
    "pipe for arrays": lambda at: ((at / "model.npz").unlink(), os.mkfifo(at / "model.npz")),
    "dangling link": lambda at: (
        (at / "model.npz").unlink(),
        (at / "model.npz").symlink_to("gone"),
    ),
    "link to itself": lambda at: (
        (at / "model.npz").unlink(),
        (at / "model.npz").symlink_to("model.npz"),
    ),
    "link to a device": lambda at: (
        (at / "model.npz").unlink(),
        (at / "model.npz").symlink_to("/dev/zero"),
    ),
    "manifest of 2 MB": lambda at: (at / "manifest.json").write_bytes(
        b" " * 2**21 + (at / "manifest.json").read_bytes()
    ),
    "sparse file of 10 GB": lambda at: os.truncate(at / "model.npz", 10 * 2**30),
}


@pytest.mark.parametrize("broken", FILES.values(), ids=FILES)
def test_files(folder: Path, broken: Break) -> None:
    broken(folder)
    refused(folder)


@pytest.mark.parametrize("path", ["x" * 5000, "a\0b", "", "/dev/null", "/proc/self/mem", "\udcff"])
def test_paths(path: str) -> None:
    with pytest.raises(stance.ModelError):
        stance.load(path)


def test_links_to_a_whole_model(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    consistent(stance.load(tmp_path / "link"))
    aside = tmp_path / "aside.npz"
    (folder / "model.npz").rename(aside)
    (folder / "model.npz").symlink_to(aside)
    consistent(stance.load(folder))


@pytest.mark.parametrize("closed", ["model", "model/model.npz", "model/manifest.json", "."])
def test_without_permission(folder: Path, closed: str) -> None:
    place = folder.parent / closed
    code = """
import json, sys, stance
try:
    stance.load(sys.argv[1])
except stance.ModelError as error:
    print(json.dumps(str(error)))
"""
    mode = place.stat().st_mode
    place.chmod(0)
    try:
        message = answer(code, folder, before=without_privileges(), cwd="/")
    finally:
        place.chmod(mode)
    assert str(folder) in message
    assert REMEDY.search(message)
    assert "ermission" in message


# Manifest.

MANIFESTS: dict[str, bytes] = {
    "nothing but space": b"  \n",
    "not JSON": b"schema: 1",
    "a list": b"[]",
    "null": b"null",
    "a string": b'"schema"',
    "nested too deeply": b"[" * 100_000,
    "deep objects": b'{"schema":' * 20_000,
    "a huge number": b'{"schema": ' + b"9" * 10_000 + b"}",
    "not UTF-8": b'{"schema": 1, "name": "\xff\xfe"}',
    "UTF-16": '{"schema": 1}'.encode("utf-16"),
    "UTF-32": '{"schema": 1}'.encode("utf-32"),
    "NUL": b"\0" * 100,
}


@pytest.mark.parametrize("data", MANIFESTS.values(), ids=MANIFESTS)
def test_manifest_of_another_kind(folder: Path, data: bytes) -> None:
    (folder / "manifest.json").write_bytes(data)
    refused(folder)


FIELDS: dict[str, tuple[str, Any]] = {
    "older schema": ("schema", 0),
    "negative schema": ("schema", -1),
    "schema as text": ("schema", "1"),
    "schema as fraction": ("schema", 1.5),
    "schema as truth": ("schema", True),
    "no schema": ("schema", None),
    "other tokeniser": ("tokeniser", 999),
    "other features": ("features", 999),
    "other order of labels": ("labels", ["skeptical", "supportive", "neutral"]),
    "fewer labels": ("labels", ["supportive", "skeptical"]),
    "labels as text": ("labels", "supportive"),
    "no files": ("files", None),
    "files as list": ("files", ["model.npz"]),
    "no digest": ("files", {}),
    "digest as number": ("files", {"model.npz": 0}),
    "empty digest": ("files", {"model.npz": ""}),
    "wrong digest": ("files", {"model.npz": "0" * 64}),
    "other file": ("files", {"../model.npz": "0" * 64}),
}


@pytest.mark.parametrize(("field", "value"), FIELDS.values(), ids=FIELDS)
def test_manifest_with_other_fields(folder: Path, field: str, value: Any) -> None:
    hostile.change_manifest(folder, lambda stated: stated.update({field: value}))
    refused(folder)


def test_newer_schema(folder: Path) -> None:
    hostile.change_manifest(folder, lambda stated: stated.update(schema=999))
    assert "pip install -U japan-russia-stance" in refused(folder)


@pytest.mark.parametrize("name", ["model.npz", "manifest.json"])
def test_swapped_files(folder: Path, packaged: stance.Model, name: str) -> None:
    assert packaged.path is not None
    (folder / name).write_bytes((packaged.path / name).read_bytes())
    assert "digest" in refused(folder)


def test_every_bit_of_the_manifest(folder: Path) -> None:
    """Refused, or the same answers: what a manifest merely tells does not change them."""
    stored = stance.load(folder)._stored
    write_folder(folder, stored.lexicon, stored.tables, {"name": "x"}, {})
    expected = [stance.load(folder).assess(text) for text in PROBES]
    path = folder / "manifest.json"
    whole = path.read_bytes()
    loaded = 0
    for at in range(len(whole)):
        for bit in range(8):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
            model = loaded_or_refused(folder)
            loaded += model is not None
            if model is not None and loaded % 10 == 0:
                assert [model.assess(text) for text in PROBES] == expected
    assert loaded < len(whole)


# Arrays, first with the digest of the whole ones.


def test_flipped_bits(folder: Path) -> None:
    path = folder / "model.npz"
    whole = path.read_bytes()
    chosen = random.Random(7)
    for _ in range(10_000):
        at, bit = chosen.randrange(len(whole)), chosen.randrange(8)
        with path.open("r+b") as stream:
            stream.seek(at)
            stream.write(bytes([whole[at] ^ 1 << bit]))
        with pytest.raises(stance.ModelError, match=r"digest in the manifest; (retrain|copy)"):
            stance.load(folder)
        with path.open("r+b") as stream:
            stream.seek(at)
            stream.write(whole[at : at + 1])
    consistent(stance.load(folder))


# Then with a digest that fits, as someone who made such a model would state it.


def usable_or_refused(folder: Path) -> bool:
    model = loaded_or_refused(folder)
    if model is not None:
        consistent(model)
    return model is not None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_flipped_bits_under_a_fitting_digest(folder: Path) -> None:
    whole = (folder / "model.npz").read_bytes()
    chosen = random.Random(11)
    for _ in range(10_000 if LONG else 800):
        flipped = bytearray(whole)
        for _ in range(chosen.choice([1, 1, 1, 8])):
            flipped[chosen.randrange(len(whole))] ^= 1 << chosen.randrange(8)
        hostile.put_arrays(folder, bytes(flipped))
        usable_or_refused(folder)


def test_changed_entries(folder: Path) -> None:
    """Numbers and letters inside the arrays, past the checksums of the archive."""
    whole = hostile.read_arrays(folder)
    chosen = random.Random(13)
    used = 0
    for name, array in whole.items():
        for _ in range(200 if LONG else 20):
            changed = array.copy()
            flat = changed.reshape(-1)
            at = chosen.randrange(len(flat))
            if flat.dtype == np.uint8:
                flat[at] ^= 1 << chosen.randrange(8)
            else:
                extreme = [-(2**31), -1, 0, 1, len(flat), 2**20, 2**31 - 1]
                flat[at] = chosen.choice([*extreme, int(flat[at]) ^ 1 << chosen.randrange(31)])
            hostile.put_arrays(folder, hostile.pack({**whole, name: changed}))
            used += usable_or_refused(folder)
    assert used


def shaped(name: str, change: Callable[[Any], Any]) -> Break:
    return lambda at: hostile.change_arrays(
        at, lambda arrays: arrays.update({name: change(arrays[name])})
    )


def tokens(change: Callable[[list[str]], object]) -> Break:
    return lambda at: hostile.change_arrays(at, hostile.change_tokens(change))


def name_of_a_boundary(arrays: dict[str, Any]) -> None:
    slot = arrays["names.base"][0] + 1
    arrays["names.check"][slot], arrays["names.value"][slot] = 0, 5


def circle(arrays: dict[str, Any]) -> None:
    """Let a name go on for ever in one token."""
    base, check, value = (arrays[f"names.{part}"] for part in ("base", "check", "value"))
    first = int(np.flatnonzero(check == 0)[0])
    token = first - int(base[0])
    base[first] = first - token
    check[first] = first
    base[0] = base[first]
    value[first] = 5


ARRAYS: dict[str, Break] = {
    "an array less": lambda at: hostile.change_arrays(at, lambda arrays: arrays.pop("lemma")),
    "no boundary among the tokens": tokens(lambda found: found.__setitem__(1, "\x0b")),
    "a second boundary": tokens(lambda found: found.__setitem__(-1, "\n")),
    "a token twice": tokens(lambda found: found.__setitem__(-1, found[-2])),
    "a token less": tokens(lambda found: found.pop()),
    "tokens not in UTF-8": shaped("tokens", lambda array: array | 128),
    "weights of fractions": shaped("tables.word", lambda array: array.astype(np.float32)),
    "weights that are no numbers": shaped(
        "tables.word", lambda array: np.full(array.shape, np.nan, np.float32)
    ),
    "weights without end": shaped(
        "tables.pair", lambda array: np.full(array.shape, np.inf, np.float64)
    ),
    "weights too large to add": shaped("tables.word", lambda array: np.full_like(array, 2**31 - 1)),
    "weights too small to add": shaped("tables.cue", lambda array: np.full_like(array, -(2**31))),
    "other byte order": shaped("symbol", lambda array: array.astype(">i4")),
    "longer whole numbers": shaped("symbol", lambda array: array.astype(np.int64)),
    "text for numbers": shaped("symbol", lambda array: array.astype("U5")),
    "labels swapped away": shaped("tables.word", lambda array: array[..., :1]),
    "an axis more": shaped("names.base", lambda array: np.stack([array, array], 1)),
    "a column": shaped("cue_sign", lambda array: array[:, None]),
    "a column of checks": shaped("tables.pair_check", lambda array: array[:, None]),
    "no axis": shaped("cue_sign", lambda array: array.reshape(-1)[:1].reshape(())),
    "nothing in it": shaped("names.base", lambda array: array[:0]),
    "negative indices": shaped("symbol", lambda array: array - 6),
    "indices outside": shaped("lemma", lambda array: array + 10**6),
    "a trie that points outside": shaped("cues.base", lambda array: array + 10**6),
    "a name that eats the end of a text": lambda at: hostile.change_arrays(at, name_of_a_boundary),
    "a name that ends a text": shaped(
        "names.value", lambda array: np.where(array >= 0, 1, array).astype(np.int32)
    ),
    "a name without end": lambda at: hostile.change_arrays(at, circle),
    "a cue of strength 9": shaped("cue_strength", lambda array: array * 0 + 9),
    "a cue of sign 5": shaped("cue_sign", lambda array: array * 5),
    "not an archive": lambda at: hostile.put_arrays(at, b"PK\3\4" + b"\0" * 100),
    "a single array": lambda at: hostile.put_arrays(at, hostile.member(np.zeros(5))),
    "an empty archive": lambda at: hostile.put_arrays(at, hostile.archive([])),
    "huge shape": lambda at: hostile.put_arrays(
        at, hostile.with_member(at, "symbol.npy", hostile.declared("(10000000000,)"))
    ),
    "shape beyond 64 bits": lambda at: hostile.put_arrays(
        at, hostile.with_member(at, "symbol.npy", hostile.declared("(4294967296, 4294967296)"))
    ),
    "negative shape": lambda at: hostile.put_arrays(
        at, hostile.with_member(at, "symbol.npy", hostile.declared("(-1,)"))
    ),
    "shape that is a program": lambda at: hostile.put_arrays(
        at, hostile.with_member(at, "symbol.npy", hostile.declared("exit()"))
    ),
    "header of 60 kB": lambda at: hostile.put_arrays(
        at, hostile.with_member(at, "symbol.npy", hostile.declared("(" + "1," * 30_000 + ")"))
    ),
    "records": lambda at: hostile.put_arrays(
        at, hostile.with_member(at, "symbol.npy", hostile.declared("(4,)", "[('a', '<i4')]"))
    ),
}


@pytest.mark.parametrize("broken", ARRAYS.values(), ids=ARRAYS)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_arrays(folder: Path, broken: Break) -> None:
    broken(folder)
    refused(folder)


# Code.


@pytest.mark.parametrize("place", ["member", "replaced", "instead", "array instead"])
def test_pickles_are_never_loaded(folder: Path, tmp_path: Path, place: str) -> None:
    marker = tmp_path / "marker"
    payload = hostile.pickled_array(marker)
    data = {
        "member": lambda: hostile.with_member(folder, "evil.npy", payload),
        "replaced": lambda: hostile.with_member(folder, "symbol.npy", payload),
        "instead": lambda: hostile.pickled(marker),
        "array instead": lambda: payload,
    }[place]()
    refused(hostile.put_arrays(folder, data))
    assert not marker.exists()


@pytest.mark.parametrize(
    "name", ["../evil.npy", "/tmp/stance-evil.npy", "a/../../evil.npy", "C:\\x"]
)
def test_member_names_are_no_paths(folder: Path, tmp_path: Path, name: str) -> None:
    before = contents(tmp_path)
    data = hostile.with_member(folder, name, hostile.member(np.zeros(3)))
    usable_or_refused(hostile.put_arrays(folder, data))
    assert contents(tmp_path).keys() == before.keys()
    assert not Path("/tmp/stance-evil.npy").exists()


# Memory and time.

BOMBS: dict[str, Callable[[Path], bytes]] = {
    "300 MB of zeros": lambda at: hostile.with_member(at, "symbol.npy", b"\0" * 300_000_000),
    "300 MB declared as 200 bytes": lambda at: hostile.understated(
        hostile.with_member(
            at, "symbol.npy", hostile.declared("(75000000,)", body=b"\0" * 300_000_000)
        ),
        "symbol.npy",
        200,
    ),
    "a million members": lambda at: hostile.many_members(1_000_000),
    "50 million tokens": lambda at: hostile.with_member(
        at, "tokens.npy", hostile.member(np.zeros(50_000_000, np.uint8))
    ),
    "15 million weights": lambda at: hostile.with_member(
        at, "tables.pair.npy", hostile.member(np.zeros((7_500_000, 2), np.int32))
    ),
    "10 billion declared": lambda at: hostile.with_member(
        at, "symbol.npy", hostile.declared("(10000000000,)")
    ),
    "a wide text type": lambda at: hostile.with_member(
        at, "symbol.npy", hostile.declared("(4,)", "'<U1000000000'")
    ),
}

_LOAD = """
import json, resource, sys, time
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
import stance
from stance.model import load
begun = time.perf_counter()
try:
    load(sys.argv[1])
    outcome = "loaded"
except stance.ModelError as error:
    outcome = "refused"
# Not ru_maxrss, which begins with what the parent held.
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
peak = int(status["VmHWM"].split()[0]) >> 10
print(json.dumps([outcome, peak, time.perf_counter() - begun]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="resource limits are counted otherwise")
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs_stay_small(folder: Path, bomb: Callable[[Path], bytes]) -> None:
    hostile.put_arrays(folder, bomb(folder))
    outcome, peak, seconds = answer(_LOAD, folder, silent=False)
    assert outcome == "refused"
    assert peak < MEGABYTES
    assert seconds < 5


# Schemas that were once written must load for ever.

FIXTURES = sorted((PROJECT / "tests" / "fixtures").glob("schema-*"))


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)
def test_old_models_load(fixture: Path) -> None:
    model = stance.load(fixture)
    lines = (fixture / "golden.jsonl").read_text("utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line]
    assert len(rows) >= 10
    for row in rows:
        seen = model.assess(row["text"])
        assert seen.label == row["label"]
        assert list(seen.probabilities.values()) == pytest.approx(row["probabilities"], abs=1e-6)


def test_every_schema_has_a_fixture() -> None:
    from stance.storage import SCHEMA

    assert [path.name for path in FIXTURES] == [f"schema-{n}" for n in range(1, SCHEMA + 1)]
