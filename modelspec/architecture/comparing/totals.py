"""What the two sides come to in numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from modelspec.architecture.comparing.sides import NodePath, Side
from modelspec.architecture.costs.operations_of import cost_of
from modelspec.architecture.model import walk
from modelspec.frozen import dataclass

_BITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers of one side; `None` where nobody knows.

    Args:
        layers: inputs, operations and models not counted, those inside models counted.
        memory: bytes of all variables.
        flops: of one example, at inference; without those of `uncounted`.
        uncounted: nodes whose operations nobody can count, each with the reason.
    """

    layers: int
    params: int | None
    trainable: int | None
    memory: int | None
    flops: int | None
    uncounted: tuple[tuple[NodePath, str], ...] = ()


def totals_of(side: Side) -> Totals:
    """The numbers of one side."""
    graph = side.architecture.graph
    layers = sum(node.kind == "layer" for _, node in walk(graph))
    if side.facts is None:
        return Totals(layers, None, None, None, None)
    variables = side.facts.variables
    params = sum(math.prod(variable.shape) for variable in variables)
    told = all(variable.trainable is not None for variable in variables)
    trainable = sum(math.prod(variable.shape) for variable in variables if variable.trainable)
    memory = sum(math.ceil(math.prod(variable.shape) * _bits(variable.dtype) / 8) for variable in variables)
    if not side.facts.shapes:
        return Totals(layers, params, trainable if told else None, memory, None)
    cost = cost_of(graph, side.facts.shapes, variable_shapes(side))
    return Totals(layers, params, trainable if told else None, memory, cost.flops, cost.unknown)


def variable_shapes(side: Side) -> Mapping[NodePath, Mapping[str, tuple[int, ...]]]:
    """The shapes of the variables of each layer by name."""
    found: dict[NodePath, dict[str, tuple[int, ...]]] = {}
    for variable in side.facts.variables if side.facts is not None else ():
        found.setdefault(variable.layer, {})[variable.name] = variable.shape
    return found


def _bits(dtype: str) -> int:
    match = _BITS.search(dtype)
    return int(match[1]) if match else 8
