"""What is built from a file of Keras 2 predicts what the original predicted there."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from past_files import Release, file_names

import modelspec
from modelspec.archive.checkpoint import open_checkpoint
from modelspec.compiler.decompiled import Asked, decompile_file
from modelspec.compiler.values import Options
from modelspec.diagnostics import Report

TOLERANCE = 1e-5
# What is computed in halves is rounded at every step, and not by both in the same order.
ROUGH = {"mixed_precision": 1e-3}
# What has placeholders, which somebody has to write before anything is predicted.
TO_BE_WRITTEN = {"lambdas", "custom", "no_counterpart"}
# Enough to see each layer that has variables, and each form of file; the rest is tried on demand.
ALWAYS = {
    "keras2.3": {"half_frozen.h5"},
    "tf2.3": {"recurrent.h5"},
    "tf2.6": {"normalizations.h5"},
    "tf2.15": {"attentions.h5"},
    "tfk2.21": {"time_distributed_model.keras"},
}
# What a release computed otherwise, which no argument of Keras 3 says.
OTHERWISE = {
    (
        "keras2.3",
        "convolutions.h5",
    ): "`bilinear` was measured from the corners of pixels, not from their centres"
}
VALUES = [
    pytest.param(
        release,
        file,
        id=f"{release}-{file}",
        marks=[
            *([] if file in ALWAYS.get(release, ()) else [pytest.mark.slow]),
            *(
                [pytest.mark.xfail(reason=OTHERWISE[release, file], strict=True)]
                if (release, file) in OTHERWISE
                else []
            ),
        ],
    )
    for release, file in file_names()
    if not file.endswith(".json") and file.rpartition(".")[0] not in TO_BE_WRITTEN
]


def rebuilt(source: Path, folder: Path) -> Any:
    """The model of the archive that is built from the document of a file, and from the values beside it."""
    decompile_file(Asked(source, folder / "net.yaml", weights=True), Report(), options=Options())
    modelspec.load(folder / "net.yaml").build(folder / "net.keras")
    return keras.saving.load_model(folder / "net.keras")


def check(source: Path, folder: Path, case: dict[str, Any], *, tolerance: float) -> None:
    """Hold the rebuilt model to what was recorded of the original."""
    hold(rebuilt(source, folder), case, tolerance=tolerance)


def hold(model: Any, case: dict[str, Any], *, tolerance: float) -> None:
    """Hold a model to what was recorded of another."""
    given = {
        name: np.array(one["values"], "float32").reshape(one["shape"]) for name, one in case["inputs"].items()
    }
    names = [tensor.name for tensor in model.inputs]
    # An input that nobody reads is lost when Keras 2.3 saves; that of a chain has a name of its own here.
    inputs = [given[name] for name in names] if given.keys() >= {*names} else list(given.values())
    if isinstance(getattr(model, "_inputs_struct", None), dict):
        outputs = model.predict(given, verbose=0)
    else:
        outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    found = keras.tree.flatten(outputs)
    assert len(found) == len(case["outputs"])
    for value, wanted in zip(found, case["outputs"], strict=True):
        expected = np.array(wanted["values"]).reshape(wanted["shape"])
        assert np.max(np.abs(value - expected)) <= tolerance * np.max(np.abs(expected), initial=1e-30)


@pytest.mark.parametrize(("release", "file"), VALUES)
def test_the_rebuilt_model_predicts_what_the_original_did(
    release: str, file: str, releases: dict[str, Release], tmp_path: Path
) -> None:
    of, name = releases[release], file.rpartition(".")[0]
    check(of.folder / file, tmp_path, of.cases[name], tolerance=ROUGH.get(name, TOLERANCE))


# --- weights alone, and TensorFlow.js ------------------------------------------------------------------


def alone(source: Path, target: Path) -> Path:
    """What `save_weights` writes of a model: the group of the values, as the whole file."""
    with h5py.File(source) as whole, h5py.File(target, "w") as file:
        values = whole["model_weights"]
        for name, value in values.attrs.items():
            file.attrs[name] = value
        for name in values:
            values.copy(name, file)
    return target


@pytest.mark.parametrize("name", ["wrappers", "nested_twice"])
def test_a_document_loads_weights_that_were_saved_alone(
    name: str, releases: dict[str, Release], tmp_path: Path
) -> None:
    of = releases["tf2.15"]
    done = decompile_file(Asked(of.folder / f"{name}.json"), Report(), options=Options())
    alone(of.folder / f"{name}.h5", tmp_path / "old.h5")
    (tmp_path / "net.yaml").write_text(f"{done.text}\nweights: {{load: [{{file: old.h5}}]}}\n")
    modelspec.load(tmp_path / "net.yaml").build(tmp_path / "net.keras")
    model = keras.saving.load_model(tmp_path / "net.keras")
    hold(model, of.cases[name], tolerance=TOLERANCE)


@pytest.fixture(scope="session")
def tfjs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tfjs")
    with tarfile.open(Path(__file__).parent / "tfjs" / "tfjs4.22.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize("name", ["functional", "wrappers"])
def test_a_model_of_tensorflow_js_predicts_what_it_was_made_from(
    name: str, tfjs: Path, releases: dict[str, Release], tmp_path: Path
) -> None:
    check(tfjs / name / "model.json", tmp_path, releases["tf2.15"].cases[name], tolerance=TOLERANCE)


@pytest.mark.parametrize("kind", ["u8", "f16"])
def test_quantized_values_of_tensorflow_js_are_near_the_original(
    kind: str, tfjs: Path, releases: dict[str, Release]
) -> None:
    original = values_in(releases["tf2.15"].folder / "functional.h5")
    found = values_in(tfjs / f"functional_{kind}" / "model.json")
    assert found.keys() == original.keys()
    for name, value in found.items():
        step = np.ptp(original[name]) / 255 if kind == "u8" else 2**-11 * np.max(np.abs(original[name]))
        assert np.max(np.abs(value - original[name])) <= step
    assert any(not np.array_equal(value, original[name]) for name, value in found.items())


def values_in(path: Path) -> dict[str, Any]:
    checkpoint = open_checkpoint(path, Report())
    assert checkpoint is not None
    with checkpoint:
        return {tensor.key: checkpoint.values(tensor).array() for tensor in checkpoint.tensors}


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file", "ignore:__array__ impl")
def test_a_model_that_keras_3_saved_in_hdf5_is_the_same_again(tmp_path: Path) -> None:
    given = keras.Input((4, 3), name="given")
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="a")], name="inner")
    x = keras.layers.LSTM(3, return_sequences=True, name="lstm")(given)
    x = keras.layers.TimeDistributed(inner, name="each")(keras.layers.Dropout(0.5, name="drop")(x))
    model = keras.Model(given, keras.layers.Dense(2, name="out")(x), name="net")
    for number, variable in enumerate(model.weights):
        variable.assign(np.arange(np.prod(variable.shape)).reshape(variable.shape) * 0.01 + number)
    model.save(tmp_path / "net.h5")
    again = rebuilt(tmp_path / "net.h5", tmp_path)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    for value, expected in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(value, expected)


# --- classes that were left to write -------------------------------------------------------------------


@keras.saving.register_keras_serializable("placeholder")
class Scale(keras.layers.Layer):
    """The class of the case `custom`, as its author writes it anew for Keras 3."""

    def __init__(self, factor: float = 2.0, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.factor = factor

    def build(self, shape: Any) -> None:
        self.gain = self.add_weight(name="gain", shape=(int(shape[-1]),), initializer="ones")

    def call(self, inputs: Any) -> Any:
        return inputs * self.gain * self.factor

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


@pytest.mark.parametrize("form", ["h5", pytest.param("keras", marks=pytest.mark.slow)])
def test_the_values_of_a_class_that_was_left_to_write_are_there(
    form: str, releases: dict[str, Release], tmp_path: Path
) -> None:
    of = releases["tf2.15"]
    case = of.cases["custom"]
    check(of.folder / f"custom.{form}", tmp_path, case, tolerance=TOLERANCE)


def test_a_model_without_variables_is_a_document_without_values(
    releases: dict[str, Release], tmp_path: Path
) -> None:
    source = releases["tf2.15"].folder / "pooling.h5"
    done = decompile_file(Asked(source, tmp_path / "net.yaml", weights=True), Report(), options=Options())
    assert done.values is None
    assert "weights:" not in done.text
    assert not (tmp_path / "net.weights.h5").exists()


def test_the_file_of_values_is_one_that_keras_loads(releases: dict[str, Release], tmp_path: Path) -> None:
    """Not only by names: the addresses are those that Keras goes by."""
    of = releases["tf2.15"]
    model = rebuilt(of.folder / "nested_twice.h5", tmp_path)
    before = [value.copy() for value in model.get_weights()]
    model.set_weights([value * 0 for value in before])
    model.load_weights(tmp_path / "net.weights.h5")
    for value, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, expected)


def test_the_file_of_values_says_what_its_layers_are_called(
    releases: dict[str, Release], tmp_path: Path
) -> None:
    source = releases["tf2.15"].folder / "nested_twice.keras"
    decompile_file(Asked(source, tmp_path / "net.yaml", weights=True), Report(), options=Options())
    checkpoint = open_checkpoint(tmp_path / "net.weights.h5", Report())
    assert checkpoint is not None
    with checkpoint:
        assert [tensor.shown for tensor in checkpoint.tensors] == [
            "inner/inner_dense/0",
            "inner/inner_dense/1",
            "chain/chain_dense/0",
            "chain/chain_dense/1",
        ]
