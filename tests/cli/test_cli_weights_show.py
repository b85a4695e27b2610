"""`modelspec weights show`: what it prints, where, and with which exit status."""

from __future__ import annotations

import io
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from modelspec.cli.app import app

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")
ml_dtypes = pytest.importorskip("ml_dtypes")


@pytest.fixture
def hdf5(tmp_path: Path) -> str:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        for layer, name in (("dense", "stem"), ("dense_1", "head")):
            group = file.create_group(f"layers/{layer}/vars")
            group.attrs["name"] = name
            group["0"] = np.array([[1.0, -2.0], [0.0, 5.0]], "float32")
        file["optimizer/vars/0"] = np.int64(3)
    return str(tmp_path / "w.h5")


@pytest.fixture
def npz(tmp_path: Path) -> str:
    np.savez(
        tmp_path / "w.npz",
        nans=np.array([np.nan, 1, 3, 0], "float32"),
        infinite=np.array([np.inf, -np.inf], "float16"),
        hopeless=np.full(3, np.nan),
        flags=np.array([True, False]),
        small=np.array([-128, 127, 1], "int8"),
        empty=np.empty((0, 2)),
        turned=np.array([[2, 4]], np.complex64),
    )
    return str(tmp_path / "w.npz")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["weights", "show", *arguments])


def data(*arguments: str) -> dict[str, Any]:
    done = run(*arguments, "--format", "json")
    assert (done.exit_code, done.stderr) == (0, "")
    return json.loads(done.stdout, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_tensors_are_listed_with_names_and_paths_and_totals(hdf5: str) -> None:
    done = run(hdf5)
    assert (done.exit_code, done.stderr) == (0, "")
    found = lines(done.stdout)
    assert found[0] == "w.h5 HDF5 file of weights"
    assert "stem/0 layers/dense/vars/0 2, 2 float32 16 bytes" in found
    assert "optimizer/0 optimizer/vars/0 scalar int64 8 bytes" in found
    assert found[-2:] == [
        "2 tensors 8 values 32 bytes",
        "1 tensor of the optimizer 1 values 8 bytes",
    ]


def test_statistics_are_told_on_demand(hdf5: str) -> None:
    found = lines(run(hdf5, "--stats").stdout)
    assert "stem/0 layers/dense/vars/0 2, 2 float32 16 bytes -2 5 1 25.0%" in found
    assert "2 tensors 8 values 32 bytes no NaN" in found


def test_names_alone_need_no_column_of_paths(npz: str) -> None:
    found = lines(run(npz, "--stats").stdout)
    assert "name shape dtype size min max mean zeros NaN" in found
    assert "nans 4 float32 16 bytes 0 3 1.33 25.0% 25.0%" in found
    assert "hopeless 3 float64 24 bytes 100%" in found


def test_statistics_are_exact_as_data(npz: str) -> None:
    found = {one["name"]: one["statistics"] for one in data(npz, "--stats")["tensors"]}
    assert found == {
        "nans": {"min": 0, "max": 3, "mean": 4 / 3, "zeros": 0.25, "nans": 0.25},
        "infinite": {"min": "-inf", "max": "inf", "mean": "nan", "zeros": 0, "nans": 0},
        "hopeless": {"min": None, "max": None, "mean": None, "zeros": 0, "nans": 1},
        "flags": {"min": 0, "max": 1, "mean": 0.5, "zeros": 0.5, "nans": 0},
        "small": {"min": -128, "max": 127, "mean": 0, "zeros": 0, "nans": 0},
        "empty": {"min": None, "max": None, "mean": None, "zeros": 0, "nans": 0},
        "turned": {"min": None, "max": None, "mean": None, "zeros": 0, "nans": 0},
    }


def test_data_tells_all_that_is_known(hdf5: str) -> None:
    found = data(hdf5)
    assert found["form"] == "HDF5 file of weights"
    assert found["tensors"][0] == {
        "name": "stem/0",
        "names": ["stem/0"],
        "path": "layers/dense/vars/0",
        "shape": [2, 2],
        "dtype": "float32",
        "bytes": 16,
        "optimizer": False,
    }
    assert found["totals"] == {
        "model": {"tensors": 2, "values": 8, "bytes": 32},
        "optimizer": {"tensors": 1, "values": 1, "bytes": 8},
    }


def test_a_line_for_each_tensor_is_for_other_programs(hdf5: str) -> None:
    done = run(hdf5, "--format", "concise")
    assert done.stdout == "stem/0 2x2 float32\nhead/0 2x2 float32\noptimizer/0 scalar int64\n"


def test_what_is_no_file_of_weights_gives_1(tmp_path: Path) -> None:
    (tmp_path / "w.npz").write_bytes(pickle.dumps({}))
    done = run(str(tmp_path / "w.npz"))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "error[not-weights]" in done.stderr
    done = run(str(tmp_path / "absent"), "--format", "json")
    assert (done.exit_code, done.stderr) == (1, "")
    assert json.loads(done.stdout)["diagnostics"][0]["code"] == "file-not-found"


def test_damage_that_shows_when_values_are_read_is_told(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        made = file.create_dataset("a", data=np.arange(9000.0), chunks=(9000,), compression="gzip")
        start, size = made.id.get_chunk_info(0).byte_offset, made.id.get_chunk_info(0).size
    content = bytearray((tmp_path / "w.h5").read_bytes())
    content[start : start + size] = bytes(size)
    (tmp_path / "w.h5").write_bytes(content)
    assert run(str(tmp_path / "w.h5")).exit_code == 0
    done = run(str(tmp_path / "w.h5"), "--stats")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "is damaged at `a`" in done.stderr


def test_a_missing_file_on_the_command_line_gives_2() -> None:
    assert run().exit_code == 2


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.array([0.25, 0.5, -1], ml_dtypes.bfloat16), (-1, 0.5, -0.25 / 3)),
        (np.array([0.25, 448, -448], ml_dtypes.float8_e4m3fn), (-448, 448, 0.25 / 3)),
        (np.array([65504, 65504], np.float16), (65504, 65504, 65504)),
        (np.full(300_000, 1e-3, ml_dtypes.bfloat16), (0.00099945068359375,) * 3),
        (np.array([2**62, 2**62], np.int64), (2.0**62,) * 3),
    ],
)
def test_small_and_large_dtypes_lose_nothing(value: Any, told: tuple[float, ...]) -> None:
    from modelspec.weights.statistics import statistics_of
    from modelspec.weights.values import Values

    found = statistics_of(Values(value.shape, value.dtype, is_zero=False, whole=lambda: value))
    assert (found.least, found.most, found.mean) == pytest.approx(told, rel=1e-12)


@pytest.mark.parametrize(("width", "has_paths"), [(80, False), (160, True)])
def test_a_table_fits_its_terminal(hdf5: str, width: int, has_paths: bool) -> None:
    from rich.console import Console

    from modelspec.cli.weights.listing_table import listing_tables
    from modelspec.compiler.weights.listing import list_weights
    from modelspec.diagnostics import Report

    listing = list_weights(Path(hdf5), Report(), statistics=True)
    assert listing is not None
    console = Console(width=width, file=io.StringIO())
    for part in listing_tables(listing, width=width):
        console.print(part)
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    assert ("layers/dense/vars/0" in text) == has_paths
    assert ("paths in the file" in text) != has_paths
