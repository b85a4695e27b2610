"""Which tensors are extracted and what they are called, whatever the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import safetensors.numpy
from memory_checkpoint import MemoryCheckpoint

from modelspec.compiler.values import Options
from modelspec.compiler.weights.extract import Extracted, Wanted, extract_weights, renamed_layers
from modelspec.diagnostics import Report, SpecError

NAMES = {
    "": "net",
    "layers/functional": "encoder",
    "layers/functional/layers/dense": "proj",
    "layers/dropout": "dropout",
    "layers/dense": "head",
    "optimizer": "adam",
}
ADDRESSES = (
    "layers/functional/layers/dense/vars/0",
    "layers/functional/layers/dense/vars/1",
    "layers/dense/vars/0",
    "layers/dense/vars/1",
    "optimizer/vars/0",
    "optimizer/vars/1",
)
ARRAYS = {address: np.full(n + 1, n, "float32") for n, address in enumerate(ADDRESSES)}
KERAS = MemoryCheckpoint(ARRAYS, is_hdf5=True, layer_names=NAMES)
FLAT = MemoryCheckpoint({"encoder/proj/kernel": np.ones((2, 3)), "head/bias": np.ones(3)})


def extract(checkpoint: MemoryCheckpoint, target: Path, **wanted: Any) -> tuple[Extracted, Report]:
    report = Report()
    done = extract_weights(checkpoint, Wanted(target, **wanted), report, options=Options())
    return done, report


def refused(checkpoint: MemoryCheckpoint, target: Path, **wanted: Any) -> list[Any]:
    with pytest.raises(SpecError) as caught:
        extract(checkpoint, target, **wanted)
    assert not target.exists()
    return [found for found in caught.value.diagnostics if found.severity == "error"]


def keys(done: Extracted) -> list[str]:
    return [tensor.key for tensor in done.tensors]


def test_tensors_are_called_as_their_layers_are(tmp_path: Path) -> None:
    done, _ = extract(KERAS, tmp_path / "w.safetensors")
    assert keys(done) == ["encoder/proj/0", "encoder/proj/1", "head/0", "head/1"]
    assert done.optimizer_left_out == 2
    found = safetensors.numpy.load_file(tmp_path / "w.safetensors")
    assert {key: float(values[0]) for key, values in found.items()} == {
        "encoder/proj/0": 0,
        "encoder/proj/1": 1,
        "head/0": 2,
        "head/1": 3,
    }


def test_the_state_of_the_optimizer_comes_when_it_is_asked_for(tmp_path: Path) -> None:
    done, _ = extract(KERAS, tmp_path / "w.npz", optimizer=True)
    assert keys(done)[-2:] == ["optimizer/0", "optimizer/1"]
    assert done.optimizer_left_out == 0


def test_without_names_the_addresses_are_the_keys(tmp_path: Path) -> None:
    done, _ = extract(MemoryCheckpoint(ARRAYS, is_hdf5=True), tmp_path / "w.npz")
    assert keys(done) == list(ADDRESSES[:4])


def test_keys_of_flat_files_stay(tmp_path: Path) -> None:
    done, _ = extract(FLAT, tmp_path / "w.npz")
    assert keys(done) == list(FLAT.arrays)


def test_an_hdf5_file_has_the_groups_of_what_it_holds(tmp_path: Path) -> None:
    extract(KERAS, tmp_path / "w.weights.h5", excluded=("head/**",))
    with h5py.File(tmp_path / "w.weights.h5") as file:
        assert file["vars"].attrs["name"] == "net"
        assert file["layers/functional/layers/dense/vars"].attrs["name"] == "proj"
        assert file["layers/functional/vars"].attrs["name"] == "encoder"
        assert file["layers/dropout/vars"].attrs["name"] == "dropout"
        assert "layers/dense" not in file
        assert "optimizer" not in file


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ({"only": ("encoder/**",)}, ["encoder/proj/0", "encoder/proj/1"]),
        ({"only": ("encoder/proj",)}, ["encoder/proj/0", "encoder/proj/1"]),
        ({"only": ("encoder/pro",)}, None),
        ({"only": ("**", "!**/1")}, ["encoder/proj/0", "head/0"]),
        ({"only": ("layers/dense/**",)}, ["head/0", "head/1"]),
        ({"excluded": ("**/0",)}, ["encoder/proj/1", "head/1"]),
        ({"only": ("**/0",), "excluded": ("head/**",)}, ["encoder/proj/0"]),
        ({"only": ("optimizer/**",), "optimizer": True}, ["optimizer/0", "optimizer/1"]),
    ],
)
def test_patterns_choose_by_any_name(tmp_path: Path, wanted: dict[str, Any], left: list[str] | None) -> None:
    if left is None:
        assert [found.code for found in refused(KERAS, tmp_path / "w.npz", **wanted)] == ["idle-pattern"]
    else:
        assert keys(extract(KERAS, tmp_path / "w.npz", **wanted)[0]) == left


def test_a_pattern_that_matches_nothing_is_told_with_what_is_near(tmp_path: Path) -> None:
    (found,) = refused(FLAT, tmp_path / "w.npz", only=("encoder/proj/kernl",))
    assert str(found.place) == "--only encoder/proj/kernl"
    assert found.help == "did you mean `encoder/proj/kernel`?"


@pytest.mark.parametrize(
    ("checkpoint", "message"),
    [
        (MemoryCheckpoint({}), "the file holds no tensors"),
        (
            MemoryCheckpoint({"optimizer/vars/0": np.ones(2)}, is_hdf5=True),
            "the file holds the state of an optimizer alone",
        ),
    ],
)
def test_a_file_of_nothing_is_not_written(tmp_path: Path, checkpoint: MemoryCheckpoint, message: str) -> None:
    (found,) = refused(checkpoint, tmp_path / "w.npz")
    assert (found.code, found.message) == ("nothing-chosen", message)


def test_patterns_that_leave_nothing_are_told(tmp_path: Path) -> None:
    (found,) = refused(KERAS, tmp_path / "w.npz", only=("head/**",), excluded=("**",))
    assert found.message == "no tensor is left to be written"


@pytest.mark.parametrize("name", ["w.h5", "w.bin", "w", "w.keras", ".npz", "w.json", "w.NPZ", ".weights.h5"])
def test_a_target_of_no_format_is_told_which_there_are(tmp_path: Path, name: str) -> None:
    (found,) = refused(KERAS, tmp_path / name)
    assert found.code == "cannot-write"
    assert "in none of `.safetensors`, `.weights.h5`, `.npz` and `.weights.json`" in found.message


@pytest.mark.parametrize("name", ["w.weights.h5", "w.weights.json"])
@pytest.mark.parametrize(
    "key", ["head/kernel", "a//vars/0", "../vars/0", "vars", "0", "a/vars/./0", "/vars/0"]
)
def test_names_that_are_no_addresses_cannot_be_laid_out_as_keras_does(
    tmp_path: Path, name: str, key: str
) -> None:
    (found,) = refused(MemoryCheckpoint({key: np.ones(1)}), tmp_path / name)
    assert found.code == "no-addresses"
    assert f"`{key}`" in found.message
    assert "weights attach" in found.help


def test_addresses_that_lie_in_each_other_are_none(tmp_path: Path) -> None:
    tangled = MemoryCheckpoint({"a/vars/0": np.ones(1), "a/vars/0/vars/1": np.ones(1)})
    assert [found.code for found in refused(tangled, tmp_path / "w.weights.h5")] == ["no-addresses"]


def test_addresses_in_a_flat_file_can_be_laid_out(tmp_path: Path) -> None:
    flat = MemoryCheckpoint({key: values for key, values in ARRAYS.items() if not key.startswith("opt")})
    extract(flat, tmp_path / "w.weights.h5")
    with h5py.File(tmp_path / "w.weights.h5") as file:
        assert file["layers/dense/vars/1"][()].tolist() == [3] * 4


def test_the_parts_of_a_name_do_not_depend_on_what_is_chosen(tmp_path: Path) -> None:
    twins = MemoryCheckpoint(
        {"layers/a/vars/0": np.ones(1), "layers/b/vars/0": np.ones(1)},
        is_hdf5=True,
        layer_names={"layers/a": "twin", "layers/b": "twin"},
    )
    done, _ = extract(twins, tmp_path / "w.npz", only=("layers/b/**",))
    assert keys(done) == ["layers/b/vars/0"]


def test_layers_get_the_names_that_a_document_can_write() -> None:
    names = {
        "layers/dense": "block/one",
        "layers/functional": "inner/model",
        "layers/functional/layers/dense": "block/one",
        "layers/functional/layers/dense_1": "fine",
        "layers/time_distributed": "each",
        "layers/time_distributed/layer/layers/dense": "a/b",
    }
    was = {
        "block_one": "block/one",
        "inner_model": "inner/model",
        "inner_model/block_one_1": "block/one",
        "each/a_b": "a/b",
    }
    assert renamed_layers(names, was) == {
        "layers/dense": "block_one",
        "layers/functional": "inner_model",
        "layers/functional/layers/dense": "block_one_1",
        "layers/functional/layers/dense_1": "fine",
        "layers/time_distributed": "each",
        "layers/time_distributed/layer/layers/dense": "a_b",
    }
    assert renamed_layers(names, {}) is names
