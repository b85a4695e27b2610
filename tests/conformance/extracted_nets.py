"""Networks whose weights are extracted: by themselves a program that loads a file and compares every value.

    python extracted_nets.py values.npz w.weights.h5 optimizer:with.weights.h5 …

Imports nothing but Keras and NumPy, so that it runs in every release.
"""

from __future__ import annotations

import sys
from typing import Any

import keras
import numpy as np


def net(*, compiled: bool = False) -> Any:
    """Nested, shared, bidirectional, with attention and layers that store nothing."""
    layers = keras.layers
    x = keras.Input((5, 8), name="x")
    encoder = keras.Sequential(
        [keras.Input((5, 8)), layers.Dense(8, name="proj"), layers.BatchNormalization(name="norm")],
        name="encoder",
    )
    y = encoder(x)
    y = layers.MultiHeadAttention(2, 4, name="attention")(y, y)
    y = layers.Bidirectional(layers.LSTM(3), name="bi")(y)
    y = layers.Dropout(0.1)(y)
    y = layers.Dense(40, name="wide")(y)
    y = layers.Dense(2, name="head")(y)
    model = keras.Model(x, y, name="net")
    if compiled:
        model.compile(optimizer="adam", loss="mse")
        model.optimizer.build(model.trainable_variables)
    return model


def variables(model: Any) -> list[Any]:
    """Those of the model but for the states of its random numbers, then the optimizer's."""
    own = [one for one in model.variables if "seed_generator" not in one.path]
    optimizer = getattr(model, "optimizer", None)
    return own + (list(optimizer.variables) if optimizer is not None else [])


def values(model: Any) -> list[Any]:
    """Of its variables."""
    return [keras.ops.convert_to_numpy(one.value) for one in variables(model)]


def fill(model: Any, seed: int) -> Any:
    """Give every variable values of its own."""
    random = np.random.default_rng(seed)
    for one in variables(model):
        drawn = random.random(one.shape) * 100
        one.assign(drawn.astype(keras.backend.standardize_dtype(one.dtype)))
    return model


def wrong(model: Any, wanted: list[Any]) -> list[str]:
    """The variables whose values are others."""
    found = zip(variables(model), values(model), wanted, strict=True)
    return [one.path for one, value, other in found if not np.array_equal(value, other)]


if __name__ == "__main__":
    with np.load(sys.argv[1]) as stored:
        expected = [stored[f"arr_{number}"] for number in range(len(stored.files))]
    for argument in sys.argv[2:]:
        path = argument.removeprefix("optimizer:")
        loaded = net(compiled=path != argument)
        loaded.load_weights(path)
        lost = wrong(loaded, expected[: len(variables(loaded))])
        if lost:
            sys.exit(f"{path} in Keras {keras.__version__}: {lost}")
