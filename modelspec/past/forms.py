"""Whether a config is one of Keras 2, told from the config itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = Any

_MOST_LOOKED_AT = 1_000


def is_past(config: Mapping[str, Json], version: object = None) -> bool:
    """Whether a serialization dict of a model is written as Keras 2 writes it.

    Args:
        version: of the Keras that wrote it, as the file says.
    """
    if isinstance(version, str) and version[:1].isdigit():
        return not version.startswith("3")
    if isinstance(config.get("config"), list):
        return True
    layers = list(_layers(config))
    if any(
        "batch_input_shape" in inner
        for inner in (layer.get("config") for layer in layers)
        if isinstance(inner, dict)
    ):
        return True
    nodes = [node for layer in layers for node in _nodes(layer)]
    if nodes:
        return not isinstance(nodes[0], dict)
    return "module" not in config


def _layers(config: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    inner = config.get("config")
    found = inner.get("layers") if isinstance(inner, dict) else None
    for layer in (found if isinstance(found, list) else [])[:_MOST_LOOKED_AT]:
        if isinstance(layer, dict):
            yield layer


def _nodes(layer: Mapping[str, Json]) -> list[Json]:
    nodes = layer.get("inbound_nodes")
    return nodes if isinstance(nodes, list) else []
