"""Every document of `configs/` builds, loads without a warning and equals its twin made by hand in Keras.

Models are made without drawing: the twin's variables have no value until the test gives them one, and
while an archive is loaded every draw is NaN, so that a value which the archive does not hold would show
in the predictions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import keras
import numpy as np
import pytest
from twins import COMPILED, TWINS

import modelspec

CONFIGS = Path(__file__).parents[2] / "configs"
OF_KERAS = ("resnet50", "mobilenet_v2", "efficientnet_b0", "convnext_tiny")
LENGTH = 20  # of an open dimension
BATCH = 2


@contextmanager
def _draws_are_nan() -> Iterator[None]:
    def draw(shape, *_, dtype=None, **__):
        return np.full(shape, np.nan, dtype or keras.config.floatx())

    with ExitStack() as stack:
        for name in ("normal", "truncated_normal", "uniform"):
            stack.enter_context(mock.patch(f"keras.src.backend.random.{name}", draw))
        yield


@pytest.fixture(params=sorted(TWINS), scope="module")
def pair(request, tmp_path_factory) -> tuple[str, keras.Model, keras.Model]:
    """The name of a document, its model loaded from its archive, and its twin without values."""
    name = request.param
    archive = tmp_path_factory.mktemp(name) / f"{name}.keras"
    modelspec.load(CONFIGS / f"{name}.yaml").build(archive)
    keras.utils.clear_session()
    with _draws_are_nan():
        loaded = keras.saving.load_model(archive, safe_mode=True)
    archive.unlink()
    keras.utils.clear_session()
    with keras.StatelessScope(initialize_variables=False):
        twin = TWINS[name]()
    keras.utils.clear_session()  # or Keras would draw the twin's variables at the next scope's end
    if name in COMPILED:
        twin.compile(**COMPILED[name]())
    return name, loaded, twin


def test_every_document_has_a_twin():
    assert {path.stem for path in CONFIGS.glob("*.yaml")} == TWINS.keys()


def test_a_document_has_the_wiring_and_arguments_of_its_twin(pair):
    _, loaded, twin = pair
    assert _without_names(loaded) == _without_names(twin)


def test_a_document_has_the_written_names_of_its_twin(pair):
    name, loaded, twin = pair
    ours, theirs = _layers(loaded), _layers(twin)
    assert len(ours) == len(theirs)
    for own, other in zip(ours, theirs, strict=True):
        if name in OF_KERAS or not _is_automatic(other):
            assert own.name == other.name


def test_a_document_with_the_values_of_its_twin_predicts_the_same(pair):
    _, loaded, twin = pair
    assert [(v.name, v.shape, v.dtype) for v in loaded.weights] == [
        (v.name, v.shape, v.dtype) for v in twin.weights
    ]
    assert not any(np.isnan(np.asarray(v)).any() for v in loaded.weights)
    generator = np.random.default_rng(0)
    values = [_value(variable, generator) for variable in twin.weights]
    for variable, value in zip(twin.weights, values, strict=True):
        variable.assign(value)
    loaded.set_weights(values)
    batch = [_batch(tensor, generator) for tensor in twin.inputs]
    batch = batch[0] if len(batch) == 1 else batch
    ours = keras.tree.flatten(loaded.predict(batch, verbose=0))
    theirs = keras.tree.flatten(twin.predict(batch, verbose=0))
    assert len(ours) == len(theirs)
    for own, other in zip(ours, theirs, strict=True):
        assert np.ptp(other) > 0
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-6)


def _value(variable: keras.Variable, generator: np.random.Generator) -> np.ndarray:
    """Values that keep a signal alive through many layers."""
    shape = variable.shape
    if variable.name in ("bias", "beta", "moving_mean", "mean"):
        return generator.normal(0, 0.1, shape).astype(variable.dtype)
    if len(shape) < 2:
        return generator.uniform(0.5, 1.5, shape).astype(variable.dtype)
    scale = (2 / np.prod(shape[:-1])) ** 0.5
    return (generator.standard_normal(shape, "float32") * scale).astype(variable.dtype)


def _batch(tensor: keras.KerasTensor, generator: np.random.Generator) -> np.ndarray:
    shape = (BATCH, *(LENGTH if size is None else size for size in tensor.shape[1:]))
    if tensor.dtype == "int32":
        return generator.integers(1, 6, shape, "int32")
    return generator.uniform(0, 1, shape).astype(tensor.dtype)


def _layers(model: keras.Model) -> list[keras.Layer]:
    """All layers, nested ones too; no inputs and no operations."""
    found: list[keras.Layer] = []
    for layer in model.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            found.append(layer)
        if isinstance(layer, keras.Model):
            found.extend(_layers(layer))
    return found


def _is_automatic(layer: keras.Layer) -> bool:
    stem = keras.src.utils.naming.to_snake_case(type(layer).__name__)
    return re.fullmatch(rf"{stem}(_\d+)?", layer.name) is not None


def _without_names(model: keras.Model) -> object:
    """What Keras serialises of a model, its layers numbered instead of named."""
    config = keras.saving.serialize_keras_object(model)
    config["config"].pop("name")
    return _numbered(config, {})


def _numbered(data: object, numbers: dict[str, int]) -> object:
    match data:
        case {"class_name": "__keras_tensor__", "config": {"keras_history": [name, *rest], **config}}:
            return {**_numbered(config, numbers), "keras_history": [numbers[name], *rest]}
        case {"layers": [*layers], **others}:
            numbers = {layer["config"]["name"]: i for i, layer in enumerate(layers)}
            return {"layers": _numbered(layers, numbers), **_numbered(others, numbers)}
        case {"class_name": cls, "config": {"name": _, **config}, **others}:
            return {"class_name": cls, "config": _numbered(config, numbers), **_numbered(others, numbers)}
        case dict():
            return {
                key: _renumbered(value, numbers)
                if key in ("input_layers", "output_layers")
                else _numbered(value, numbers)
                for key, value in data.items()
                if key not in ("name", "shared_object_id", "jit_compile")
            }
        case list() | tuple():
            return [_numbered(item, numbers) for item in data]
        case _:
            return data


def _renumbered(data: object, numbers: dict[str, int]) -> object:
    """The layers named by `input_layers` and `output_layers`."""
    match data:
        case [str(name), int(call), int(index)]:
            return [numbers[name], call, index]
        case dict():
            return {key: _renumbered(value, numbers) for key, value in data.items()}
        case _:
            return [_renumbered(item, numbers) for item in data]
