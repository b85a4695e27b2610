"""Where the nested models of a document are used: by items, and by arguments that name a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelspec.catalog.resolved import KerasObject, KerasOp, referenced_model
from modelspec.diagnostics import Label, Report
from modelspec.graph.model import Graph, Program, SubModel, WholeModel
from modelspec.language.values import Origin

Made = Mapping[str, Mapping[str, KerasObject | KerasOp]]
Holder = tuple[str, str]
"""What holds a model in Keras: a graph, by key, and in it the layer that has it as an argument, or ``."""


def check_nesting(program: Program, layers: Made, wholes: Mapping[str, KerasObject], report: Report) -> None:
    """Warn of models that are never used, and report those that Keras would load as several.

    Keras writes a model that two others hold into the config of each, but its values once, so the
    second cannot be loaded.
    """
    if not program.spec.models:
        return
    uses: dict[str, dict[Holder, Origin]] = {model.key: {} for model in program.spec.models}
    for key, holder, origin in _uses(program, layers, wholes):
        if key in uses:  # a dict given verbatim can hold anything; what is wrong in it has been reported
            uses[key].setdefault(holder, origin)
    for model in program.spec.models:
        found = list(uses[model.key].values())
        if not found:
            report.add(
                "unused-model",
                f"model `{model.key}` is never used",
                model.origin.place,
                help="use it as an item, or take it out",
            )
        elif len(found) > 1:
            report.add(
                "model-held-twice",
                f"model `{model.key}` stands in two models or layers, and Keras cannot load one that does",
                found[1].place,
                help="use it as an item of one model only, or write it twice if it need not share weights",
                labels=(Label(found[0].place, "it stands here too"),),
                frames=found[1].frames,
            )


def _uses(
    program: Program, layers: Made, wholes: Mapping[str, KerasObject]
) -> Iterator[tuple[str, Holder, Origin]]:
    elsewhere = dict(program.nested)  # whose own models may have the keys of these
    for graph in (program.main, *program.models):
        if graph.key in elsewhere:
            continue
        if isinstance(graph, WholeModel):
            if graph.key in wholes:
                for key in _referenced(wholes[graph.key].data):
                    yield key, (graph.key, ""), graph.origin
            continue
        yield from _uses_of_graph(graph, layers.get(graph.key, {}))


def _uses_of_graph(
    graph: Graph, made: Mapping[str, KerasObject | KerasOp]
) -> Iterator[tuple[str, Holder, Origin]]:
    for layer in graph.layers:
        if isinstance(layer.kind, SubModel):
            yield layer.kind.key, (graph.key, ""), layer.origin
        found = made.get(layer.path)
        if isinstance(found, KerasObject):
            for key in _referenced(found.data):
                yield key, (graph.key, layer.path), layer.origin


def _referenced(data: object) -> Iterator[str]:
    """The keys of the models that a config refers to, wherever in it."""
    key = referenced_model(data)
    if key is not None:
        yield key
        return
    match data:
        case dict():
            for value in data.values():
                yield from _referenced(value)
        case list() | tuple():
            for value in data:
                yield from _referenced(value)
