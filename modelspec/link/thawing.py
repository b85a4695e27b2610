"""Frozen layers that train again once they are loaded, because Keras makes their inner layers anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from modelspec.catalog.own import is_of_keras
from modelspec.graph.model import Graph
from modelspec.language.values import Origin
from modelspec.link import private
from modelspec.link.archived_layers import inner_layers
from modelspec.link.layers import first_call, read_back
from modelspec.link.made import Bench, Made
from modelspec.link.refusal import Refused
from modelspec.link.variables import graphs_of


def warn_of_thawing(made: Made, bench: Bench) -> None:
    """Warn of each frozen layer whose variables Keras loads as trainable.

    `trainable` is set before a layer is built, and what is built inside it by then is not frozen with it
    (`MultiHeadAttention`); no config holds the flags of such inner layers. It is tried once for each
    class with what it holds.

    Args:
        made: the main model.
        bench: its report gets `thawed-at-loading`.
    """
    thaws: dict[tuple[type, ...], bool] = {}
    for part in graphs_of(made):
        for path, layer, origin in _told_layers(part, bench):
            if not isinstance(layer, keras.layers.Layer):
                continue
            if layer.trainable or not layer.weights:
                continue
            kinds = tuple(type(inner) for inner in private.flat_layers(layer))
            if kinds not in thaws:
                thaws[kinds] = _thaws(layer, bench)
            if thaws[kinds]:
                bench.report.add(
                    "thawed-at-loading",
                    f"`{path}` is frozen, and Keras loads it with variables that train",
                    origin.place,
                    help="set `trainable = False` on the layer of the loaded model before it is trained",
                    frames=origin.frames,
                )


def _told_layers(part: Made, bench: Bench) -> Iterator[tuple[str, Any, Origin]]:
    """The layers of one model that a document says something of, by path; of an archive, those that it has
    frozen, and the model itself where a class of the user's makes it.
    """
    if isinstance(part.graph, Graph):
        origins = {layer.path: layer.origin for layer in part.graph.layers}
        for path, layer in part.layers.items():
            if not isinstance(layer, keras.Model):
                yield part.prefix + path, layer, origins[path]
    elif part.prefix:
        frozen = not part.model.trainable
        whole = frozen and not _is_kerass(part.model)
        if whole:
            yield part.prefix.removesuffix("/"), part.model, part.graph.origin
        for path, layer in inner_layers(part.model, part.prefix):
            if isinstance(layer, keras.Model) and _is_kerass(layer):
                continue
            if path in bench.frozen or (frozen and not whole):
                yield path, layer, part.graph.origin


def _is_kerass(model: keras.Model) -> bool:
    return is_of_keras(type(model).__module__)


def _thaws(layer: keras.layers.Layer, bench: Bench) -> bool:
    data = keras.saving.serialize_keras_object(layer)
    try:
        again, _ = first_call(lambda: read_back(data), lambda layer: None, watch=bench.watch)
    except Refused:
        return False
    return any(variable.trainable for variable in again.variables)
