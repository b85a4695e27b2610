"""The paths of an archive's layers, as its config tells them without Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_NO_LAYERS = ("InputLayer",)


def layers_in(config: Mapping[str, object]) -> tuple[str, ...] | None:
    """The paths of the layers of a model's serialization dict, those of models inside it below their names.

    A model tells its layers under `layers` of its config, as `Functional` and `Sequential` do. One inside
    it that does not counts as a layer.

    Args:
        config: the dict of the model.

    Returns:
        The paths; `None` where the model does not tell its layers.
    """
    told = _told(config)
    return None if told is None else tuple(_paths(told, ""))


def _paths(layers: Mapping[str, Mapping[str, object]], prefix: str) -> Iterator[str]:
    for name, data in layers.items():
        inner = _told(data)
        if inner is not None:
            yield from _paths(inner, f"{prefix}{name}/")
        elif data.get("class_name") not in _NO_LAYERS and not _is_operation(data):
            yield prefix + name


def _told(data: Mapping[str, object]) -> dict[str, Mapping[str, object]] | None:
    """The dicts of a model's layers by name; `None` where it is no model, or does not tell them all."""
    config = data.get("config")
    layers = config.get("layers") if isinstance(config, dict) else None
    if not isinstance(layers, list) or data.get("module") == "keras.layers":  # `Pipeline` is no model
        return None
    found: dict[str, Mapping[str, object]] = {}
    for layer in layers:
        match layer:
            case {"config": {"name": str() as name}} | {"name": str() as name}:
                found[name] = layer
            case _:
                return None
    return found


def _is_operation(data: Mapping[str, object]) -> bool:
    return str(data.get("module")).startswith(("keras.ops", "keras.src.ops"))
