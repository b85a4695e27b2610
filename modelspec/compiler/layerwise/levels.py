"""Serialization dicts without what computes nothing: the model's own name, `1` or `1.0`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Json = Any

LEVEL_NAME = "model"
"""What every model is called where names of models make no difference."""


def levelled(config: Mapping[str, Json]) -> dict[str, Json]:
    """A model's serialization dict with whole numbers as integers, and without its name."""
    inner = config.get("config")
    named = {**config, "config": {**inner, "name": LEVEL_NAME}} if isinstance(inner, dict) else config
    return {key: _levelled(value) for key, value in named.items()}


def is_level(config: Mapping[str, Json]) -> bool:
    """Whether a model's serialization dict has no whole number that is not an integer."""
    inner = {**config["config"], "name": LEVEL_NAME}
    return same(levelled(config), {**config, "config": inner})


def _levelled(value: Json) -> Json:
    """Arguments in which whole numbers are integers. Constants among tensors stay: they have a dtype."""
    match value:
        case dict():
            return {key: item if key == "inbound_nodes" else _levelled(item) for key, item in value.items()}
        case list() | tuple():
            return [_levelled(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def same(one: Json, two: Json) -> bool:
    """Whether two values are written the same: `1` and `1.0` are not."""
    return json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)
