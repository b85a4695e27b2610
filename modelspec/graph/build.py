"""Closed spec to program: every body flattened into layers and calls, every reference a tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from modelspec.diagnostics import Report
from modelspec.graph.inputs import input_nodes, inputs_structure
from modelspec.graph.model import Graph, Program, WholeModel
from modelspec.graph.names import Stem
from modelspec.graph.naming import Naming
from modelspec.graph.reading import Reading
from modelspec.graph.wiring import GraphBuilder
from modelspec.language.closed import ClosedModel, ClosedSpec
from modelspec.language.values import Origin


def build_program(spec: ClosedSpec, stem: Stem, report: Report) -> Program | None:
    """The graphs of a document and of the models it nests; `None` where one cannot be built, reported.

    Args:
        stem: the automatic name of a class, as Keras would spell it (`Conv2D` -> `conv2d`).
    """
    build = _Build(spec, {model.key: model for model in spec.models}, stem, report)
    main = build.model(spec.model)
    for model in spec.models:
        build.model_of(model.key)
    if main is None or any(model is None for model in build.done.values()):
        return None
    found = tuple(model for model in build.done.values() if model is not None)
    return Program(spec, main, found, tuple(build.nested.items()))


@dataclass(slots=True)
class _Build:
    """The models of one document while they are built; each once, in the order of need."""

    spec: ClosedSpec
    closed: Mapping[str, ClosedModel]
    stem: Stem
    report: Report
    done: dict[str, Graph | WholeModel | None] = field(default_factory=dict)
    nested: dict[str, Program] = field(default_factory=dict)
    under_way: list[str] = field(default_factory=list)

    def model_of(self, key: str) -> Graph | WholeModel | None:
        """The graph of a nested model."""
        if key in self.done:
            return self.done[key]
        self.under_way.append(key)
        built = self.model(self.closed[key])
        self.under_way.pop()
        self.done[key] = built
        return built

    def is_under_way(self, key: str) -> bool:
        """Whether a model is being built, so that using it would be a circle."""
        return key in self.under_way

    def chain_to(self, key: str) -> tuple[str, ...]:
        """The models that lead to this one."""
        return (*self.under_way, key)

    def origin_of(self, key: str) -> Origin:
        """Where a model's name is written."""
        return self.closed[key].name.origin

    def model(self, closed: ClosedModel) -> Graph | WholeModel | None:
        """The graph of one model."""
        if closed.spec is not None:
            program = build_program(closed.spec, self.stem, self.report)
            if program is None:
                return None
            self.nested[closed.key] = program
            return replace(
                program.main,
                key=closed.key,
                name=closed.name.text,
                origin=closed.origin,
                trainable=closed.trainable,
            )
        if closed.body is not None:
            naming = Naming(self.stem, self.report)
            reading = Reading(naming, self.report)
            return GraphBuilder(self, closed, closed.body, naming, reading, self.report).build()
        inputs = input_nodes(closed)
        return WholeModel(
            closed.key,
            closed.name.text,
            closed.origin,
            closed.inputs,
            inputs_structure(closed, inputs, self.report) if closed.inputs else None,
            closed.object,
            closed.archive,
            closed.dtype,
            closed.trainable,
        )
