"""Traps 42 to 46: the weights that modelspec writes and nests; what it takes from files is in `attach`."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from trap_documents import document, items

import modelspec

SWAPPED = ("{Dense: {units: 4}, name: b}", "{Dense: {units: 4}, name: a}")
STRAIGHT = tuple(reversed(SWAPPED))


def plain(body: str) -> modelspec.Document:
    return document(body, use="")


def built(made: modelspec.Document, folder: Path, name: str = "net") -> Path:
    return made.build(folder / f"{name}.keras").path


def read_weights(path: Path) -> h5py.File:
    """The file of weights inside an archive."""
    with zipfile.ZipFile(path) as archive:
        return h5py.File(io.BytesIO(archive.read("model.weights.h5")))


def layout(path: Path) -> dict[str, Any]:
    """Every group and dataset: its attributes, and of datasets shape, type and bytes."""
    found: dict[str, Any] = {}

    def visit(name: str, item: Any) -> None:
        attributes = {key: str(value) for key, value in item.attrs.items()}
        found[name] = attributes
        if isinstance(item, h5py.Dataset):
            found[name] = (attributes, item.shape, item.dtype.str, item[()].tobytes())

    with read_weights(path) as file:
        file.visititems(visit)
    return found


def names(path: Path) -> dict[str, str]:
    """The layer's name by the address of its variables."""
    return {
        address.removesuffix("/vars"): attributes["name"]
        for address, attributes in layout(path).items()
        if address.endswith("/vars") and "name" in attributes
    }


def values(path: Path) -> dict[str, bytes]:
    """The bytes of each variable by the layer's name and its number."""
    known, found = names(path), layout(path)
    return {
        f"{known[owner]}/{number}": found[f"{owner}/vars/{number}"][3]
        for owner in known
        for number in range(9)
        if f"{owner}/vars/{number}" in found
    }


# --- 42: what is matched by order and class ------------------------------------------------------------


def test_trap_42_swapped_layers_keep_their_values_in_what_is_built_and_lose_them_in_keras(tmp_path):
    straight = built(plain(items(*STRAIGHT)), tmp_path, "straight")
    swapped = built(plain(items(*SWAPPED)), tmp_path, "swapped")
    assert values(straight) == values(swapped)
    assert names(straight) != names(swapped)
    # Keras matches by order within a class, and says nothing.
    one, two = (keras.saving.load_model(path) for path in (straight, swapped))
    one.save_weights(tmp_path / "straight.weights.h5")
    two.load_weights(tmp_path / "straight.weights.h5")
    np.testing.assert_array_equal(two.get_layer("b").kernel, one.get_layer("a").kernel)


def test_trap_42_an_inserted_layer_moves_addresses_and_no_values_of_named_layers(tmp_path):
    before = built(plain(items(*STRAIGHT)), tmp_path, "before")
    after = built(plain(items("{Dense: {units: 4}, name: new}", *STRAIGHT)), tmp_path, "after")
    assert {key: values(after)[key] for key in values(before)} == values(before)
    assert {address: name for address, name in names(before).items() if name in "ab"} == {
        "layers/dense": "a",
        "layers/dense_1": "b",
    }
    assert {address: name for address, name in names(after).items() if name in ("a", "b", "new")} == {
        "layers/dense": "new",
        "layers/dense_1": "a",
        "layers/dense_2": "b",
    }


def test_trap_42_a_layer_without_weights_moves_nothing(tmp_path):
    before = built(plain(items(*STRAIGHT)), tmp_path, "before")
    after = built(plain(items(STRAIGHT[0], "Dropout: {rate: 0.5}", STRAIGHT[1])), tmp_path, "after")
    assert values(before) == values(after)
    model = keras.saving.load_model(after)
    keras.saving.load_model(before).save_weights(tmp_path / "before.weights.h5")
    model.load_weights(tmp_path / "before.weights.h5")


def test_trap_42_sequential_and_functional_models_have_one_layout(tmp_path):
    functional = built(plain(items(*STRAIGHT)), tmp_path, "functional")
    sequential = built(plain("class: Sequential\n" + items(*STRAIGHT)), tmp_path, "sequential")
    assert values(functional) == values(sequential)
    assert {k: v for k, v in names(functional).items() if v in "ab"} == {
        k: v for k, v in names(sequential).items() if v in "ab"
    }


def test_trap_42_a_nested_layer_has_its_name_and_the_address_of_its_owner(tmp_path):
    body = (
        "inputs: {x: [4]}\n"
        "models: {inner: {inputs: {y: [4]}, layers: [{Dense: {units: 4}, name: a}]}}\n"
        "layers: [inner]"
    )
    path = built(plain(body), tmp_path)
    assert {k: v for k, v in names(path).items() if v == "a"} == {"layers/functional/layers/dense": "a"}


# --- 42, 43, 45: what belongs to attaching -------------------------------------------------------------


# Keras first misses a container of its own in the file, then finds the shape.
@pytest.mark.filterwarnings("ignore:Skipping nested container:UserWarning")
def test_trap_43_keras_refuses_a_shape_that_would_have_to_be_broadcast(tmp_path):
    column = keras.saving.load_model(built(plain(items("Dense: {units: 1}")), tmp_path, "column"))
    square = keras.saving.load_model(built(plain(items("Dense: {units: 4}")), tmp_path, "square"))
    column.save_weights(tmp_path / "column.weights.h5")
    before = square.get_weights()
    with pytest.raises(ValueError, match="shape"):
        square.load_weights(tmp_path / "column.weights.h5")
    for one, two in zip(before, square.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


# --- 44, 45: the layout of what is written --------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "mixed_bfloat16"])
def test_trap_44_the_file_of_weights_is_the_one_that_keras_writes(dtype, tmp_path):
    made = plain(
        items("Dense: {units: 3}", "Dropout: {rate: 0.5}", "BatchNormalization", "Flatten")
        + f"\ndtype: {dtype}"
    )
    ours = built(made, tmp_path, "ours")
    keras.saving.load_model(ours).save(tmp_path / "theirs.keras")
    assert layout(ours) == layout(tmp_path / "theirs.keras")


def test_trap_44_a_bfloat16_variable_is_raw_bytes_that_say_so(tmp_path):
    found = layout(built(plain(items("Dense: {units: 3}") + "\ndtype: bfloat16"), tmp_path))
    attributes, shape, kind, _ = found["layers/dense/vars/0"]
    assert (attributes, shape, kind) == ({"dtype": "bfloat16"}, (4, 3), "|V2")


def test_trap_44_a_layer_without_weights_has_an_empty_group(tmp_path):
    found = layout(built(plain(items("Dropout: {rate: 0.5}", "Dense: {units: 3}")), tmp_path))
    assert "layers/dropout/vars" in found
    assert not [name for name in found if name.startswith("layers/dropout/vars/")]


def test_trap_45_the_optimizer_has_a_group_where_the_model_is_compiled_and_none_else(tmp_path):
    body = items("Dense: {units: 3}")
    bare = layout(built(plain(body), tmp_path, "bare"))
    compiled = layout(built(plain(body + "\ncompile: {optimizer: adam, loss: mse}"), tmp_path, "compiled"))
    added = {name for name in compiled if name.startswith("optimizer/vars/")}
    assert len(added) == 2 + 2 * 2  # iterations, the learning rate, two moments for each variable
    assert not [name for name in bare if name.startswith("optimizer")]


# --- 46: archives ----------------------------------------------------------------------------------------


@pytest.fixture
def nesting(tmp_path, monkeypatch):
    """A folder with the archive `inner.keras`, and what a document that nests it is found to be."""
    monkeypatch.chdir(tmp_path)
    built(plain("name: inner\n" + items("{Dense: {units: 3}, name: a}")), tmp_path, "inner")
    (tmp_path / "net.yaml").write_text(
        "modelspec: 1\ninputs: {x: [4]}\nmodels: {inner: {file: inner.keras}}\nlayers: [inner]\n"
    )
    return tmp_path


def rewritten(path: Path, *, packing: int = zipfile.ZIP_STORED, without: str = "", more: Any = ()) -> None:
    """The archive anew: packed, without a member, with more of them."""
    with zipfile.ZipFile(path) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist() if name != without]
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, data in (*members, *more):
            archive.writestr(name, data)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"packing": zipfile.ZIP_DEFLATED},
        {"without": "metadata.json"},
        {"more": (("notes.txt", b"read me"),)},
    ],
    ids=["as it is", "deflated", "without metadata", "with another member"],
)
def test_trap_46_an_archive_is_nested_whatever_its_form(nesting, change):
    rewritten(nesting / "inner.keras", **change)
    made = modelspec.load(nesting / "net.yaml", use_cache=False)
    made.check()
    model = made.model()
    inner = keras.saving.load_model(nesting / "inner.keras")
    np.testing.assert_array_equal(model.get_layer("inner").get_layer("a").kernel, inner.get_layer("a").kernel)
    assert len(zipfile.ZipFile(built(made, nesting, "outer")).namelist()) == 3


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_trap_46_an_archive_with_two_configs_is_refused_though_keras_takes_the_last(nesting):
    other = json.dumps({"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}})
    rewritten(nesting / "inner.keras", more=(("config.json", other.encode()),))
    with pytest.raises(modelspec.SpecError) as caught:
        modelspec.load(nesting / "net.yaml").check()
    assert [found.code for found in caught.value.diagnostics] == ["unsafe-archive"]
