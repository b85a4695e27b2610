"""Documents whose layers are changed after they are made, and what their archives hold beside Keras' own."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

import modelspec

FRAME = """\
modelspec: 1
inputs: {{x: {shape}}}
layers:
  - {layer}
    name: target
{more}
weights: {{seed: 3{weights}}}
{rest}
"""
ATTENTION = "    from: {query: x, value: x}"
# By name: shape of the input, item, other words of the item.
LAYERS = {
    "Dense": ("[3]", "Dense: {units: 5}", ""),
    "Dense-bare": ("[3]", "Dense: {units: 5, use_bias: false}", ""),
    "Dense-bfloat16": ("[3]", "Dense: {units: 5, dtype: bfloat16}", ""),
    "EinsumDense": (
        "[3, 4]",
        'EinsumDense: {equation: "abc,cde->abde", output_shape: [null, 2, 3], bias_axes: de}',
        "",
    ),
    "Embedding": ("{shape: [3], dtype: int32}", "Embedding: {input_dim: 7, output_dim: 4}", ""),
    "TimeDistributed": ("[5, 8]", "TimeDistributed: {layer: {Dense: {units: 3}}}", ""),
    "Conv1D": ("[8, 3]", "Conv1D: {filters: 4, kernel_size: 3}", ""),
    "Conv2D": ("[6, 6, 3]", "Conv2D: {filters: 4, kernel_size: 3, use_bias: false}", ""),
    "Conv3D": ("[5, 5, 5, 3]", "Conv3D: {filters: 4, kernel_size: 3}", ""),
    "MultiHeadAttention": ("[5, 8]", "MultiHeadAttention: {num_heads: 2, key_dim: 4}", ATTENTION),
    "GroupQueryAttention": (
        "[5, 8]",
        "GroupQueryAttention: {head_dim: 4, num_query_heads: 4, num_key_value_heads: 2}",
        ATTENTION,
    ),
}
COMPILED = "compile: {optimizer: adam, loss: mse}"


def document(name: str, weights: str = "", *, rest: str = "") -> modelspec.Document:
    """A document with one layer, by its name in `LAYERS`."""
    shape, layer, more = LAYERS[name]
    text = FRAME.format(shape=shape, layer=layer, more=more, weights=weights, rest=rest)
    return modelspec.loads(text, target="installed")


def plain_twin(name: str, folder: Path) -> keras.Model:
    """The same model in Keras with the same values, with nothing done to its layers."""
    document(name).build(folder / "plain.keras")
    model: keras.Model = keras.saving.load_model(folder / "plain.keras", safe_mode=True)
    return model


def datasets(path: Path) -> dict[str, tuple[Any, ...]]:
    """What the weights of an archive hold, to the last bit."""
    found: dict[str, tuple[Any, ...]] = {}

    def keep(name: str, entry: Any) -> None:
        if isinstance(entry, h5py.Dataset):
            found[name] = (entry.dtype.str, entry.shape, entry[()].tobytes(), dict(entry.attrs))

    data = zipfile.ZipFile(path).read("model.weights.h5")
    with h5py.File(io.BytesIO(data)) as file:
        file.visititems(keep)
    return found


def target_config(path: Path) -> dict[str, Any]:
    """The config of the layer `target` in an archive."""
    config = json.loads(zipfile.ZipFile(path).read("config.json"))
    (found,) = (entry for entry in config["config"]["layers"] if entry["config"]["name"] == "target")
    return found["config"]


def sample(model: keras.Model) -> np.ndarray:
    """A batch of whole numbers that every model here takes."""
    shape = (2, *model.input_shape[1:])
    return np.arange(np.prod(shape)).reshape(shape) % 7
