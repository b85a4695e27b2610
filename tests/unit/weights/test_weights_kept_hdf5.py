"""HDF5 files that are open: what takes no room, and what must not pretend to."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from modelspec.archive.region import HeldRegion, ReadRegion
from modelspec.weights.kept_hdf5 import KeptHdf5

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")


def kept(path: Path) -> KeptHdf5:
    return KeptHdf5(HeldRegion(path.read_bytes()))


def test_zeros_that_are_not_stored_are_read_up_to_what_keras_reads(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.create_dataset("a", shape=(1 << 30,), dtype="f4")
    found = kept(tmp_path / "w.h5")
    assert found.flaws == ()
    values = found.values("a")
    assert values.is_zero
    assert not next(values.blocks()).any()


@pytest.mark.parametrize(
    "options",
    [
        {"shape": ((1 << 30) + 1,)},
        {"shape": (1 << 27,), "fillvalue": 7},
        {"shape": ((1 << 30) + 1,), "chunks": (1 << 20,), "compression": "gzip"},
    ],
    ids=["beyond", "filled", "chunked"],
)
def test_what_is_not_stored_and_no_such_zeros_is_a_bomb(tmp_path: Path, options: dict[str, Any]) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.create_dataset("a", dtype="f4", **options)
    ((where, message),) = kept(tmp_path / "w.h5").flaws
    assert where == "/a"
    assert message.endswith("bytes and stores 0")


def test_values_behind_the_end_are_found(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["a"] = np.arange(1000, dtype="f8")
        offset = file["a"].id.get_offset()
    data = (tmp_path / "w.h5").read_bytes()
    size = (8_000).to_bytes(8, "little")  # which follows the address in a dataset's description
    moved = data.replace(offset.to_bytes(8, "little") + size, (offset + 800).to_bytes(8, "little") + size)
    assert moved != data
    (tmp_path / "w.h5").write_bytes(moved)
    # Some releases of HDF5 do not open such a dataset at all.
    ((_, message),) = kept(tmp_path / "w.h5").flaws
    assert message.startswith(("it claims 8,000 bytes of a file", "it is damaged"))


def test_compact_values_are_read(tmp_path: Path) -> None:
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_layout(h5py.h5d.COMPACT)
    with h5py.File(tmp_path / "w.h5", "w") as file:
        made = h5py.h5d.create(file.id, b"a", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((3,)), plan)
        made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([1, 2, 3], "f4"))
    assert kept(tmp_path / "w.h5").values("a").array().tolist() == [1, 2, 3]


@pytest.mark.parametrize("held", [True, False])
def test_a_region_is_read_anywhere_and_no_further_than_its_end(tmp_path: Path, held: bool) -> None:
    (tmp_path / "file").write_bytes(bytes(range(100)))
    with (tmp_path / "file").open("rb", buffering=0) as file:
        region = HeldRegion(bytes(range(10, 30))) if held else ReadRegion(file, Lock(), start=10, size=20)
        region.seek(5)
        out = bytearray(4)
        region.read_at(16, out)
        assert list(out) == [26, 27, 28, 29]
        assert region.tell() == 5
        with pytest.raises(OSError, match=r"ends? before"):
            region.read_at(17, out)
