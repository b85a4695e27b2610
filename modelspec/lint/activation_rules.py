"""Activations that do nothing, or nothing more."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.diagnostics import Label
from modelspec.graph.model import Tensor
from modelspec.lint.activations import (
    LINEAR,
    PROBABILITIES,
    activation_of,
    is_activation,
    is_identity,
    own_activation,
)
from modelspec.lint.finding import Finding, Remove
from modelspec.lint.kinds import DENSE, PLAIN_CONVOLUTIONS, SHAPE_KEEPING
from modelspec.lint.view import ModelView, Node, View

# A `PReLU` has slopes of its own.
_OF_THEIR_OWN = frozenset({"p_relu"})


def softmax_one(view: View) -> Iterator[Finding]:
    """A softmax over an axis of size 1."""
    for model, node in view.nodes():
        own = own_activation(node)
        shape = model.output_shape(node)
        if own is None or own.name != "softmax" or shape is None or not own.axis:
            continue
        if all(-len(shape) <= axis < len(shape) and shape[axis] == 1 for axis in own.axis):
            yield Finding(
                "softmax-one",
                "a softmax over one value is always 1",
                node.origin,
                help="take `sigmoid` for one unit, or more units",
            )


def activation_twice(view: View) -> Iterator[Finding]:
    """An activation of values that have just been through the same, or a softmax of probabilities."""
    for model, node in view.nodes():
        own = own_activation(node)
        read = model.reads(node)
        if own is None or own.name == LINEAR or not is_activation(node) or len(read) != 1:
            continue
        before = activation_of(read[0], model)
        if before is None:
            continue
        again = own.equals(before) and own.name not in _OF_THEIR_OWN
        if again or (own.name == "softmax" and before.name in PROBABILITIES):
            yield Finding(
                "activation-twice",
                f"`{own.name}` of values that have been through `{before.name}` already",
                node.origin,
                help="take one of the two out",
                labels=(Label(before.node.origin.place, f"`{before.name}` is here"),),
            )


def linear_linear(view: View) -> Iterator[Finding]:
    """Two kernels with nothing between them, which are one, unless the first makes them narrow."""
    for model, node in view.nodes():
        if not _is_linear(node) or node.again or model.is_shared(node):
            continue
        after = _next_kernel(model, node)
        if after is None or model.is_shared(after):
            continue
        both_dense = node.cls == DENSE and after.cls == DENSE
        both_convolutions = node.cls == after.cls and node.cls in PLAIN_CONVOLUTIONS
        if not (both_dense or (both_convolutions and _is_one_convolution(node, after))):
            continue
        widths = (_width(model, model.reads(node)[0], node), *(_units(kernel) for kernel in (node, after)))
        if any(width is None for width in widths):
            continue
        before, middle, behind = (int(width or 0) for width in widths)
        if middle >= min(before, behind):
            yield Finding(
                "linear-linear",
                f"nothing stands between this `{node.short}` and the `{after.short}` that reads it, so that "
                "the two are no more than one",
                node.origin,
                help="give the first an activation, or take one of the two out",
                labels=(Label(after.origin.place, "it is read here"),),
            )


def _is_linear(node: Node) -> bool:
    own = own_activation(node)
    bare = node.argument("activity_regularizer") is None
    return (
        (node.cls == DENSE or node.cls in PLAIN_CONVOLUTIONS)
        and own is not None
        and own.name == LINEAR
        and bare
    )


def _next_kernel(model: ModelView, node: Node) -> Node | None:
    after = model.sole_reader(node)
    while after is not None and (after.cls in SHAPE_KEEPING or is_identity(after)):
        after = model.sole_reader(after)
    return after if after is not None and len(model.reads(after)) == 1 else None


def _is_one_convolution(node: Node, after: Node) -> bool:
    """Whether two convolutions could be one: not split into groups, nor into a row and a column."""
    if any(kernel.argument("groups") not in (None, 1) for kernel in (node, after)):
        return False
    sizes = [_sizes(kernel.argument("kernel_size")) for kernel in (node, after)]
    return all(len(set(size)) == 1 for size in sizes) or sizes[0] == sizes[1]


def _sizes(written: object) -> tuple[object, ...]:
    return tuple(written) if isinstance(written, list) else (written,)


def _units(node: Node) -> int | None:
    found = node.argument("units") if node.cls == DENSE else node.argument("filters")
    return found if isinstance(found, int) else None


def _width(model: ModelView, tensor: Tensor, node: Node) -> int | None:
    shape = model.shape(tensor)
    if shape is None:
        return None
    first = node.cls != DENSE and channels_first(model, node)
    return shape[1] if first else shape[-1]


def channels_first(model: ModelView, node: Node) -> bool:
    """Whether a layer's channels come before its spatial dimensions."""
    written = node.config.get("data_format") or model.view.program.spec.data_format
    return bool(written == "channels_first")


def identity_activation(view: View) -> Iterator[Finding]:
    """An `Activation` that is the identity."""
    for model, node in view.nodes():
        if is_identity(node):
            yield Finding(
                "identity-activation",
                "this activation changes nothing",
                node.origin,
                help="take the item out",
                change=None if model.is_output(node) else Remove(node.layer.origin.place, whole_item=True),
            )
