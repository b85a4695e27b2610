"""The layers of a nested archive: those that patterns choose are frozen, or keep to their statistics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras

from modelspec.graph.model import WholeModel
from modelspec.link.made import Bench


def inner_layers(model: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """The layers of a model by path, those of models inside it below their names; the models among them."""
    for layer in getattr(model, "layers", ()):
        path = prefix + layer.name
        yield path, layer
        if isinstance(layer, keras.Model):
            yield from inner_layers(layer, f"{path}/")


def freeze_chosen(model: Any, whole: WholeModel, bench: Bench, *, prefix: str) -> None:
    """Freeze the layers of a nested archive that `weights.freeze` chooses.

    Args:
        model: of Keras.
        whole: the archive.
        bench: its report gets `unreachable-layers` where Keras has no such layer, though the config has.
        prefix: what stands before the paths of the model's layers.
    """
    if whole.archive is None:
        return
    chosen = {path for path in bench.frozen if prefix and path.startswith(prefix)}
    for path, layer in inner_layers(model, prefix):
        if path in chosen:
            layer.trainable = False
            chosen.discard(path)
    for path in sorted(chosen):
        _report(
            f"`freeze` cannot reach `{path}`, for what Keras makes of {_shown(whole)} has no such layer",
            f"take it out with `!{path}`, and freeze all of the archive with `trainable: false` on its item",
            whole,
            bench,
        )


def with_inference(
    data: Mapping[str, object], whole: WholeModel, bench: Bench, *, prefix: str
) -> Mapping[str, object]:
    """The dict of a nested archive's model in which the batch normalisations that `weights.inference` chooses
    are frozen; `data` is not changed.

    Args:
        data: the dict.
        whole: the archive.
        bench: knows which are chosen.
        prefix: what stands before the paths of the model's layers.
    """
    if whole.archive is None or not any(path.startswith(prefix) for path in bench.inference):
        return data
    return _with_inference(data, bench, prefix)


def _with_inference(data: Mapping[str, Any], bench: Bench, prefix: str) -> Mapping[str, Any]:
    match data:
        case {"config": {"layers": list() as layers} as config}:
            return {
                **data,
                "config": {**config, "layers": [_layer(layer, bench, prefix) for layer in layers]},
            }
        case _:
            return data


def _layer(data: Any, bench: Bench, prefix: str) -> Any:
    match data:
        case {"config": {"name": str() as name} as config}:
            path = prefix + name
        case _:
            return data
    if path in bench.inference and normalises(data):
        # The flag alone: `training=False` at its call gives way to the `training=True` of `fit`.
        return {**data, "config": {**config, "trainable": False}}
    return _with_inference(data, bench, f"{path}/")


def normalises(data: Mapping[str, Any]) -> bool:
    """Whether a serialization dict is one of a batch normalisation."""
    if data.get("module") == "keras.layers":
        return data.get("class_name") == "BatchNormalization"
    cls = keras.saving.get_registered_object(data.get("registered_name"))
    return isinstance(cls, type) and issubclass(cls, keras.layers.BatchNormalization)


def _shown(whole: WholeModel) -> str:
    return f"`{Path(str(whole.archive)).name}`"


def _report(message: str, help: str, whole: WholeModel, bench: Bench) -> None:
    bench.report.add("unreachable-layers", message, whole.origin.place, help=help, frames=whole.origin.frames)
