"""What is built from a decompiled document and its values predicts what the model did, bit for bit."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from decompiled_models import MODELS
from keras import layers

import modelspec
from modelspec.compiler.decompiled import Asked, decompile_file
from modelspec.compiler.values import Options
from modelspec.diagnostics import Report

pytestmark = pytest.mark.skipif(keras.version() < "3.15", reason="what Keras writes differs by release")


def quantized() -> keras.Model:
    x = keras.Input((8,), name="x")
    model = keras.Model(x, layers.Dense(2, name="head")(layers.Dense(4, name="wide")(x)), name="quantized")
    model.get_layer("wide").quantize("int8")
    return model


def adapted() -> keras.Model:
    x = keras.Input((6,), dtype="int32", name="x")
    y = layers.Flatten()(layers.Embedding(20, 4, name="words")(x))
    model = keras.Model(x, layers.Dense(3, name="head")(y), name="adapted")
    for name in ("words", "head"):
        model.get_layer(name).enable_lora(2)
        kernel = next(one for one in model.get_layer(name).weights if "lora" in one.name and "b" in one.name)
        kernel.assign(np.linspace(-1, 1, int(np.prod(kernel.shape))).reshape(kernel.shape))
    return model


def trained_in_part() -> keras.Model:
    """Frozen layers, mixed precision, statistics that are not those of a new layer."""
    x = keras.Input((6,), name="x")
    y = layers.Dense(4, dtype="mixed_bfloat16", trainable=False)(x)
    y = layers.BatchNormalization(trainable=False)(y)
    model = keras.Model(x, layers.Dense(1, dtype="float32")(y), name="in_part")
    model.layers[2].moving_mean.assign([1.0, 2.0, 3.0, 4.0])
    return model


def counted() -> keras.Model:
    """Blocks that join no names, and layers of the same classes behind them with names that Keras counts."""
    x = keras.Input((6, 8))
    y = x
    for _ in range(4):
        inner = layers.Dropout(0.1)(layers.LayerNormalization()(layers.Dense(8, activation="relu")(y)))
        y = y + inner
    return keras.Model(x, layers.Dense(2)(layers.Dense(4)(y)))


KINDS: dict[str, Callable[[], keras.Model]] = {
    "adapted": adapted,
    "counted": counted,
    "foreign_names": MODELS["foreign_names"],
    "models_as_arguments": MODELS["models_as_arguments"],
    "nested_twice": MODELS["nested_twice"],
    "policy_map": MODELS["policy_map"],
    "quantized": quantized,
    "several_outputs": MODELS["several_outputs"],
    "trained_in_part": trained_in_part,
}


@pytest.mark.parametrize("name", KINDS)
def test_a_rebuilt_model_predicts_the_same(name: str, tmp_path: Path) -> None:
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of keys of mappings that are not named as their inputs
        model = KINDS[name]()
        model.save(tmp_path / "model.keras")
        document = tmp_path / "net.yaml"
        decompile_file(Asked(tmp_path / "model.keras", document, weights=True), Report(), options=Options())
        rebuilt = modelspec.load(document, use_cache=False).model()
    given = keras.tree.map_structure(_batch, model.input)
    for mine, theirs in zip(
        keras.tree.flatten(rebuilt(given)), keras.tree.flatten(model(given)), strict=True
    ):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(theirs))


def _batch(tensor: Any) -> np.ndarray:
    shape = [3 if size is None else size for size in tensor.shape]
    ramp = np.arange(np.prod(shape)).reshape(shape)
    return ramp % 7 if "int" in str(tensor.dtype) else np.sin(ramp).astype("float32")
