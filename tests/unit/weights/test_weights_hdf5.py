from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import h5py
import keras
import ml_dtypes
import numpy as np
import pytest
from initializer_dicts import built_in
from keras.src.saving.saving_lib import safe_get_h5_dataset
from weights_sample import sample, sample_sha256

from modelspec.link.linked import Group, Variable
from modelspec.weights.draw import draw
from modelspec.weights.hdf5 import predict_size, write_hdf5
from modelspec.weights.recipes import UndrawableError
from modelspec.weights.values import Values


def _variable(address: str, shape: tuple[int, ...], data: object = None, dtype: str = "float32") -> Variable:
    """A variable with an initializer (a dict) or a value (an array)."""
    owner, _, key = address.removeprefix("layers/").partition("/")
    initializer = data if isinstance(data, dict) else None
    value = data if isinstance(data, np.ndarray) else None
    return Variable(address, owner, key, "kernel", shape, dtype, True, initializer, value=value)


def _written(groups: list[Group], variables: list[Variable], **other: object) -> io.BytesIO:
    file = io.BytesIO()
    write_hdf5(file, groups, variables, **({"seed": 0} | other))  # type: ignore[arg-type]
    return file


def _table(path: Path) -> tuple[list[Group], list[Variable]]:
    """The table that a file of Keras' own would be written from."""
    groups: list[Group] = []
    variables: list[Variable] = []

    def visit(address: str, node: object) -> None:
        if isinstance(node, h5py.Group) and address.rpartition("/")[2] == "vars":
            groups.append(Group(address, node.attrs.get("name")))
        if isinstance(node, h5py.Dataset):
            value = np.asarray(node[()])
            dtype = node.attrs.get("dtype", value.dtype.name)
            if dtype == "bfloat16":
                value = value.view(ml_dtypes.bfloat16)
            variables.append(_variable(address, value.shape, value, dtype))

    with h5py.File(path) as file:
        file.visititems(visit)
    return groups, variables


def _described(file: object) -> dict[str, object]:
    found: dict[str, object] = {}
    with h5py.File(file, "r") as h5:

        def visit(address: str, node: object) -> None:
            attributes = sorted(node.attrs.items())
            if isinstance(node, h5py.Dataset):
                found[address] = (attributes, node.shape, node.dtype, node[()].tobytes())
            else:
                found[address] = attributes

        h5.visititems(visit)
    return found


def _twin(dtype: str = "float32") -> keras.Model:
    layers = keras.layers
    return (
        keras.Sequential(
            [
                layers.Input((8, 8, 3)),
                layers.Conv2D(4, 3, name="stem"),
                layers.BatchNormalization(),
                layers.Dropout(0.5),
                layers.Flatten(),
                layers.Dense(5, use_bias=False, name="head"),
            ],
            name="twin",
        )
        if dtype == "float32"
        else keras.Sequential(
            [layers.Input((4,)), layers.Dense(3, dtype=dtype), layers.Dense(2, dtype=dtype)]
        )
    )


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_file_holds_what_that_of_keras_holds_and_loads_into_a_twin(dtype: str, tmp_path: Path) -> None:
    model = _twin(dtype)
    theirs, ours = tmp_path / "theirs.weights.h5", tmp_path / "ours.weights.h5"
    model.save_weights(theirs)
    ours.write_bytes(_written(*_table(theirs)).getvalue())
    assert _described(ours) == _described(theirs)
    twin = _twin(dtype)
    twin.load_weights(ours)
    for left, right in zip(model.weights, twin.weights, strict=True):
        left_value, right_value = (keras.ops.convert_to_numpy(each.value) for each in (left, right))
        assert np.array_equal(left_value, right_value)


def test_an_optimizer_and_its_scalars_are_loaded(tmp_path: Path) -> None:
    def compiled() -> keras.Model:
        model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])
        model.compile(optimizer="adam", loss="mse")
        model.optimizer.build(model.trainable_variables)
        return model

    model = compiled()
    for variable in model.optimizer.variables:
        variable.assign(keras.ops.ones_like(variable.value))
    theirs, ours = tmp_path / "theirs.weights.h5", tmp_path / "ours.weights.h5"
    model.save_weights(theirs)
    ours.write_bytes(_written(*_table(theirs)).getvalue())
    twin = compiled()
    twin.load_weights(ours)
    assert all(float(keras.ops.min(variable.value)) == 1.0 for variable in twin.optimizer.variables)


def test_drawn_values_arrive_in_keras(tmp_path: Path) -> None:
    groups = [Group("layers/dense/vars", "a"), Group("layers/dense_1/vars", "b")]
    variables = [
        _variable("layers/dense/vars/0", (4, 3), built_in("GlorotUniform")),
        _variable("layers/dense/vars/1", (3,), built_in("Zeros")),
        _variable("layers/dense_1/vars/0", (3, 2), built_in("Orthogonal")),
        _variable("layers/dense_1/vars/1", (2,), built_in("Constant", value=0.25)),
    ]
    path = tmp_path / "drawn.weights.h5"
    path.write_bytes(_written(groups, variables, seed=3).getvalue())
    dense = keras.layers.Dense
    twin = keras.Sequential([keras.layers.Input((4,)), dense(3, name="a"), dense(2, name="b")])
    twin.load_weights(path)
    for variable, loaded in zip(variables, twin.variables, strict=True):
        expected = draw(
            variable.initializer,
            shape=variable.shape,
            dtype="float32",
            seed=3,
            owner=variable.owner,
            below=variable.below,
        )
        assert np.array_equal(keras.ops.convert_to_numpy(loaded.value), expected.array())


@pytest.mark.parametrize(
    ("shape", "dtype", "data"),
    [
        ((), "float32", np.float32(2.5)),
        ((), "int64", np.int64(-7)),
        ((0, 4), "float32", np.empty((0, 4), np.float32)),
        ((2,), "uint32", np.array([1, 2**32 - 1], np.uint32)),
        ((3,), "bool", np.array([True, False, True])),
        ((2, 2), "float64", np.arange(4.0).reshape(2, 2).T),
        ((2,), "complex64", np.array([1 + 2j, 3], np.complex64)),
    ],
)
def test_any_shape_and_dtype_of_numbers_is_kept(shape: tuple[int, ...], dtype: str, data: object) -> None:
    value = np.asarray(data)
    file = _written([Group("vars", None)], [_variable("vars/0", shape, value, dtype)])
    with h5py.File(file, "r") as h5:
        assert h5["vars/0"].shape == shape
        assert h5["vars/0"].dtype == value.dtype
        assert np.array_equal(h5["vars/0"][()], value)
        assert dict(h5["vars"].attrs) == {}


def test_zeros_take_no_room_and_read_as_zeros() -> None:
    variables = [
        _variable("layers/a/vars/0", (1000, 1000), built_in("Zeros")),
        _variable("layers/a/vars/1", (1000, 1000), built_in("Zeros"), "bfloat16"),
        _variable("layers/a/vars/2", (500,), np.zeros(500, np.float32)),
        _variable("layers/a/vars/3", (), built_in("Zeros"), "int64"),
    ]
    file = _written([Group("layers/a/vars", "a")], variables)
    assert len(file.getvalue()) < 10_000
    store = keras.src.saving.saving_lib.H5IOStore(file).get("layers/a")
    for variable in variables:
        value = store[variable.address.rpartition("/")[2]]
        assert value.shape == variable.shape
        assert value.dtype == variable.dtype
        assert not value.any()


def test_zeros_so_large_that_keras_would_take_them_for_a_bomb_are_allocated(tmp_path: Path) -> None:
    path = tmp_path / "large.h5"
    shape = (2**15, 2**15 + 1)
    variable = _variable("vars/0", shape, built_in("Zeros"))
    with path.open("w+b") as file:
        write_hdf5(file, [Group("vars", None)], [variable], seed=0)
    assert path.stat().st_size > 4 * 2**15 * (2**15 + 1)
    with h5py.File(path) as h5:
        dataset = safe_get_h5_dataset(h5["vars"], "0")
        assert dataset.shape == shape
        assert not dataset[-1].any()
    assert predict_size([], [variable]) >= path.stat().st_size


def test_room_that_nothing_was_written_to_is_there_in_every_kind_of_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("modelspec.weights.hdf5._UNSTORED_LIMIT", 1000)
    variables = [_variable("vars/0", (50_000,), built_in("Zeros"))]
    files = [io.BytesIO(), (tmp_path / "a").open("w+b"), (tmp_path / "b").open("w+b", buffering=0)]
    for file in files:
        with file:
            write_hdf5(file, [], variables, seed=0)
            with h5py.File(file, "r") as h5:
                assert h5["vars/0"].id.get_storage_size() == 200_000
                assert h5["vars/0"][()].tobytes() == bytes(200_000)


def test_two_processes_write_equal_bytes_into_any_kind_of_file(tmp_path: Path) -> None:
    expected = sample_sha256()
    for buffering in (0, -1):
        with (tmp_path / f"file{buffering}").open("w+b", buffering=buffering) as file:
            write_hdf5(file, *sample(), seed=0)  # type: ignore[arg-type]
        written = (tmp_path / f"file{buffering}").read_bytes()
        assert hashlib.sha256(written).hexdigest() == expected
    code = "import sys; sys.path.insert(0, sys.argv[1]); import weights_sample as w; print(w.sample_sha256())"
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "77"},
    )
    assert found.stdout.strip() == expected


def test_another_variable_changes_no_values() -> None:
    groups, variables = sample()
    added = [_variable("layers/dense_00/vars/0", (33,), built_in("HeNormal")), *variables]
    before, after = (_described(_written(groups, table)) for table in (variables, added))
    assert {address: after[address] for address in before if "dense" in address} == {
        address: found for address, found in before.items() if "dense" in address
    }


def test_progress_counts_the_bytes_of_values() -> None:
    told: list[int] = []
    variables = [
        _variable("vars/0", (1 << 21,), built_in("GlorotUniform")),
        _variable("vars/1", (10,), built_in("Ones"), "bfloat16"),
        _variable("vars/2", (1000,), built_in("Zeros")),
    ]
    _written([], variables, progress=told.append)
    assert told == [1 << 22, 1 << 23, (1 << 23) + 20]


@pytest.mark.parametrize("count", [0, 1, 40, 700])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_size_is_predicted_from_above_within_a_few_percent(count: int, dtype: str) -> None:
    groups = [Group(f"layers/dense_{i}/inner/vars", f"a_layer_{i}") for i in range(count)]
    variables = [
        _variable(f"{group.address}/{key}", shape, built_in(name), dtype)
        for group in groups
        for key, shape, name in (("0", (64, 80), "GlorotUniform"), ("1", (80,), "Zeros"))
    ]
    size = len(_written(groups, variables).getvalue())
    assert size <= predict_size(groups, variables) <= 1.03 * size + 9000


def test_values_that_lie_in_a_file_are_asked_for_by_their_variable() -> None:
    def stored(variable: Variable) -> Values:
        number = int(variable.source[1].rpartition("/")[2]) if variable.source else -1
        array = np.full((3,), number, np.float32)
        return Values((3,), array.dtype, is_zero=False, whole=lambda: array)

    variables = [
        Variable(f"vars/{i}", "a", str(i), "kernel", (3,), "float32", True, None, source=("key", f"old/{i}"))
        for i in range(20)
    ]
    with h5py.File(_written([], variables, stored=stored), "r") as h5:
        assert [float(h5[f"vars/{i}"][0]) for i in range(20)] == [float(i) for i in range(20)]


def test_a_mistake_of_the_caller_is_told() -> None:
    sourced = Variable("vars/0", "a", "0", "k", (3,), "float32", True, None, source=("key", "old/0"))
    with pytest.raises(ValueError, match="nobody reads the file"):
        _written([], [sourced])
    kept = Variable("vars/0", "a", "0", "k", (3,), "float32", True, None, value=np.zeros(2, np.float32))
    with pytest.raises(ValueError, match=r"is of shape \(3,\), its value of \(2,\)"):
        _written([], [kept])
    with pytest.raises(ValueError, match="nothing gives `vars/0` its value"):
        _written([], [_variable("vars/0", (3,))])
    with pytest.raises(UndrawableError, match="two dimensions"):
        _written([], [_variable("vars/0", (3,), built_in("Identity"))])
    with pytest.raises(ValueError, match="not empty"):
        write_hdf5(io.BytesIO(b"x"), [], [], seed=0)


class _Full(io.BytesIO):
    """A file on a disk that fills up."""

    def write(self, data: object) -> int:
        if len(data) > 1 << 20:  # type: ignore[arg-type]
            raise OSError(28, "No space left on device")
        return super().write(data)  # type: ignore[arg-type]


def test_a_full_disk_is_told_and_leaves_no_thread() -> None:
    before = threading.active_count()
    variables = [_variable(f"vars/{i}", (1 << 20,), built_in("GlorotUniform")) for i in range(6)]
    with pytest.raises(OSError, match="No space left"):
        write_hdf5(_Full(), [], variables, seed=0)
    assert threading.active_count() == before


class _Reluctant(io.RawIOBase):
    """A raw file that takes no more than 1000 bytes at once."""

    def __init__(self) -> None:
        self.inner = io.BytesIO()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self.inner.write(bytes(memoryview(data)[:1000]))  # type: ignore[arg-type]

    def readinto(self, buffer: object) -> int:
        return self.inner.readinto(buffer)  # type: ignore[arg-type]

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self.inner.seek(offset, whence)

    def tell(self) -> int:
        return self.inner.tell()

    def truncate(self, size: int | None = None, /) -> int:
        return self.inner.truncate(size)


def test_a_file_that_takes_a_part_at_a_time_is_given_the_rest() -> None:
    variables = [_variable("vars/0", (5000,), built_in("RandomNormal"))]
    file = _Reluctant()
    write_hdf5(file, [], variables, seed=0)
    assert file.inner.getvalue() == _written([], variables).getvalue()
