"""Frozen models, and the config of a frozen layer that holds others: with the inner ones frozen too, so that
they stay it.

Keras sets `trainable` on a layer before those inside it have variables, so it reaches none of them. Where
the config holds their configs, as that of a wrapper does, they can say it themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.graph.model import Graph, WholeModel

# Arguments that take layers, each made of a config of its own.
_INNER = ("layer", "forward_layer", "backward_layer", "cell", "cells")


def freeze_as_written(graph: Graph | WholeModel, model: Any) -> None:
    """Freeze a made model, and all inside it, where its document says `trainable: false`."""
    if graph.trainable is not None and graph.trainable.value is False:
        model.trainable = False


def frozen_inside(data: Mapping[str, object]) -> dict[str, object]:
    """A layer's dict whose inner layers of Keras are frozen, at any depth; `data` is not changed."""
    config = data.get("config")
    if not isinstance(config, dict):
        return dict(data)
    inner = {key: _frozen(config[key]) for key in _INNER if key in config}
    return {**data, "config": config | inner}


def _frozen(value: Any) -> Any:
    match value:
        case {"module": "keras.layers", "config": dict() as config}:
            return frozen_inside({**value, "config": {**config, "trainable": False}})
        case list() | tuple():
            return [_frozen(item) for item in value]
        case _:
            return value
