"""Shapes that leave nothing to do, or most of the parameters in one place."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.lint.activation_rules import channels_first
from modelspec.lint.finding import Finding
from modelspec.lint.kinds import DENSE, FLATTEN, PLAIN_CONVOLUTIONS, POOLINGS, SLIDING_CONVOLUTIONS
from modelspec.lint.view import ModelView, Node, Shape, View

_LARGE = 10_000_000


def size_collapse(view: View) -> Iterator[Finding]:
    """A window over a dimension that has shrunk below it, with padding for the rest."""
    for model, node in view.nodes():
        if node.cls not in SLIDING_CONVOLUTIONS | POOLINGS or node.argument("padding") != "same":
            continue
        sizes = _spatial(model, node, model.input_shape(node))
        pools = node.cls in POOLINGS
        window = _per_dimension(node.argument("pool_size" if pools else "kernel_size"), len(sizes))
        for size, width in zip(sizes, window, strict=False):
            if size is None or width is None:
                continue
            if (pools and width > size) or (size == 1 and width > 1):
                yield Finding(
                    "size-collapse",
                    f"the window of this `{node.short}` is {width} wide, and what it slides over is {size}",
                    node.origin,
                    help="shrink less before it, or give the model a larger input",
                )
                break


def _spatial(model: ModelView, node: Node, shape: Shape | None) -> Shape:
    if shape is None or len(shape) < 3:
        return ()
    return shape[2:] if channels_first(model, node) else shape[1:-1]


def _per_dimension(written: object, count: int) -> tuple[int | None, ...]:
    match written:
        case int():
            return (written,) * count
        case list():
            return tuple(size if isinstance(size, int) else None for size in written)
        case _:
            return (None,) * count


def flatten_large(view: View) -> Iterator[Finding]:
    """A `Dense` behind a `Flatten` that holds most of a large model."""
    total = view.linked.params if view.linked is not None else 0
    for model, node in view.nodes():
        before, row = model.source(node), model.row(node.path)
        if node.cls != DENSE or before is None or before.cls != FLATTEN or row is None:
            continue
        if row.params > _LARGE and row.params * 2 > total:
            yield Finding(
                "flatten-large",
                f"this `Dense` behind a `Flatten` holds {row.params:,} of {total:,} parameters",
                node.origin,
                help="pool with `GlobalAveragePooling2D` instead of `Flatten`",
            )


def groups_equal_filters(view: View) -> Iterator[Finding]:
    """A convolution of which each group has one channel: a depthwise one."""
    for model, node in view.nodes():
        groups, shape = node.argument("groups"), model.input_shape(node)
        if node.cls not in PLAIN_CONVOLUTIONS - {"keras.layers.Conv3D"} or shape is None:
            continue
        channels = shape[1] if channels_first(model, node) else shape[-1]
        if isinstance(groups, int) and groups > 1 and groups == node.argument("filters") == channels:
            depthwise = f"Depthwise{node.short}"
            yield Finding(
                "groups-equal-filters",
                f"each channel has a filter of its own, which is what `{depthwise}` does",
                node.origin,
                help=f"take `{depthwise}`, whose kernel has another shape",
            )
