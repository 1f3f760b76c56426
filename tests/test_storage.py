"""Model folders are written whole or not at all, and read only if they are right."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stance.errors import ModelError
from stance.labels import LABELS
from stance.model import load
from stance.retrain import Retraining
from stance.storage import Stored, read_folder, write_folder

SENTENCE = "Tokyo did not reject the ferry line with Moscow."


@pytest.fixture
def folder(retrained: Retraining, tmp_path: Path) -> Path:
    """A copy of a model folder that a test may damage."""
    return Path(shutil.copytree(retrained.folder, tmp_path / "model"))


@pytest.fixture(scope="module")
def stored(retrained: Retraining) -> Stored:
    return read_folder(retrained.folder)


def write(folder: Path, stored: Stored, **extras: bytes) -> None:
    write_folder(folder, stored.lexicon, stored.tables, {"name": "m"}, extras)


def test_what_is_written_is_read(stored: Stored, tmp_path: Path) -> None:
    write(tmp_path / "deep" / "model", stored, notes=b"a file more")
    again = read_folder(tmp_path / "deep" / "model")
    assert again.lexicon.tokens == stored.lexicon.tokens
    for part in ("lexicon", "tables"):
        for one, other in zip(getattr(stored, part), getattr(again, part), strict=True):
            if isinstance(one, np.ndarray):
                assert one.dtype == other.dtype
                assert np.array_equal(one, other)
    assert (tmp_path / "deep" / "model" / "notes").read_bytes() == b"a file more"


def test_manifest_is_completed(stored: Stored, tmp_path: Path) -> None:
    write(tmp_path / "model", stored, notes=b"a file more")
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    assert manifest["name"] == "m"
    assert manifest["labels"] == [label.value for label in LABELS]
    assert manifest["files"].keys() == {"model.npz", "notes"}
    assert {"schema", "features", "tokeniser"} <= manifest.keys()


def test_same_contents_same_bytes(stored: Stored, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, stored)
    first, second = ((tmp_path / name / "model.npz").read_bytes() for name in ("one", "two"))
    assert first == second


def test_nothing_else_is_left_behind(stored: Stored, tmp_path: Path) -> None:
    for _ in range(2):
        write(tmp_path / "model", stored)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert {path.name for path in (tmp_path / "model").iterdir()} == {"model.npz", "manifest.json"}


@pytest.mark.parametrize("error", [ModelError, KeyboardInterrupt, OSError])
def test_failed_verification_keeps_the_old_model(
    stored: Stored, folder: Path, error: type[BaseException]
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(fresh: Path) -> None:
        assert load(fresh).classify(SENTENCE)
        raise error("no")

    with pytest.raises(error):
        write_folder(folder, stored.lexicon, stored.tables, {}, {}, verify=fail)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_folder_given_through_a_link_is_replaced(stored: Stored, folder: Path) -> None:
    link = folder.with_name("link")
    link.symlink_to(folder, target_is_directory=True)
    write(link, stored)
    assert link.is_symlink()
    assert load(link).manifest["name"] == "m"


@pytest.mark.parametrize("kind", ["file", "folder of other files"])
def test_foreign_place_is_refused(stored: Stored, tmp_path: Path, kind: str) -> None:
    place = tmp_path / "place"
    if kind == "file":
        place.write_text("mine")
    else:
        place.mkdir()
        (place / "thesis.doc").write_text("mine")
    with pytest.raises(ModelError, match=r"not a model folder.*another place"):
        write(place, stored)
    kept = place if kind == "file" else place / "thesis.doc"
    assert kept.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_empty_folder_is_filled(stored: Stored, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    write(tmp_path / "model", stored)
    assert load(tmp_path / "model").classify(SENTENCE)


def test_others_may_read_what_is_written(stored: Stored, tmp_path: Path) -> None:
    write(tmp_path / "model", stored)
    assert (tmp_path / "model").stat().st_mode & 0o055 == 0o055


def _edit(**changes: object) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return edit


def _flip(folder: Path) -> None:
    path = folder / "model.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _truncate(folder: Path) -> None:
    path = folder / "model.npz"
    path.write_bytes(path.read_bytes()[:1000])


def _replaced(name: str, content: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(content) and None


def _gone(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


DAMAGE = {
    "folder missing": (lambda folder: shutil.rmtree(folder), "no such file"),
    "manifest missing": (_gone("manifest.json"), "no such file"),
    "arrays missing": (_gone("model.npz"), "no such file"),
    "manifest cut": (_replaced("manifest.json", '{"schema": 1,'), "not valid JSON"),
    "manifest a list": (_replaced("manifest.json", "[1]"), "not the manifest"),
    "manifest empty": (_replaced("manifest.json", "{}"), "not the manifest"),
    "bit flipped": (_flip, "digest"),
    "arrays cut": (_truncate, "digest"),
    "arrays foreign": (_replaced("model.npz", "hello"), "digest"),
    "newer schema": (_edit(schema=999), "newer.*upgrade"),
    "older schema": (_edit(schema=0), "schema.*retrain"),
    "schema no number": (_edit(schema=True), "manifest|schema"),
    "other features": (_edit(features=0), "features.*retrain"),
    "other tokeniser": (_edit(tokeniser=0), "tokeniser.*retrain"),
    "other labels": (_edit(labels=["neutral", "skeptical", "supportive"]), "labels.*retrain"),
    "digests missing": (_edit(files={}), "digest"),
    "digests no mapping": (_edit(files=["model.npz"]), "digest"),
}


@pytest.mark.parametrize(("damage", "hint"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_model_is_refused(folder: Path, damage: Callable[[Path], None], hint: str) -> None:
    damage(folder)
    with pytest.raises(ModelError, match=f"(?s){hint}") as caught:
        load(folder)
    assert str(folder) in str(caught.value)


def test_pickle_in_the_arrays_is_not_loaded(folder: Path, tmp_path: Path) -> None:
    import hashlib

    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (os.mkdir, (str(tmp_path / "sprung"),))

    np.savez(folder / "model.npz", tokens=np.array([Trap()], dtype=object))
    digest = hashlib.sha256((folder / "model.npz").read_bytes()).hexdigest()
    _edit(files={"model.npz": digest})(folder)
    with pytest.raises(ModelError, match="not a model"):
        load(folder)
    assert not (tmp_path / "sprung").exists()


def test_loading_a_file_is_refused(folder: Path) -> None:
    with pytest.raises(ModelError):
        load(folder / "model.npz")


def test_old_model_answers_while_the_new_one_is_verified(stored: Stored, folder: Path) -> None:
    seen = []

    def look(fresh: Path) -> None:
        seen.append(load(folder).classify(SENTENCE))

    write_folder(folder, stored.lexicon, stored.tables, {}, {}, verify=look)
    assert seen == [load(folder).classify(SENTENCE)]
