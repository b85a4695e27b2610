"""A network of which two layers have the same shapes: by itself a program that saves it in every format.

    python attach_saved.py FOLDER

Beside `net.keras`, `net.weights.h5` and, where the release has them, `net.weights.json` and its shards,
`values.npz` has every value by name. Imports nothing but Keras and NumPy, so that it runs in every release.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np


def net(*, changed: bool = False) -> Any:
    """Nested, recurrent, with attention, batch normalisation, random layers and other dtypes; compiled.

    Args:
        changed: `right` is made before `left`, and a layer without and one with values are new.
    """
    layers = keras.layers
    inner = keras.Input((5, 8), name="y")
    normal = layers.BatchNormalization(name="bn")(layers.Dense(8, name="proj")(inner))
    encoder = keras.Model(inner, normal, name="encoder")
    x = keras.Input((5, 8), name="x")
    y = encoder(x)
    names = ["right", "left"] if changed else ["left", "right"]
    y = layers.Add(name="add")([layers.Dense(8, name=name)(y) for name in names])
    if changed:
        y = layers.Dropout(0.2, seed=3, name="new_drop")(layers.Dense(8, name="new")(y))
    y = layers.MultiHeadAttention(2, 4, name="attention")(y, y)
    y = layers.LSTM(6, return_sequences=True, name="lstm")(y)
    y = layers.Bidirectional(layers.LSTM(3), name="both")(y)
    y = layers.Dropout(0.1, seed=1, name="drop")(y)
    y = layers.Dense(6, dtype="mixed_bfloat16", name="mixed")(y)
    y = layers.Dense(6, dtype="bfloat16", name="small")(y)
    y = layers.Dense(6, dtype="float16", name="half")(y)
    model = keras.Model(x, layers.Dense(2, dtype="float32", name="head")(y), name="net")
    model.compile(optimizer="adam", loss="mse")
    model.optimizer.build(model.trainable_variables)
    return model


def values(model: Any) -> dict[str, Any]:
    """Every value by the names of layers, float32; the order within a layer's part is Keras' own."""
    found: dict[str, Any] = {}
    for layer in model.layers:
        for inner in layer.layers if isinstance(layer, keras.Model) else [layer]:
            for number, one in enumerate(inner.weights):
                found[f"{inner.name}/{number}"] = np.asarray(keras.ops.convert_to_numpy(one.value), "float32")
    return found


def fill(model: Any, seed: int) -> Any:
    """Give every variable values of its own, the optimizer's too."""
    random = np.random.default_rng(seed)
    for one in [*model.weights, *model.optimizer.variables]:
        drawn = np.asarray(random.random(one.shape) * 100)
        one.assign(drawn.astype(keras.backend.standardize_dtype(one.dtype)))
    return model


def save(folder: Path) -> None:
    """Write a trained one in every format that the release has."""
    model = fill(net(), seed=1)
    model.save(folder / "net.keras")
    model.save_weights(folder / "net.weights.h5")
    if tuple(map(int, keras.__version__.split(".")[:2])) >= (3, 10):
        model.save_weights(folder / "net.weights.json", max_shard_size=8000 / 1024**3)
    state = {
        f"optimizer/{number}": np.asarray(keras.ops.convert_to_numpy(one.value), "float64")
        for number, one in enumerate(model.optimizer.variables)
    }
    np.savez(folder / "values.npz", **values(model), **state)


if __name__ == "__main__":
    save(Path(sys.argv[1]))
