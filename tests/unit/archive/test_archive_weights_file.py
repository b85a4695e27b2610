"""What the writers of weights files write, read by the libraries that the formats belong to."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import ml_dtypes
import numpy as np
import pytest
import safetensors
import safetensors.numpy

from modelspec.archive.weights_file.hdf5 import MOST_SHARDS, Contents, write_hdf5_file, write_shards
from modelspec.archive.weights_file.npz import write_npz
from modelspec.archive.weights_file.safetensors import write_safetensors
from modelspec.archive.weights_file.tensors import Tensor
from modelspec.diagnostics import Report, SpecError
from modelspec.link.linked import Group
from modelspec.weights.values import Values

NUMPY = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
NUMPY += ["float16", "float32", "float64", "complex64"]
SMALL = ["bfloat16", "float8_e4m3fn", "float8_e5m2"]
SHAPES = [(), (0,), (1,), (3,), (2, 3), (2, 0, 4), (5, 1, 2)]


def array(dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Values with every byte in use."""
    kind = np.dtype(getattr(ml_dtypes, dtype)) if dtype in SMALL else np.dtype(dtype)
    count = int(np.prod(shape, dtype=int))
    if dtype == "bool":
        return (np.arange(count) % 3 == 0).reshape(shape)
    data = np.arange(1, count * kind.itemsize + 1, dtype=np.uint8)
    return np.frombuffer(data.tobytes(), kind).reshape(shape)


def tensor(key: str, values: np.ndarray[Any, Any], *, is_zero: bool = False) -> Tensor:
    return Tensor(key, Values(values.shape, values.dtype, is_zero, whole=lambda: values))


def table(dtypes: list[str]) -> dict[str, np.ndarray[Any, Any]]:
    return {
        f"a/{dtype}/{number}": array(dtype, shape) for dtype in dtypes for number, shape in enumerate(SHAPES)
    }


def tensors_of(arrays: dict[str, np.ndarray[Any, Any]]) -> list[Tensor]:
    return [tensor(key, values) for key, values in arrays.items()]


def addressed(arrays: dict[str, np.ndarray[Any, Any]]) -> Contents:
    groups = tuple(Group(f"layers/{key}/vars", key) for key in arrays)
    tensors = tuple(tensor(f"layers/{key}/vars/0", values) for key, values in arrays.items())
    return Contents(groups, tensors)


def as_dense(number: int, size: int) -> dict[str, np.ndarray[Any, Any]]:
    return {f"dense_{n}": np.full(size, n, "float32") for n in range(number)}


def failing(key: str = "b") -> Tensor:
    def whole() -> Any:
        raise RuntimeError("cannot be read")

    return Tensor(key, Values((1000,), np.dtype("float32"), False, whole=whole))


def same(left: Any, right: Any) -> bool:
    return (left.dtype, left.shape, left.tobytes()) == (right.dtype, right.shape, right.tobytes())


# --- safetensors ---------------------------------------------------------------------------------------


def package_bytes(arrays: dict[str, np.ndarray[Any, Any]]) -> bytes:
    """What the package itself writes."""
    specs = {
        key: safetensors.TensorSpec(
            dtype=values.dtype.name, shape=values.shape, data_ptr=values.ctypes.data, data_len=values.nbytes
        )
        for key, values in arrays.items()
    }
    return bytes(safetensors.serialize(specs))


def test_a_safetensors_file_has_the_bytes_that_the_package_writes(tmp_path: Path) -> None:
    arrays = table(NUMPY + SMALL)
    arrays |= {
        "ümläut/β/0": array("float32", (2,)),
        'quo"te\\\n': array("int8", (3,)),
        "": array("bool", (1,)),
    }
    write_safetensors(tmp_path / "w.safetensors", tensors_of(arrays), Report())
    assert (tmp_path / "w.safetensors").read_bytes() == package_bytes(arrays)


def test_the_package_reads_a_safetensors_file(tmp_path: Path) -> None:
    arrays = table(NUMPY)
    write_safetensors(tmp_path / "w.safetensors", tensors_of(arrays), Report())
    found = safetensors.numpy.load_file(tmp_path / "w.safetensors")
    assert found.keys() == arrays.keys()
    for key, values in arrays.items():
        assert same(found[key], values), key
    with safetensors.safe_open(tmp_path / "w.safetensors", "np") as opened:
        assert same(opened.get_tensor("a/float16/4"), arrays["a/float16/4"])
        assert same(opened.get_slice("a/int32/6")[1:3], arrays["a/int32/6"][1:3])


def test_the_package_reads_small_floats_with_their_bits(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    arrays = table(SMALL)
    write_safetensors(tmp_path / "w.safetensors", tensors_of(arrays), Report())
    found = load_file(tmp_path / "w.safetensors")
    names = {"float8_e4m3fn": torch.float8_e4m3fn, "float8_e5m2": torch.float8_e5m2}
    for key, values in arrays.items():
        assert found[key].dtype == names.get(values.dtype.name, torch.bfloat16)
        assert tuple(found[key].shape) == values.shape
        assert found[key].reshape(-1).view(torch.uint8).numpy().tobytes() == values.tobytes()


def test_a_tensor_may_not_have_the_name_of_the_metadata(tmp_path: Path) -> None:
    report = Report()
    with pytest.raises(SpecError):
        write_safetensors(tmp_path / "w.safetensors", [tensor("__metadata__", np.zeros(1))], report)
    assert [found.code for found in report.diagnostics] == ["bad-tensor-name"]


def test_a_dtype_that_safetensors_has_not_is_refused_with_the_tensors_name(tmp_path: Path) -> None:
    report = Report()
    wide = [tensor(key, np.zeros(1, "complex128")) for key in ("a", "b", "c")]
    with pytest.raises(SpecError):
        write_safetensors(tmp_path / "w.safetensors", wide, report)
    (found,) = report.diagnostics
    assert found.code == "dtype-not-held"
    assert found.message == "a safetensors file cannot hold `complex128` (`a` and 2 more)"


# --- npz -----------------------------------------------------------------------------------------------


def test_numpy_reads_an_npz_file(tmp_path: Path) -> None:
    arrays = table([*NUMPY, "complex128"]) | {"ümläut": array("float32", (2,)), "b.npy": array("int8", (2,))}
    write_npz(tmp_path / "w.npz", tensors_of(arrays), Report())
    with np.load(tmp_path / "w.npz", allow_pickle=False) as found:
        assert set(found.files) == arrays.keys()
        for key, values in arrays.items():
            assert same(found[key], values), key
    with zipfile.ZipFile(tmp_path / "w.npz") as archive:
        assert archive.testzip() is None
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("dtype", SMALL)
def test_what_numpy_has_no_name_for_is_refused(tmp_path: Path, dtype: str) -> None:
    report = Report()
    with pytest.raises(SpecError):
        write_npz(tmp_path / "w.npz", [tensor("a", array(dtype, (2,)))], report)
    (found,) = report.diagnostics
    assert found.message == f"an npz file cannot hold `{dtype}` (`a`)"
    assert found.help == "write `.safetensors`, which has them"


@pytest.mark.parametrize("key", ["../a", "/a", "a//b", "", "C:a", "a\\b", "a\nb", "a/"])
def test_a_name_that_no_member_may_have_is_refused(tmp_path: Path, key: str) -> None:
    report = Report()
    with pytest.raises(SpecError):
        write_npz(tmp_path / "w.npz", [tensor(key, np.zeros(1))], report)
    assert [found.code for found in report.diagnostics] == ["bad-tensor-name"]
    assert not (tmp_path / "w.npz").exists()


def test_more_members_than_are_read_are_not_written(tmp_path: Path) -> None:
    report = Report()
    with pytest.raises(SpecError):
        write_npz(tmp_path / "w.npz", [tensor(str(n), np.zeros(1)) for n in range(10_001)], report)
    assert report.diagnostics[0].code == "cannot-write"


# --- HDF5 ----------------------------------------------------------------------------------------------

IN_HDF5 = [*NUMPY, "complex128", "bfloat16"]


def read_hdf5(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    found = {}
    with h5py.File(path) as file:

        def visit(address: str, node: Any) -> None:
            if isinstance(node, h5py.Dataset):
                value = np.asarray(node[()])
                if node.attrs.get("dtype") == "bfloat16":
                    value = value.view(ml_dtypes.bfloat16)
                found[address] = value

        file.visititems(visit)
    return found


def test_an_hdf5_file_holds_values_and_names(tmp_path: Path) -> None:
    arrays = {key.replace("/", "-"): values for key, values in table(IN_HDF5).items()}
    write_hdf5_file(tmp_path / "w.weights.h5", addressed(arrays), Report())
    found = read_hdf5(tmp_path / "w.weights.h5")
    assert found.keys() == {f"layers/{key}/vars/0" for key in arrays}
    for key, values in arrays.items():
        assert same(found[f"layers/{key}/vars/0"], values), key
    with h5py.File(tmp_path / "w.weights.h5") as file:
        assert file["layers/a-bool-0/vars"].attrs["name"] == "a-bool-0"


@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2"])
def test_what_keras_cannot_read_from_hdf5_is_refused(tmp_path: Path, dtype: str) -> None:
    report = Report()
    with pytest.raises(SpecError):
        write_hdf5_file(tmp_path / "w.weights.h5", addressed({"a": array(dtype, (2,))}), report)
    assert [found.code for found in report.diagnostics] == ["dtype-not-held"]


def test_shards_hold_what_one_file_would(tmp_path: Path) -> None:
    contents = addressed(as_dense(7, 100))
    target = tmp_path / "net.weights.json"
    paths = write_shards(target, contents, Report(), shard_size=1000)
    assert [path.name for path in paths] == [f"net_0000{n}.weights.h5" for n in range(4)]
    together = {key: value for path in paths for key, value in read_hdf5(path).items()}
    write_hdf5_file(tmp_path / "one.weights.h5", contents, Report())
    alone = read_hdf5(tmp_path / "one.weights.h5")
    assert together.keys() == alone.keys()
    assert all(same(together[key], alone[key]) for key in alone)
    assert json.loads(target.read_text())["metadata"] == {"total_size": 2800}


def test_the_shards_of_the_old_map_go_with_it_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "net.weights.json"
    write_shards(target, addressed(as_dense(7, 100)), Report(), shard_size=400)
    (tmp_path / "net_00009.weights.h5").write_bytes(b"nobody's")
    (tmp_path / "other_00001.weights.h5").write_bytes(b"another's")
    text = json.loads(target.read_text())
    text["weight_map"] |= {"/x": "other_00001.weights.h5", "/y": "../net_00001.weights.h5", "/z": [3]}
    target.write_text(json.dumps(text))
    write_shards(target, addressed(as_dense(2, 100)), Report(), shard_size=400)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "net.weights.json",
        "net_00000.weights.h5",
        "net_00001.weights.h5",
        "net_00009.weights.h5",
        "other_00001.weights.h5",
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"weight_map": 3}', "[" * 100_000, "\0\xff"])
def test_what_was_no_map_is_replaced_by_one(tmp_path: Path, text: str) -> None:
    target = tmp_path / "net.weights.json"
    target.write_text(text)
    write_shards(target, addressed(as_dense(1, 1)), Report(), shard_size=400)
    assert json.loads(target.read_text())["weight_map"] == {"/layers/dense_0/vars": "net_00000.weights.h5"}


def test_a_tensor_larger_than_a_shard_is_warned_of(tmp_path: Path) -> None:
    report = Report()
    arrays = as_dense(3, 10) | {"big": np.zeros(1000, "float32")}
    paths = write_shards(tmp_path / "net.weights.json", addressed(arrays), report, shard_size=200)
    (found,) = report.diagnostics
    assert (found.code, found.severity) == ("large-tensor", "warning")
    assert found.message == (
        "`layers/big/vars/0` has 4.0 kB, more than a shard of 200 bytes: it has a larger one of its own"
    )
    assert found.help == "with `--shard-size 4KB` none would"
    assert [len(read_hdf5(path)) for path in paths] == [3, 1]


def test_tensors_larger_than_a_shard_are_warned_of_once(tmp_path: Path) -> None:
    report = Report()
    write_shards(tmp_path / "net.weights.json", addressed(as_dense(3, 1001)), report, shard_size=2000)
    (found,) = report.diagnostics
    assert found.message == (
        "`layers/dense_0/vars/0` and 2 more have up to 4.0 kB, more than a shard of 2.0 kB: each has a larger"
        " one of its own"
    )
    assert found.help == "with `--shard-size 4.1KB` none would"


def test_more_shards_than_can_be_open_are_not_written(tmp_path: Path) -> None:
    report = Report()
    with pytest.raises(SpecError):
        write_shards(
            tmp_path / "net.weights.json", addressed(as_dense(MOST_SHARDS + 1, 8)), report, shard_size=32
        )
    (found,) = report.diagnostics
    assert "501 files, 500 at most" in found.message
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_set_of_shards(tmp_path: Path) -> None:
    target = tmp_path / "net.weights.json"
    write_shards(target, addressed(as_dense(5, 100)), Report(), shard_size=400)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    new = addressed(as_dense(4, 200))
    broken = Contents(new.groups, (*new.tensors, failing("layers/last/vars/0")))
    with pytest.raises(RuntimeError, match="cannot be read"):
        write_shards(target, broken, Report(), shard_size=800)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


# --- all of them ---------------------------------------------------------------------------------------


def by_address(write: Callable[..., object]) -> Callable[..., object]:
    def written(target: Path, tensors: list[Tensor], report: Report, **other: Any) -> object:
        named = tuple(Tensor(f"layers/{one.key}/vars/0", one.values) for one in tensors)
        return write(target, Contents((), named), report, **other)

    return written


def sharded(target: Path, contents: Contents, report: Report, **other: Any) -> object:
    return write_shards(target, contents, report, shard_size=10 << 20, **other)


WRITERS = {
    "w.safetensors": write_safetensors,
    "w.npz": write_npz,
    "w.weights.h5": by_address(write_hdf5_file),
    "w.weights.json": by_address(sharded),
}
every = pytest.mark.parametrize(("name", "write"), WRITERS.items(), ids=WRITERS)


@every
def test_equal_tensors_give_equal_bytes(tmp_path: Path, name: str, write: Callable[..., object]) -> None:
    arrays = {str(n): array("float32", (n, 3)) for n in range(5)}
    written = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        write(folder / name, tensors_of(arrays), Report())
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert written[0] == written[1]


@every
def test_a_failure_leaves_what_was_there(tmp_path: Path, name: str, write: Callable[..., object]) -> None:
    (tmp_path / name).write_bytes(b"old")
    with pytest.raises(RuntimeError, match="cannot be read"):
        write(tmp_path / name, [tensor("a", np.ones(10)), failing()], Report())
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {name: b"old"}


@every
def test_zeros_that_are_known_read_as_zeros(tmp_path: Path, name: str, write: Callable[..., object]) -> None:
    def never() -> Any:
        raise AssertionError("they are not made")

    zeros = Values((3 << 20,), np.dtype("float32"), True, whole=never)
    write(tmp_path / name, [tensor("a", np.ones(10, "float32")), Tensor("b", zeros)], Report())
    match name:
        case "w.safetensors":
            found = safetensors.numpy.load_file(tmp_path / name)
        case "w.npz":
            with zipfile.ZipFile(tmp_path / name) as archive:
                assert archive.testzip() is None
            found = dict(np.load(tmp_path / name))
        case _:
            paths = sorted(tmp_path.glob("*.weights.h5"))
            read = {key: value for path in paths for key, value in read_hdf5(path).items()}
            found = {key.split("/")[1]: value for key, value in read.items()}
    assert same(found["b"], np.zeros(3 << 20, "float32"))
    assert same(found["a"], np.ones(10, "float32"))


@every
def test_progress_tells_the_bytes_of_the_values(
    tmp_path: Path, name: str, write: Callable[..., object]
) -> None:
    told: list[int] = []
    write(
        tmp_path / name,
        [tensor("a", np.ones(3 << 20)), tensor("b", np.ones(5))],
        Report(),
        progress=told.append,
    )
    assert told == sorted(told)
    assert len(told) > 2
    assert told[-1] == (3 << 20) * 8 + 5 * 8


@every
def test_a_disk_without_room_is_told_with_what_is_needed(
    tmp_path: Path, name: str, write: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 1_000_000))
    report = Report()
    with pytest.raises(SpecError):
        write(tmp_path / name, [failing("a"), *(tensor(str(n), np.ones(100_000)) for n in range(3))], report)
    (found,) = report.diagnostics
    assert found.code == "disk-full"
    assert "it needs 2.4 MB, 1.0 MB are free" in found.message
    assert list(tmp_path.iterdir()) == []


@every
def test_few_blocks_are_in_memory_at_a_time(tmp_path: Path, name: str, write: Callable[..., object]) -> None:
    lock = threading.Lock()
    alive, most = 0, 0

    class Counted(np.ndarray):  # type: ignore[type-arg]
        def __del__(self) -> None:
            nonlocal alive
            if self.base is None:
                with lock:
                    alive -= 1

    def whole() -> Any:
        nonlocal alive, most
        made = np.ndarray.__new__(Counted, (1 << 20,), "float32")
        made[:] = 1
        with lock:
            alive += 1
            most = max(most, alive)
        return made

    values = Values((1 << 20,), np.dtype("float32"), False, whole=whole)
    write(tmp_path / name, [Tensor(str(n), values) for n in range(40)], Report())
    assert most <= 12, "a tensor of 4 MB each: 32 MB ahead and what is being written"
    assert alive <= 1


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "w.npz").symlink_to(tmp_path / "real" / "w.npz")
    write_npz(tmp_path / "w.npz", [tensor("a", np.ones(2))], Report())
    assert np.load(io.BytesIO((tmp_path / "real" / "w.npz").read_bytes()))["a"].tolist() == [1, 1]
