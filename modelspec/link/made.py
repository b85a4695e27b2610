"""A model of Keras while its program is linked, and what is at hand meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from modelspec.catalog.resolved import Resolved
from modelspec.diagnostics import Report
from modelspec.graph.model import Graph, WholeModel
from modelspec.language.values import Origin
from modelspec.link.refusal import point_of
from modelspec.link.values import Watch


@dataclass(frozen=True, slots=True)
class Made:
    """A model of Keras and what each part of it stands for.

    Args:
        key: the model's key in its program.
        prefix: what stands before the graph paths of its layers (`text_encoder/`; empty for the main model).
        model: of Keras.
        graph: what it was made of.
        layers: by path: the layers, operations and nested models of Keras.
        outputs: by call path, inputs included: what it gives.
        nested: by path: the nested models among the layers.
        arguments: the nested models that are arguments of layers.
    """

    key: str
    prefix: str
    model: Any
    graph: Graph | WholeModel
    layers: Mapping[str, Any]
    outputs: Mapping[str, Any]
    nested: Mapping[str, Made]
    arguments: tuple[Made, ...] = ()


def program_of(part: Made, resolved: Resolved) -> tuple[Resolved, str]:
    """The program that a model stands in, and its key there; the prefix tells the way from the top."""
    key = resolved.program.main.key
    for step in part.prefix.removesuffix("/").split("/") if part.prefix else ():
        if step in resolved.nested:
            resolved = resolved.nested[step]
            key = resolved.program.main.key
        else:
            key = step
    return resolved, key


@dataclass(frozen=True, slots=True)
class Bench:
    """What is at hand while models are made.

    Args:
        report: gets what Keras objects to.
        watch: sees variables.
        frozen: the paths of layers whose variables do not train, with the model's prefix.
        inference: likewise, of batch normalisations that keep to their moving statistics.
        warned: the warnings that were given and not told yet.
    """

    report: Report
    watch: Watch
    frozen: frozenset[str]
    inference: frozenset[str]
    warned: list[Any]

    def tell_warnings(self, origin: Origin, layers: Mapping[str, Origin] = MappingProxyType({})) -> None:
        """Report what Keras has warned about since the last time, at `origin`.

        Args:
            origin: where the warnings come from.
            layers: by name, of those that a warning may name.
        """
        for warning in self.warned:
            if issubclass(warning.category, UserWarning):
                text = point_of(warning.message)
                at = next((place for name, place in layers.items() if f"'{name}'" in text), origin)
                self.report.add("keras-warning", text, at.place, frames=at.frames)
        self.warned.clear()
