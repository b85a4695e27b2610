"""Files of weights as an attacker would write them, and what is to be said of each."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")

# --- HDF5: what puts it into a file, where it is found, and what is said --------------------------------


def external(file: Any, path: Path) -> None:
    secret = path.with_name("secret")
    secret.write_bytes(b"s" * 64)
    file.create_dataset("x", shape=(64,), dtype="u1", external=[(str(secret), 0, 64)])


def virtual(file: Any, path: Path) -> None:
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource(str(path.with_name("other.h5")), "y", shape=(4,))
    file.create_virtual_dataset("x", layout)


def cycle(file: Any, path: Path) -> None:
    group = file.create_group("a/b")
    group["x"] = file["a"]


def root_cycle(file: Any, path: Path) -> None:
    file["x"] = file["/"]


def bomb(file: Any, path: Path) -> None:
    file.create_dataset("x", shape=(1 << 34,), dtype="f4", chunks=(1 << 20,), compression="gzip")


def unwritten(file: Any, path: Path) -> None:
    file.create_dataset("x", shape=(1 << 34,), dtype="f4")


def strings(file: Any, path: Path) -> None:
    file.create_dataset("x", data=["a", "b"], dtype=h5py.string_dtype())


def fixed_strings(file: Any, path: Path) -> None:
    file.create_dataset("x", data=np.array([b"a", b"b"]))


def ragged(file: Any, path: Path) -> None:
    file.create_dataset("x", shape=(3,), dtype=h5py.vlen_dtype("i4"))


def references(file: Any, path: Path) -> None:
    file.create_dataset("x", data=[file["layers"].ref], dtype=h5py.ref_dtype)


def compound(file: Any, path: Path) -> None:
    file.create_dataset("x", data=np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]))


def shared(file: Any, path: Path) -> None:
    file["x"] = file["layers/dense/vars/0"]


def named_type(file: Any, path: Path) -> None:
    file["x"] = np.dtype("f4")


def opaque(file: Any, path: Path) -> None:
    file.create_dataset("x", data=np.zeros(2, dtype="V64"))


def legacy(file: Any, path: Path) -> None:
    file.attrs["model_config"] = '{"class_name": "Sequential", "config": {"layers": []}}'


def plugin(file: Any, path: Path) -> None:
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((4,))
    plist.set_filter(32999, h5py.h5z.FLAG_OPTIONAL, (1,))
    h5py.h5d.create(file.id, b"x", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((4,)), plist)
    file["x"].id.write_direct_chunk((0,), b"0123456789abcdef")


def empty(file: Any, path: Path) -> None:
    file.create_dataset("x", data=h5py.Empty("f4"))


FORGED = {
    external: ("/x", "lie in another file"),
    virtual: ("/x", "put together from datasets"),
    lambda file, path: file.__setitem__("x", h5py.ExternalLink("/etc/passwd", "y")): (
        "/x",
        "a link into another file",
    ),
    lambda file, path: file.__setitem__("x", h5py.ExternalLink("absent.h5", "y")): (
        "/x",
        "a link into another file",
    ),
    lambda file, path: file.__setitem__("x", h5py.SoftLink("/layers")): ("/x", "a soft link"),
    lambda file, path: file.__setitem__("x", h5py.SoftLink("/nowhere")): ("/x", "a soft link"),
    cycle: ("/a/b/x", "leads back to a group"),
    bomb: ("/x", "declares 68,719,476,736 bytes"),
    unwritten: ("/x", "declares 68,719,476,736 bytes"),
    strings: ("/x", "not numbers"),
    fixed_strings: ("/x", "not numbers"),
    ragged: ("/x", "variable length"),
    references: ("/x", "references"),
    compound: ("/x", "compound"),
    shared: ("/x", "the same object as"),
    named_type: ("/x", "neither a group nor a dataset"),
    opaque: ("/x", "raw bytes"),
    legacy: ("/", "older form"),
    plugin: ("/x", "the filter 32999"),
    empty: ("/x", "no shape"),
}


# --- npz: its bytes, and what is said --------------------------------------------------------------------


def npy(header: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode("latin-1")


def zipped(**members: bytes) -> bytes:
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as packed:
        for name, data in members.items():
            packed.writestr(f"{name}.npy", data)
    return result.getvalue()


def pickled() -> bytes:
    result = io.BytesIO()
    np.savez(result, a=np.array([object], dtype=object))
    return result.getvalue()


NPZ = {
    "pickled objects": (pickled(), "pickled objects"),
    "a shape that lies": (
        zipped(a=npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,)}") + b"1234"),
        "declares 4,000,000,000,000 bytes and has 4",
    ),
    "a header that claims too much": (
        zipped(a=b"\x93NUMPY\x02\x00" + struct.pack("<L", 1 << 31) + b"{}"),
        "its header claims 2,147,483,648 bytes",
    ),
    "a header that computes": (
        zipped(a=npy("{'descr': '<f4', 'fortran_order': False, 'shape': (__import__('os').getpid(),)}")),
        "its header cannot be read",
    ),
    "a deep header": (zipped(a=npy("(" * 9000)), "its header cannot be read"),
    "a compound type": (
        zipped(a=npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}")),
        "compound values",
    ),
    "no array": (zipped(a=b"hello"), "it is no array"),
}


# --- safetensors, likewise -------------------------------------------------------------------------------


def tensors(header: object, room: int, *, length: int | None = None) -> bytes:
    data = (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(data) if length is None else length) + data + bytes(room)


def tensor(begin: int, end: int, *shape: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


SAFETENSORS = {
    "a header of nearly everything": (tensors({}, 0, length=1 << 60), "its header claims"),
    "overlapping tensors": (tensors({"a": tensor(0, 8, 2), "b": tensor(4, 12, 2)}, 12), "overlap"),
    "a hole": (tensors({"a": tensor(0, 4, 1), "b": tensor(8, 12, 1)}, 12), "belong to no tensor"),
    "something at the end": (tensors({"a": tensor(0, 4, 1)}, 100), "belong to no tensor"),
    "an end behind the file": (tensors({"a": tensor(0, 400, 100)}, 4), "behind the file"),
    "a shape that lies": (tensors({"a": tensor(0, 4, 10**12)}, 4), "does not fit"),
    "a negative shape": (tensors({"a": tensor(0, 4, -1, -1)}, 4), "no description"),
    "offsets backwards": (tensors({"a": tensor(8, 4, 1)}, 8), "no description"),
    "another dtype": (tensors({"a": tensor(0, 4, 1, dtype="OBJ")}, 4), "none of the format"),
    "a tensor twice": (
        tensors(f'{{"a": {json.dumps(tensor(0, 4, 1))}, "a": {json.dumps(tensor(0, 4, 1))}}}', 4),
        "twice",
    ),
    "metadata that is no text": (tensors({"__metadata__": {"a": [1]}}, 0), "no mapping of texts"),
}
