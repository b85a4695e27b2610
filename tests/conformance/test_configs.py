"""Every document of `configs/` builds, loads without a warning and equals its twin made by hand in Keras.

The twins are in `twins.py`. Models are made without drawing: where only the wiring counts, the twin's
variables get no values; elsewhere every initial value is NaN, so that one which an archive does not hold
would show.
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
# A class that the oldest releases lack, by the document that requires it.
LATER = {"gpt": "ReversibleEmbedding"}
HERE = [name for name in sorted(TWINS) if name not in LATER or hasattr(keras.layers, LATER[name])]
LENGTH = 20  # of an open dimension
BATCH = 2
RANDOM = tuple(f"keras.src.backend.random.{name}" for name in ("normal", "truncated_normal", "uniform"))
CONSTANT = ("keras.src.ops.zeros", "keras.src.ops.ones")

# Other variables, for the documents whose `expect` follows them: their archives are small and quick.
SMALLER: dict[str, dict[str, int]] = {
    "autoencoder": {"size": 16, "channels": 3, "width": 5, "code": 3},
    "bilstm": {"vocab": 100, "dim": 5, "units": 3, "depth": 3},
    "gpt": {"vocab": 100, "context": 30, "dim": 48, "depth": 2, "heads": 4},
    "mlp_mixer": {"size": 64, "dim": 24, "depth": 2, "token_dim": 7, "channel_dim": 9, "classes": 10},
    "mnist_cnn": {"width": 7, "classes": 3},
    "resnet_cifar": {"width": 8, "depth": 2, "classes": 3},
    "transformer": {"vocab": 100, "length": 30, "dim": 48, "depth": 2},
    "two_tower": {"vocab": 100, "dim": 16, "shops": 7},
    "unet": {"size": 32, "channels": 1, "width": 8, "levels": 3, "classes": 5},
    "vit": {"size": 64, "patch": 32, "dim": 48, "depth": 2, "heads": 3, "classes": 10},
    "wavenet": {"levels": 11, "channels": 5, "skip_channels": 7, "stacks": 2, "depth": 3},
    "wide_and_deep": {"dim": 4},
}


@pytest.fixture(scope="module", autouse=True)
def _equal_computations_are_compiled_once(tmp_path_factory):
    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_compilation_cache_dir", str(tmp_path_factory.mktemp("jax")))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def test_every_document_has_a_twin():
    assert {path.stem for path in CONFIGS.glob("*.yaml")} == TWINS.keys()


@pytest.mark.parametrize("name", sorted(TWINS.keys() - HERE))
def test_a_document_that_requires_a_newer_keras_says_so(name):
    with pytest.raises(modelspec.SpecError) as raised:
        modelspec.load(CONFIGS / f"{name}.yaml").check()
    first = raised.value.diagnostics[0]
    assert first.code == "unmet-requirement"
    assert f"and {keras.__version__} is installed" in first.message


@pytest.mark.parametrize("name", HERE)
def test_a_document_builds_with_the_wiring_and_arguments_of_its_twin(name, tmp_path):
    document = modelspec.load(CONFIGS / f"{name}.yaml")
    assert not document.check()
    document.build(tmp_path / f"{name}.keras")
    with keras.StatelessScope(initialize_variables=False):
        twin = TWINS[name]()
    keras.utils.clear_session()  # or Keras would draw the twin's variables at the next scope's end
    # As Keras itself writes it: an archive leaves out what every Keras fills in.
    config = modelspec.load(CONFIGS / f"{name}.yaml", target="installed").config()
    assert bool(config.get("compile_config")) == (name in COMPILED)
    assert _without_names(config) == _without_names(keras.saving.serialize_keras_object(twin))


@pytest.mark.parametrize(
    "name",
    # Of Keras' own, which take long, one in every run.
    [
        pytest.param(name, marks=pytest.mark.slow) if name in OF_KERAS and name != "mobilenet_v2" else name
        for name in HERE
    ],
)
def test_an_archive_with_the_values_of_its_twin_predicts_the_same(name, tmp_path):
    variables = SMALLER.get(name, {})
    overrides = {f"vars.{key}": value for key, value in variables.items()}
    archive = tmp_path / f"{name}.keras"
    modelspec.load(CONFIGS / f"{name}.yaml", overrides).build(archive)
    keras.utils.clear_session()
    with _nan_from(RANDOM + CONSTANT):
        loaded = keras.saving.load_model(archive, safe_mode=True)
    keras.utils.clear_session()
    with _nan_from(RANDOM):  # `Normalization` keeps the zeros and ones that it is built with
        twin = TWINS[name](**variables)
    _check_names(name, _layers(loaded), _layers(twin))
    if name in COMPILED:
        twin.compile(**COMPILED[name]())
        ours, theirs = (_numbered(model.get_compile_config(), {}) for model in (loaded, twin))
        assert ours == theirs
    assert [(v.name, v.shape, v.dtype) for v in loaded.weights] == [
        (v.name, v.shape, v.dtype) for v in twin.weights
    ]
    assert not any(np.isnan(value).any() for value in loaded.get_weights())

    generator = np.random.default_rng(0)
    twin.set_weights([_value(variable, generator) for variable in twin.weights])
    loaded.set_weights(twin.get_weights())
    batch = [_batch(tensor, generator) for tensor in twin.inputs]
    batch = batch[0] if len(batch) == 1 else batch
    ours = keras.tree.flatten(loaded.predict(batch, verbose=0))
    theirs = keras.tree.flatten(twin.predict(batch, verbose=0))
    assert len(ours) == len(theirs)
    for own, other in zip(ours, theirs, strict=True):
        assert np.ptp(other) > 0
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-6)


def _check_names(name: str, ours: list[keras.Layer], theirs: list[keras.Layer]) -> None:
    """Twins from Keras: all names are equal. Others: those that are not automatic."""
    assert len(ours) == len(theirs)
    for own, other in zip(ours, theirs, strict=True):
        if name in OF_KERAS or not _is_automatic(other):
            assert own.name == other.name


@contextmanager
def _nan_from(functions: tuple[str, ...]) -> Iterator[None]:
    """Initializers compute nothing, which is quick: NaN, and -1 among whole numbers."""

    def fill(shape, *_, dtype=None, **__):
        dtype = dtype or keras.config.floatx()
        return keras.ops.convert_to_tensor(np.full(shape, -1 if "int" in dtype else np.nan, dtype))

    with ExitStack() as stack:
        for function in functions:
            stack.enter_context(mock.patch(function, fill))
        yield


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


def _without_names(serialized: dict[str, object]) -> object:
    """What Keras serialises of a model, without `compile`, its layers numbered instead of named."""
    config = {key: value for key, value in serialized["config"].items() if key != "name"}
    return _numbered({**serialized, "config": config, "compile_config": None}, {})


def _numbered(data: object, numbers: dict[str, int]) -> object:
    match data:
        case {"class_name": "__keras_tensor__", "config": {"keras_history": [name, *rest], **config}}:
            return {**_numbered(config, numbers), "keras_history": [numbers[name], *rest]}
        case {"layers": [*layers], **others}:
            numbers = {_name_of(layer): i for i, layer in enumerate(layers)}
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


def _name_of(layer: dict[str, object]) -> str:
    """A layer's own name; operations of older releases have none in their config, layers of `Sequential` none
    beside it."""
    return layer["name"] if "name" in layer else layer["config"]["name"]


def _renumbered(data: object, numbers: dict[str, int]) -> object:
    """The layers named by `input_layers` and `output_layers`."""
    match data:
        case [str(name), int(call), int(index)]:
            return [numbers[name], call, index]
        case dict():
            return {key: _renumbered(value, numbers) for key, value in data.items()}
        case [[*_] as one] if not WRITES_ONE_TENSOR_BARE:
            return _renumbered(one, numbers)
        case _:
            return [_renumbered(item, numbers) for item in data]


def _writes_one_tensor_bare() -> bool:
    """Releases before 3.11 write a single input or output as a list of one."""
    x = keras.Input((1,), name="x")
    config = keras.Model(x, keras.layers.Flatten()(x)).get_config()
    return config["input_layers"] == ["x", 0, 0]


WRITES_ONE_TENSOR_BARE = _writes_one_tensor_bare()
