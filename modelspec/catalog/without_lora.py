"""A model's dict with its adapters merged: Keras stores each kernel with the adapters' product in it, so that
only the config says that there are adapters.
"""

from __future__ import annotations

from typing import Any

Json = Any

_KEYS = ("lora_rank", "lora_alpha")


def without_lora(config: Json) -> tuple[Json, tuple[str, ...]]:
    """A serialization dict in which no layer has LoRA, and the layers that had it.

    With the same values the model computes the same. What LoRA had frozen trains again, so the state of an
    optimizer in the same archive does not fit any more.

    Args:
        config: the dict of a model; not changed.

    Returns:
        The dict, and by their names, outer ones before inner ones (`encoder/mix`), the layers in order.
    """
    found: list[str] = []
    return _without(config, (), found), tuple(found)


def _without(data: Json, path: tuple[str, ...], found: list[str]) -> Json:
    match data:
        case {"class_name": str(), "config": dict() as config}:
            name = config.get("name")
            inner = (*path, name) if isinstance(name, str) else path
            if config.get("lora_rank"):
                found.append("/".join(inner[1:] or inner))
                config = {key: value for key, value in config.items() if key not in _KEYS}
            kept = {key: _without(value, inner, found) for key, value in config.items()}
            return {
                key: kept if key == "config" else _without(value, inner, found) for key, value in data.items()
            }
        case dict():
            return {key: _without(value, path, found) for key, value in data.items()}
        case list():
            return [_without(item, path, found) for item in data]
        case _:
            return data
