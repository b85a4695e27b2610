"""The order of a document: depth first from the outputs, what is read before what reads it.

Keras sorts layers itself when it builds a model, so the order is free; this one keeps branches together and
gives back the order in which most models were made.
"""

from __future__ import annotations

from modelspec.decompiler.model import Model, reads, tensors_in
from modelspec.decompiler.refusal import Undecompilable

Visit = tuple[str, int]
"""A layer and which of its calls."""


def linearise(model: Model) -> tuple[Visit, ...]:
    """Every call of a model once, those that no output needs last.

    Raises:
        Undecompilable: the calls of the model read each other in a circle.
    """
    done: dict[Visit, None] = {}
    under_way: set[Visit] = set()
    roots = [(tensor.layer, tensor.call) for tensor in tensors_in(model.outputs)]
    roots += [(name, call) for name, layer in model.layers.items() for call in range(len(layer.calls))]
    stack: list[tuple[Visit, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        visit, left = stack.pop()
        if left:
            under_way.discard(visit)
            done[visit] = None
            continue
        if visit in done or visit[0] in model.inputs:
            continue
        if visit in under_way:
            raise Undecompilable(f"`{visit[0]}` reads what it gives itself")
        under_way.add(visit)
        stack.append((visit, True))
        name, call = visit
        read = [(tensor.layer, tensor.call) for tensor in reads(model.layers[name].calls[call])]
        if call:  # Keras numbers the calls of a layer as they were made
            read.insert(0, (name, call - 1))
        stack.extend((found, False) for found in reversed(read))
    return tuple(done)
