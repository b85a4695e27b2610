"""Normalisation and dropout beside each other and beside kernels."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.diagnostics import Label
from modelspec.lint.activation_rules import channels_first
from modelspec.lint.activations import LINEAR, own_activation
from modelspec.lint.finding import Finding, Remove, SetArgument
from modelspec.lint.kinds import BATCH_NORMALIZATION, DROPOUTS, KERNELS
from modelspec.lint.view import ModelView, Node, View

_HIGH_RATE = 0.8


def bias_before_bn(view: View) -> Iterator[Finding]:
    """A bias that the batch normalisation behind it takes away with the mean."""
    for model, node in view.nodes():
        own = own_activation(node)
        if node.cls not in KERNELS or own is None or own.name != LINEAR or model.is_shared(node):
            continue
        after = model.sole_reader(node)
        if after is None or after.cls != BATCH_NORMALIZATION or not after.argument("center"):
            continue
        if node.argument("use_bias") and _over_channels(model, node, after):
            yield Finding(
                "bias-before-bn",
                f"the bias of this `{node.short}` does nothing: the `BatchNormalization` behind has its own",
                node.origin,
                help=f"write `use_bias: false`, which takes a variable away from the `{node.short}`",
                change=SetArgument(node.layer.origin.place, "use_bias", "false"),
                labels=(Label(after.origin.place, "it is normalised here"),),
            )


def _over_channels(model: ModelView, node: Node, normalisation: Node) -> bool:
    """Whether a normalisation keeps the axis apart that the bias is for."""
    axis, shape = normalisation.argument("axis"), model.output_shape(node)
    first = node.argument("kernel_size") is not None and channels_first(model, node)
    if shape is None:
        return bool(axis == (1 if first else -1))
    return isinstance(axis, int) and axis % len(shape) == (1 if first else len(shape) - 1)


def bn_after_dropout(view: View) -> Iterator[Finding]:
    """A batch normalisation whose statistics are those of what a dropout has thinned."""
    for model, node in view.nodes():
        before = model.source(node)
        if node.cls == BATCH_NORMALIZATION and before is not None and before.cls in DROPOUTS:
            yield Finding(
                "bn-after-dropout",
                f"this normalisation learns a variance behind a `{before.short}`, another than in inference",
                node.origin,
                help="put the dropout behind the normalisation",
                labels=(Label(before.origin.place, "the dropout is here"),),
            )


def dropout_odd(view: View) -> Iterator[Finding]:
    """A dropout with an odd rate or in an odd place."""
    for model, node in view.nodes():
        if node.cls not in DROPOUTS:
            continue
        what = _odd(model, node)
        if what is not None:
            message, way_out = what
            zero = _rate(node) == 0
            change = Remove(node.layer.origin.place, whole_item=True)
            yield Finding(
                "dropout-odd",
                message,
                node.origin,
                help=way_out,
                change=change if zero and not model.is_output(node) else None,
            )


def _odd(model: ModelView, node: Node) -> tuple[str, str] | None:
    """What is odd of a dropout, and what to do."""
    rate, before = _rate(node), model.source(node)
    if rate == 0:
        # A rate that somebody may set is off, not odd.
        written = node.written("rate")
        if written is None or written.value.origin.via:
            return None
        return f"this `{node.short}` drops nothing", "take it out"
    if rate is not None and rate > _HIGH_RATE:
        return (
            f"this `{node.short}` drops {rate:.0%} of what it reads",
            "the rate is the part that is dropped",
        )
    if before is not None and before.cls in DROPOUTS:
        return f"this `{node.short}` follows another", "take one of the two out"
    if model.is_output(node) and model.path == "":
        return f"this `{node.short}` is an output of the model", "put it before the last layer"
    own = own_activation(before) if before is not None else None
    if own is not None and own.name == "softmax" and model.path == "" and _is_last(model, node):
        return f"this `{node.short}` drops probabilities", "put it before the layer with the softmax"
    return None


def _is_last(model: ModelView, node: Node) -> bool:
    """Whether nothing with a kernel comes behind a call, up to the outputs."""
    seen, ahead = set(), [node]
    while ahead:
        step = ahead.pop()
        if step.path in seen:
            continue
        seen.add(step.path)
        if step is not node and own_activation(step) is None and step.cls not in DROPOUTS:
            return False
        if step.cls in KERNELS:
            return False
        ahead.extend(model.readers(step.path))
    return True


def _rate(node: Node) -> float | None:
    rate = node.argument("rate")
    return float(rate) if isinstance(rate, int | float) and not isinstance(rate, bool) else None
