"""From the wired layers of a graph to the model of its class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from modelspec.catalog.resolved import Resolved
from modelspec.graph.model import Graph
from modelspec.link import private
from modelspec.link.feeds import structure_of
from modelspec.link.freezing import freeze_as_written
from modelspec.link.layers import deserialize
from modelspec.link.lookup import Lookup, UnknownOutputError
from modelspec.link.made import Bench
from modelspec.link.refusal import Refused, report_made
from modelspec.link.values import without_values


def assemble(
    graph: Graph, resolved: Resolved, bench: Bench, *, layers: Mapping[str, Any], found: Lookup
) -> Any:
    """The model of a graph; `None` where Keras objects, which is reported.

    Args:
        graph: the model's.
        resolved: the program it stands in.
        bench: see there.
        layers: its layers, by path.
        found: what its inputs and calls gave.
    """
    try:
        with without_values():
            model = _model(graph, resolved, layers, found)
    except UnknownOutputError as unknown:
        bench.report.add("no-such-output", str(unknown), unknown.origin.place, frames=unknown.origin.frames)
        return None
    except Refused as refused:
        report_made(bench.report, refused.error, what=graph.name, origin=graph.origin, names={})
        return None
    except Exception as error:
        report_made(bench.report, error, what=graph.name, origin=graph.origin, names={})
        return None
    bench.tell_warnings(graph.origin)
    freeze_as_written(graph, model)
    return model


def _model(graph: Graph, resolved: Resolved, layers: Mapping[str, Any], found: Lookup) -> Any:
    if graph.cls == "Sequential":
        chain = [layers[layer.path] for layer in graph.layers]
        first = private.operation_of(found.outputs[graph.inputs[0].name])
        return keras.Sequential([first, *chain], name=graph.name)
    inputs = structure_of(graph.inputs_as, found.look)
    outputs = structure_of(graph.outputs, found.look)
    if graph.cls == "Functional":
        return keras.Model(inputs, outputs, name=graph.name)
    made_of = resolved.classes[graph.key]
    name, config = made_of.data.get("registered_name"), made_of.data.get("config")
    cls = keras.saving.get_registered_object(name)
    arguments = deserialize(config) if isinstance(config, dict) else {}
    return cls(inputs=inputs, outputs=outputs, name=graph.name, **arguments)
