"""A model with the automatic names that its document would give, for `--names auto`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from modelspec.catalog.stem import to_snake_case
from modelspec.decompiler.linearise import linearise
from modelspec.decompiler.model import Call, Layer, Model, Structure, Tensor
from modelspec.graph.names import KerasNames
from modelspec.language.values import Origin


def with_automatic_names(model: Model, origin: Origin) -> Model:
    """The same model, each layer that has an automatic name with the one it gets when nothing is written.

    Args:
        origin: stands for the place of each name; none is told of.
    """
    order = linearise(model)
    kept = {name for name, layer in model.layers.items() if not is_automatic(layer)}
    given = KerasNames(taken=dict.fromkeys((*kept, *model.inputs), origin))
    names = {name: name for name in (*kept, *model.inputs)}
    for name, call in order:
        if not call and name not in kept:
            names[name] = given.next(to_snake_case(model.layers[name].class_name), origin)
    layers = {}
    for name, layer in model.layers.items():
        calls = tuple(
            Call(
                tuple(_renamed(item, names) for item in call.args),
                {key: _renamed(item, names) for key, item in call.kwargs.items()},
            )
            for call in layer.calls
        )
        inner = with_automatic_names(layer.model, origin) if layer.model is not None else None
        config = {**layer.config, "name": names[name]} if "name" in layer.config else dict(layer.config)
        layers[names[name]] = Layer(names[name], {**layer.data, "config": config}, calls, inner)
    return replace(
        model,
        layers=layers,
        inputs_as=_renamed(model.inputs_as, names),
        outputs=_renamed(model.outputs, names),
        several=frozenset((names[name], call) for name, call in model.several),
    )


def is_automatic(layer: Layer) -> bool:
    """Whether a layer's name is one that Keras gives when none is written, whatever its number."""
    # A nested model is named by its key, which stands in the document.
    stem = re.escape(to_snake_case(layer.class_name))
    return layer.model is None and re.fullmatch(rf"{stem}(_[1-9][0-9]*)?", layer.name) is not None


def _renamed(structure: Structure, names: Mapping[str, str]) -> Structure:
    match structure:
        case Tensor():
            return replace(structure, layer=names[structure.layer])
        case dict():
            return {key: _renamed(item, names) for key, item in structure.items()}
        case list() | tuple():
            return [_renamed(item, names) for item in structure]
        case _:
            return structure
