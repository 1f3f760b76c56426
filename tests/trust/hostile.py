"""Makes broken models out of a whole one."""

import hashlib
import io
import json
import os
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

ARRAYS = "model.npz"
MANIFEST = "manifest.json"

Arrays = dict[str, Any]


def copy(source: Path, folder: Path) -> Path:
    """Another folder with the same files."""
    shutil.rmtree(folder, ignore_errors=True)
    return Path(shutil.copytree(source, folder))


def put_arrays(folder: Path, data: bytes) -> Path:
    """Write arrays and state their digest, as whoever made the model would."""
    (folder / ARRAYS).write_bytes(data)
    change_manifest(
        folder, lambda stated: stated["files"].update({ARRAYS: hashlib.sha256(data).hexdigest()})
    )
    return folder


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Change what the manifest states."""
    stated = json.loads((folder / MANIFEST).read_bytes())
    change(stated)
    (folder / MANIFEST).write_text(json.dumps(stated), "utf-8")
    return folder


def read_arrays(folder: Path) -> Arrays:
    """All arrays of a model."""
    with np.load(folder / ARRAYS, allow_pickle=False) as archive:
        return dict(archive)


def pack(arrays: Arrays, *, compress: bool = False) -> bytes:
    """Arrays as a model holds them."""
    stream = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(stream, **arrays)
    return stream.getvalue()


def change_arrays(folder: Path, change: Callable[[Arrays], object], **options: Any) -> Path:
    """Change arrays and keep the digest right."""
    arrays = read_arrays(folder)
    change(arrays)
    return put_arrays(folder, pack(arrays, **options))


def change_tokens(change: Callable[[list[str]], object]) -> Callable[[Arrays], None]:
    """Change to the list of tokens."""

    def apply(arrays: Arrays) -> None:
        tokens = arrays["tokens"].tobytes().decode().split("\0")
        change(tokens)
        arrays["tokens"] = np.frombuffer("\0".join(tokens).encode(), np.uint8)

    return apply


def member(value: Any) -> bytes:
    """An array as a member of an archive."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, value)
    return stream.getvalue()


def declared(shape: str, descr: str = "'<i4'", body: bytes = b"\0" * 64) -> bytes:
    """A member whose header declares what its body does not hold."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + body


def archive(members: Iterable[tuple[str, bytes]], *, deflate: bool = True) -> bytes:
    """A zip file."""
    stream = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    with zipfile.ZipFile(stream, "w", kind) as made:
        for name, data in members:
            made.writestr(name, data)
    return stream.getvalue()


def with_member(folder: Path, name: str, data: bytes) -> bytes:
    """Arrays of a model, one member replaced or added."""
    members = {f"{key}.npy": member(value) for key, value in read_arrays(folder).items()}
    return archive({**members, name: data}.items())


def many_members(count: int) -> bytes:
    """An archive of nothing but a directory of empty members."""
    entry = struct.Struct("<4s4B4HL2L5H2L")
    directory = b"".join(
        entry.pack(b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0)
        + b"%06x" % number
        for number in range(count)
    )
    size = len(directory)
    return (
        directory
        + struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, 0)
        + struct.pack("<4sLQL", b"PK\6\7", 0, size, 1)
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)
    )


def understated(data: bytes, name: str, size: int) -> bytes:
    """An archive that declares a member smaller than it is."""
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        true = whole.getinfo(name).file_size
    return data.replace(struct.pack("<L", true), struct.pack("<L", size))


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.marker),))


def pickled(marker: Path) -> bytes:
    """A pickle that leaves a mark when it is loaded."""
    return pickle.dumps(Payload(marker))


def pickled_array(marker: Path) -> bytes:
    """An array of one object that leaves a mark when it is loaded."""
    made = np.empty(1, dtype=object)
    made[0] = Payload(marker)
    return member(made)
