"""What a linked model says of its architecture: shapes and variables by the Keras names of layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from modelspec.architecture.comparing.sides import Facts, NodePath, Variable
from modelspec.architecture.model import Graph
from modelspec.diagnostics import Report, SpecError
from modelspec.link.linked import OPTIMIZER, Linked
from modelspec.weights.described_layers import described_layers
from modelspec.weights.keras_order import of_optimizer

_VARIABLES = "vars"


def facts_of(linked: Linked, graph: Graph) -> Facts:
    """The facts of a model.

    Args:
        graph: its architecture.
    """
    layers = described_layers(linked.config).names
    found = (
        (variable.address, variable.name, variable.shape, variable.dtype, variable.trainable)
        for variable in linked.datasets
        if variable.owner != OPTIMIZER
    )
    shapes = {shapes.path: shapes.calls for shapes in linked.shapes}
    return Facts(shapes, tuple(_variables(found, layers, graph)))


def facts_of_file(path: Path, config: Mapping[str, object], graph: Graph) -> Facts | None:
    """What the weights of an archive tell of a model that Keras cannot make here; `None` where they do not.

    Args:
        path: of the archive.
        config: its config.
        graph: its architecture.
    """
    from modelspec.archive.checkpoint.opening import open_checkpoint

    report = Report()
    try:
        file = open_checkpoint(path, report)
        if file is None:
            return None
        with file:
            if not file.is_hdf5:
                return None
            found = [
                (tensor.key, tensor.shown.rpartition("/")[2], tensor.shape, tensor.dtype, None)
                for tensor in file.tensors
                if not of_optimizer(tensor.key)
            ]
    except SpecError:
        return None
    return Facts({}, tuple(_variables(iter(found), described_layers(config).names, graph)))


Found = tuple[str, str, tuple[int, ...], str, bool | None]
"""The address of a variable, its own name, shape, dtype, and whether it trains."""


def _variables(found: Iterator[Found], layers: Mapping[str, str], graph: Graph) -> Iterator[Variable]:
    taken: Counter[tuple[NodePath, str]] = Counter()
    for address, own, shape, dtype, trainable in found:
        layer, below = _owner(address, layers, graph)
        steps = [step.lstrip("_") for step in below if step != _VARIABLES][:-1]
        name = "/".join((*steps, own))
        taken[layer, name] += 1
        count = taken[layer, name]
        unique = name if count == 1 else f"{name}_{count - 1}"
        yield Variable(layer, unique, "/".join(below), shape, dtype, trainable, address)


def _owner(address: str, layers: Mapping[str, str], graph: Graph) -> tuple[NodePath, list[str]]:
    """The path of the layer that an address belongs to, and the steps below it."""
    steps = address.split("/")
    path: NodePath = ()
    below = steps
    inside: Graph | None = graph
    for count in range(1, len(steps)):
        name = layers.get("/".join(steps[:count]))
        if name is None or inside is None:
            continue
        node = next((node for node in inside.nodes if node.name == name), None)
        if node is None:
            break
        path, below, inside = (*path, name), steps[count:], node.graph
    return path, below
