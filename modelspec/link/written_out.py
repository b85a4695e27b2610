"""A finished model as its canonical dict and its table of variables, and what of it Keras cannot write or
read back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras

from modelspec.catalog.resolved import Resolved
from modelspec.graph.model import Graph
from modelspec.language.values import Origin
from modelspec.link.canonical import canonical, serialize
from modelspec.link.idle_policies import report_idle_policies
from modelspec.link.lost_arguments import report_lost_arguments
from modelspec.link.made import Bench, Made
from modelspec.link.refusal import point_of
from modelspec.link.rehearsal import rehearse, report_unsaved
from modelspec.link.thawing import warn_of_thawing
from modelspec.link.variables import NoValueError, Walked, graphs_of, origins_of, walk

# Their layers are built for values that calibration on data gives, and one without them does not load.
_CALIBRATED = frozenset({"gptq", "awq"})
_NOT_CALIBRATED = "a policy of this mode is for a layer that was calibrated on data, and Keras loads no other"


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """A model as data.

    Args:
        config: the canonical dict.
        walked: the groups, variables and assets that Keras would save.
    """

    config: dict[str, object]
    walked: Walked


def write_out(made: Made, resolved: Resolved, bench: Bench) -> WrittenOut | None:
    """The model as data; `None` where Keras could not write it or read it back, which is reported.

    Args:
        made: the main model.
        resolved: its program.
        bench: its report gets `keras-refused` at the layer that is to blame.
    """
    layers = tuple(_layers(made))
    for layer, origin in layers:
        if getattr(layer, "quantization_mode", None) in _CALIBRATED:
            help = "build it without, and quantize the trained model"
            _report(bench, layer, origin, _NOT_CALIBRATED, help=help)
    report_lost_arguments(made, resolved, bench)
    report_idle_policies(made, resolved, bench)
    if bench.report.has_errors:
        return None
    try:
        config = canonical(serialize(made.model), resolved.compile)
    except Exception as error:
        layer, origin = _to_blame(layers) or _compiled(made, resolved) or (made.model, made.graph.origin)
        _report(bench, layer, origin, point_of(error))
        return None
    config = rehearse(config, made, resolved, bench)
    if bench.report.has_errors:
        return None
    try:
        walked = walk(made, bench.watch, seed=resolved.program.spec.weights.seed)
    except NoValueError as error:
        origin = origins_of(made).get(error.owner, made.graph.origin)
        bench.report.add(
            "keras-refused", str(error), origin.place, help="choose another initializer", frames=origin.frames
        )
        return None
    report_unsaved(walked.unsaved, made, bench)
    warn_of_thawing(made, bench)
    return WrittenOut(config, walked)


def _layers(made: Made) -> Iterator[tuple[Any, Origin]]:
    """The layers that items made, each with its place."""
    for part in graphs_of(made):
        if isinstance(part.graph, Graph):
            origins = {layer.path: layer.origin for layer in part.graph.layers}
            for path, layer in part.layers.items():
                if isinstance(layer, keras.layers.Layer) and path not in part.nested:
                    yield layer, origins[path]


def _to_blame(layers: tuple[tuple[Any, Origin], ...]) -> tuple[Any, Origin] | None:
    """The first layer that cannot be written."""
    for layer, origin in layers:
        try:
            keras.saving.serialize_keras_object(layer)
        except Exception:
            return layer, origin
    return None


def _compiled(made: Made, resolved: Resolved) -> tuple[Any, Origin] | None:
    """The optimizer, if it is what cannot be written."""
    origin = resolved.compile_arguments.get("optimizer")
    if origin is None:
        return None
    try:
        keras.saving.serialize_keras_object(made.model.optimizer)
    except Exception:
        return made.model.optimizer, origin
    return None


def _report(bench: Bench, layer: Any, origin: Origin, point: str, *, help: str | None = None) -> None:
    bench.report.add(
        "keras-refused",
        f"`{type(layer).__name__}` cannot be saved: {point}",
        origin.place,
        help=help,
        frames=origin.frames,
    )
