"""Files of data: what their heads tell, what is read of them, what is refused, and with which words."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from modelspec.archive.refusal import Refused
from modelspec.training.data import held
from modelspec.training.data.held import ONLY
from modelspec.training.data.opening import open_data


def refusal(path: Path, *names: str) -> str:
    with pytest.raises(Refused) as caught:
        open_data(path).read(names)
    assert caught.value.code == "bad-data"
    assert caught.value.help
    return caught.value.message


# --- npz and npy -----------------------------------------------------------------------------------------

ARRAYS = {
    "bytes": np.arange(12, dtype=np.uint8).reshape(3, 4),
    "numbers": np.linspace(0, 1, 12, dtype=np.float64).reshape(3, 2, 2),
    "flags": np.array([True, False, True]),
    "turned": np.asfortranarray(np.arange(6, dtype=np.int16).reshape(3, 2)),
    "swapped": np.arange(3, dtype=">i4"),
}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed], ids=["stored", "packed"])
def test_arrays_of_an_npz_are_told_by_their_heads_and_read_as_they_are(tmp_path, save):
    save(tmp_path / "d.npz", **ARRAYS)
    found = open_data(tmp_path / "d.npz")
    assert {name: (one.shape, one.kind) for name, one in found.held.items()} == {
        name: (array.shape, array.dtype.name) for name, array in ARRAYS.items()
    }
    for name, array in ARRAYS.items():
        read = found.read((name,))
        np.testing.assert_array_equal(read, array)
        assert read.dtype == array.dtype.newbyteorder("=")
        assert read.flags.c_contiguous


def test_an_npy_has_one_array_without_a_name_which_stays_in_its_file(tmp_path):
    np.save(tmp_path / "x.npy", ARRAYS["numbers"])
    found = open_data(tmp_path / "x.npy")
    assert list(found.held) == [ONLY]
    read = found.read((ONLY,))
    assert isinstance(read, np.memmap)
    np.testing.assert_array_equal(read, ARRAYS["numbers"])


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.array([1, "a", None], dtype=object), "pickled objects"),
        (np.array(["a", "b"]), "something else than numbers"),
        (np.array([1 + 2j]), "`complex128`"),
        (np.array(3), "a single number"),
        (np.empty((0, 4), np.float32), "is empty"),
        (np.zeros(2, dtype=[("a", "i4"), ("b", "f4")]), "compound values"),
    ],
    ids=["objects", "texts", "complex", "scalar", "empty", "records"],
)
@pytest.mark.parametrize("suffix", [".npz", ".npy"])
def test_what_is_no_array_of_numbers_is_refused_and_never_unpickled(tmp_path, suffix, array, said):
    path = tmp_path / f"d{suffix}"
    if suffix == ".npz":
        np.savez(path, a=array)
    else:
        np.save(path, array)
    assert said in refusal(path, "a" if suffix == ".npz" else ONLY)


class Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return pytest.fail, ("unpickled",)


def test_a_pickle_in_an_array_does_not_run(tmp_path):
    np.save(tmp_path / "d.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    assert "pickled objects" in refusal(tmp_path / "d.npy", ONLY)
    with zipfile.ZipFile(tmp_path / "d.npz", "w") as file:
        file.writestr("a.npy", pickle.dumps(Bomb()))
    assert "it is no array" in refusal(tmp_path / "d.npz", "a")


def test_an_npz_cut_anywhere_is_refused(tmp_path):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, a=np.arange(50), b=np.ones((3, 3)))
    data = buffer.getvalue()
    path = tmp_path / "d.npz"
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with pytest.raises(Refused):
            open_data(path)


def test_an_npy_cut_anywhere_is_refused(tmp_path):
    np.save(tmp_path / "d.npy", np.arange(50))
    data = (tmp_path / "d.npy").read_bytes()
    for length in range(0, len(data), 7):
        (tmp_path / "d.npy").write_bytes(data[:length])
        with pytest.raises(Refused):
            open_data(tmp_path / "d.npy")


def test_a_changed_byte_of_values_is_told_by_its_checksum(tmp_path):
    np.savez(tmp_path / "d.npz", a=np.arange(50))
    data = bytearray((tmp_path / "d.npz").read_bytes())
    data[-300] ^= 1
    (tmp_path / "d.npz").write_bytes(data)
    with pytest.raises(Refused):
        open_data(tmp_path / "d.npz").read(("a",))


def test_an_array_that_no_memory_holds_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "d.npz", a=np.zeros((1000, 1000), np.uint8))
    monkeypatch.setattr(held, "_memory", lambda: 1 << 16)
    assert "1.0 MB of memory" in refusal(tmp_path / "d.npz", "a")


def test_a_header_that_lies_about_its_shape_is_refused(tmp_path):
    np.save(tmp_path / "d.npy", np.arange(8, dtype=np.uint8))
    data = (tmp_path / "d.npy").read_bytes().replace(b"(8,)", b"(9,)")
    (tmp_path / "d.npy").write_bytes(data)
    assert "declares 9 bytes and has 8" in refusal(tmp_path / "d.npy", ONLY)


def test_a_header_that_claims_to_be_endless_is_refused(tmp_path):
    (tmp_path / "d.npy").write_bytes(b"\x93NUMPY\x02\x00" + struct.pack("<L", 1 << 31) + b" " * 64)
    assert "header claims" in refusal(tmp_path / "d.npy", ONLY)


# --- csv -------------------------------------------------------------------------------------------------


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "d.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_of_whole_numbers_stay_whole_and_others_are_floats(tmp_path):
    found = open_data(table(tmp_path, '\ufeffa,"b, c",label\n1,0.5,0\n2,1e-3,1\n\n3,-4,2\n'))
    assert list(found.held) == ["a", "b, c", "label"]
    label = found.read(("label",))
    assert (label.dtype, label.tolist()) == (np.int64, [0, 1, 2])
    both = found.read(("a", "b, c"))
    assert (both.dtype, both.tolist()) == (np.float64, [[1, 0.5], [2, 0.001], [3, -4]])


def test_a_column_of_texts_stays_texts(tmp_path):
    read = open_data(table(tmp_path, "t,y\nred,1\nblue,2\n")).read(("t",))
    assert (read.dtype, read.tolist()) == (np.object_, ["red", "blue"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "does not name every column"),
        ("a,,b\n1,2,3\n", "does not name every column"),
        ("a,a\n1,2\n", "two columns `a`"),
        ("a,b\n", "no rows"),
        ("a,b\n1,2\n3\n", "1 values in row 3, and 2 columns"),
        ("a,b\n1,2\n,3\n", "nothing in column `a`, row 3"),
        ("a,b\n1,2\nn/a,3\n", "`n/a` among the numbers of column `a`, row 3"),
        ('a,b\n1,"2\n', "cannot be read as a table"),
    ],
)
def test_a_table_with_a_mistake_is_refused_with_its_row(tmp_path, text, said):
    assert said in refusal(table(tmp_path, text), "a")


def test_a_mistake_far_down_has_its_own_row(tmp_path):
    rows = [f"{number},1" for number in range(20_000)]
    rows[19_000] = "x,1"
    assert "row 19,002" in refusal(table(tmp_path, "a,b\n" + "\n".join(rows) + "\n"), "a")


def test_a_table_that_is_no_utf8_text_is_refused(tmp_path):
    (tmp_path / "d.csv").write_bytes(b"a,b\n\xff\xfe,1\n")
    assert "is not UTF-8" in refusal(tmp_path / "d.csv", "a")


# --- parquet ---------------------------------------------------------------------------------------------


def test_columns_of_a_parquet_file_keep_their_kinds(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {
        "a": arrow.array([1, 2, 3], arrow.int32()),
        "b": arrow.array([0.5, 1.5, 2.5], arrow.float32()),
        "v": arrow.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], arrow.list_(arrow.float32(), 2)),
        "t": arrow.array(["x", "y", "z"]),
        "holes": arrow.array([1, None, 3]),
        "day": arrow.array([1, 2, 3], arrow.date32()),
    }
    parquet.write_table(arrow.table(columns), tmp_path / "d.parquet")
    found = open_data(tmp_path / "d.parquet")
    assert {name: one.shape for name, one in found.held.items()} == {
        **dict.fromkeys(columns, (3,)),
        "v": (3, 2),
    }
    assert found.read(("a",)).dtype == np.int32
    assert found.read(("a", "b")).tolist() == [[1, 0.5], [2, 1.5], [3, 2.5]]
    assert found.read(("v",)).tolist() == [[1, 2], [3, 4], [5, 6]]
    assert found.read(("t",)).tolist() == ["x", "y", "z"]
    assert "nothing in some rows" in refusal(tmp_path / "d.parquet", "holes")
    assert "neither numbers nor texts" in refusal(tmp_path / "d.parquet", "day")


def test_a_damaged_parquet_file_is_refused(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "d.parquet"
    path.write_bytes(b"PAR1" + b"\0" * 60 + b"PAR1")
    assert "no sound Parquet file" in refusal(path, "a")
    parquet.write_table(arrow.table({"a": arrow.array(range(100))}), path)
    data = path.read_bytes()
    for length in range(0, len(data), 13):
        path.write_bytes(data[:length])
        assert "no sound Parquet file" in refusal(path, "a")


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "d.parquet").write_bytes(b"PAR1")
    with pytest.raises(Refused, match="needs pyarrow") as caught:
        open_data(tmp_path / "d.parquet")
    assert caught.value.help == "install it: `pip install 'modelspec[parquet]'`"


# --- any -------------------------------------------------------------------------------------------------


def test_a_format_that_is_not_read_is_told_with_those_that_are(tmp_path):
    (tmp_path / "d.h5").write_bytes(b"")
    assert refusal(tmp_path / "d.h5") == (
        "is no file of data that is read: those end in `.npz`, `.npy`, `.csv`, `.parquet`"
    )


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".csv"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, suffix):
    import os

    os.mkfifo(tmp_path / f"d{suffix}")
    with pytest.raises(Refused, match="a pipe or a device"):
        open_data(tmp_path / f"d{suffix}")
