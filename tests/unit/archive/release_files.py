"""What a release of Keras writes of a model with something of everything, and the values that it had itself.

    python tests/unit/archive/release_files.py tests/unit/archive/releases

under a release writes `keras-3.15.1.tar.xz` there; it needs Keras and JAX alone, nothing of modelspec.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np


def make_model() -> Any:
    """A nested, compiled model with several layers of a class and three dtypes; no two values are alike."""
    layers = keras.layers
    inner = keras.Sequential(
        [keras.Input((6,)), layers.Dense(3, name="zeta"), layers.Dense(3, name="alpha")], name="inner"
    )
    given = keras.Input((4, 8), name="x")
    x = layers.MultiHeadAttention(2, 4, name="mha")(given, given)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both")(x)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.Dropout(0.5, seed=3, name="drop")(x)
    x = layers.TimeDistributed(inner, name="each")(x)
    x = keras.ops.multiply(x, 2.0)
    for number in range(11, -1, -1):
        x = layers.Dense(3, name=f"d{number}")(x)
    x = layers.Dense(5, name="bf16", dtype=keras.DTypePolicy("bfloat16"))(x)
    x = layers.Dense(5, name="f16", dtype=keras.DTypePolicy("float16"))(x)
    model = keras.Model(given, x, name="net")
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    random = np.random.default_rng(0)
    for variable in (*model.weights, *model.optimizer.variables):
        variable.assign(random.normal(0, 9, variable.shape).astype(variable.dtype))
    return model


def write_files(model: Any, folder: Path) -> None:
    """The model in every form that the installed Keras writes."""
    model.save(folder / "net.keras")
    model.save_weights(folder / "net.weights.h5")
    if "max_shard_size" in inspect.signature(model.save_weights).parameters:
        model.save_weights(folder / "set.weights.json", max_shard_size=2e-6)  # in GB


def values_of(model: Any) -> dict[str, Any]:
    """The model's values, as Keras itself gives them, by the names that its files have for them."""
    parts: dict[str, Any] = {}
    for layer in model.layers:
        if layer.name == "mha":
            for part in ("query", "key", "value", "output"):
                parts[f"mha/{part}_dense"] = getattr(layer, f"_{part}_dense")
        elif layer.name == "both":
            for part in ("forward", "backward"):
                parts[f"both/{part}_layer/cell"] = getattr(layer, f"{part}_layer").cell
        elif layer.name == "each":
            parts |= {f"each/layer/{inner.name}": inner for inner in layer.layer.layers}
        elif layer.name != "drop":  # whose seed is in no file
            parts[layer.name] = layer
    found = {
        f"{name}/{number}": keras.ops.convert_to_numpy(variable.value)
        for name, layer in parts.items()
        for number, variable in enumerate(layer.weights)
    }
    state = enumerate(model.optimizer.variables)
    return found | {f"optimizer/{number}": keras.ops.convert_to_numpy(one.value) for number, one in state}


def main() -> None:
    """Write what the release writes, packed."""
    out = Path(sys.argv[1]) / f"keras-{keras.__version__}.tar.xz"
    model = make_model()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(model, folder)
        known = {
            key: (value.dtype.name, value.shape, value.tobytes().hex())
            for key, value in values_of(model).items()
        }
        (folder / "values.json").write_text(json.dumps(known))
        with tarfile.open(out, "w:xz") as packed:
            for path in sorted(folder.iterdir()):
                packed.add(path, path.name)


if __name__ == "__main__":
    main()
