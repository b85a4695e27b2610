"""What a model of Keras 2 takes: its inputs, wherever they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.past.plain import plain

Json = Any

_DEEPEST = 60


def input_config(config: Mapping[str, Json], name: str) -> dict[str, Json]:
    """The config of an input layer as Keras 3 writes it."""
    shape = plain(config.get("batch_input_shape", config.get("batch_shape")))
    found: dict[str, Json] = {
        "batch_shape": shape if isinstance(shape, list) else [None],
        "dtype": _dtype(config.get("dtype")),
        "sparse": config.get("sparse") is True,
    }
    if config.get("ragged") is True:
        found["ragged"] = True
    found["name"] = name
    return found


def _dtype(value: Json) -> str:
    if isinstance(value, dict):
        inner = value.get("config")
        value = inner.get("name") if isinstance(inner, dict) else None
    if not isinstance(value, str) or value.startswith(("mixed_", "_infer")):
        return "float32"
    return value


def input_shape_of(data: Mapping[str, Json], *, depth: int = 0) -> Json:
    """The shape, with the batch, of the one input of a model; `None` where it is not written.

    A functional model has one whatever it takes: that of its first input.
    """
    if depth > _DEEPEST:
        return None
    config = data.get("config")
    layers = (
        config if isinstance(config, list) else config.get("layers") if isinstance(config, dict) else None
    )
    if isinstance(layers, list) and layers and isinstance(layers[0], dict):
        found = _first_shape(
            layers, functional=isinstance(config, dict) and "input_layers" in config, depth=depth
        )
        if found is not None:
            return found
    if isinstance(config, dict):
        shape = plain(config.get("build_input_shape"))
        if _is_shape(shape):
            return [None, *shape[1:]]
    return None


def _first_shape(layers: list[Json], *, functional: bool, depth: int) -> Json:
    candidates = layers if functional else layers[:1]
    for layer in candidates:
        if not isinstance(layer, dict):
            continue
        inner = layer.get("config")
        if isinstance(inner, dict):
            shape = plain(inner.get("batch_input_shape", inner.get("batch_shape")))
            if _is_shape(shape):
                return shape
        if not functional and isinstance(inner, list | dict):
            return input_shape_of(layer, depth=depth + 1)
    return None


def _is_shape(shape: Json) -> bool:
    return (
        isinstance(shape, list)
        and len(shape) > 0
        and all(size is None or (type(size) is int and size >= 0) for size in shape)
    )
