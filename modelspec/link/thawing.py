"""Frozen layers that train again once they are loaded, because Keras makes their inner layers anew."""

from __future__ import annotations

import keras

from modelspec.graph.model import Graph
from modelspec.link import private
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
        if not isinstance(part.graph, Graph):
            continue
        origins = {layer.path: layer.origin for layer in part.graph.layers}
        for path, layer in part.layers.items():
            if not isinstance(layer, keras.layers.Layer) or isinstance(layer, keras.Model):
                continue
            if layer.trainable or not layer.weights:
                continue
            kinds = tuple(type(inner) for inner in private.flat_layers(layer))
            if kinds not in thaws:
                thaws[kinds] = _thaws(layer, bench)
            if thaws[kinds]:
                bench.report.add(
                    "thawed-at-loading",
                    f"`{part.prefix}{path}` is frozen, and Keras loads it with variables that train",
                    origins[path].place,
                    help="set `trainable = False` on the layer of the loaded model before it is trained",
                    frames=origins[path].frames,
                )


def _thaws(layer: keras.layers.Layer, bench: Bench) -> bool:
    data = keras.saving.serialize_keras_object(layer)
    try:
        again, _ = first_call(lambda: read_back(data), lambda layer: None, watch=bench.watch)
    except Refused:
        return False
    return any(variable.trainable for variable in again.variables)
