"""Nodes that lead nowhere, and merges of nothing new."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.graph.model import Tensor
from modelspec.lint.finding import Finding
from modelspec.lint.kinds import MERGES, SQUARES
from modelspec.lint.view import ModelView, View


def dead_node(view: View) -> Iterator[Finding]:
    """What is read, but only on the way to something that nobody reads."""
    for model in view.models:
        alive = _alive(model)
        for entry in model.graph.inputs:
            if entry.name not in alive and model.readers(entry.name):
                yield Finding(
                    "dead-node",
                    f"no output depends on the input `{entry.name}`",
                    entry.origin,
                    help="read what is made of it, or take it out",
                )
        for node in model.nodes:
            if node.path not in alive and model.readers(node.path):
                yield Finding(
                    "dead-node",
                    f"no output depends on this `{node.short}`",
                    node.origin,
                    help="read what is made of it, or take it out",
                )


def _alive(model: ModelView) -> frozenset[str]:
    """The calls and inputs from which an output is reached."""
    alive = {tensor.call for tensor in model.outputs}
    for node in reversed(model.nodes):
        if node.path in alive:
            alive.update(tensor.call for tensor in model.reads(node))
    return frozenset(alive)


def merge_of_one(view: View) -> Iterator[Finding]:
    """A merging layer of one tensor."""
    for model, node in view.nodes():
        if node.cls in MERGES and len(model.reads(node)) == 1 and not _reads_several(model, node.path):
            yield Finding(
                "merge-of-one",
                f"this `{node.short}` merges one tensor",
                node.origin,
                help="name all that it shall merge in `from: […]`, or take it out",
            )


def _reads_several(model: ModelView, path: str) -> bool:
    """Whether the one reference is to a call with several outputs."""
    node = next(node for node in model.nodes if node.path == path)
    (tensor,) = model.reads(node)
    producer = model.producer(tensor)
    if producer is None or tensor.index:
        return False
    row = model.row(producer.path)
    return row is None or model.output_shape(producer) is None


def same_input(view: View) -> Iterator[Finding]:
    """A merging layer that names one tensor twice; a product of one with itself is a square.

    Two references that differ may mean one tensor where an item is absent, or in the first copy of several.
    """
    for model, node in view.nodes():
        if node.cls not in MERGES - SQUARES:
            continue
        read = [(_written(tensor), tensor.call, tensor.index) for tensor in model.reads(node)]
        twice = next((tensor for tensor in read if read.count(tensor) > 1), None)
        if twice is not None:
            yield Finding(
                "same-input",
                f"this `{node.short}` reads `{twice[0]}` twice",
                node.origin,
                help="name another in `from`, or scale the one with `Rescaling`",
            )


def _written(tensor: Tensor) -> str:
    """A reference as it stands in the text."""
    place = tensor.origin.place
    return place.source.text[place.start : place.end]
