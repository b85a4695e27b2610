"""What trains and what does not."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.diagnostics import Label
from modelspec.lint.finding import Finding
from modelspec.lint.kinds import BATCH_NORMALIZATION, KERNELS
from modelspec.lint.view import ModelView, Node, View


def nothing_trains(view: View) -> Iterator[Finding]:
    """A model that is compiled with a loss and has no variable that trains."""
    spec, linked = view.program.spec, view.linked
    if spec.compile is None or linked is None or spec.weights.quantize:
        return
    loss = spec.compile.get("loss")
    if loss is not None and linked.params > 0 and linked.trainable_params == 0:
        yield Finding(
            "nothing-trains",
            f"none of the {linked.params:,} parameters trains, and the model is compiled with a loss",
            spec.weights.freeze.origin if spec.weights.freeze is not None else loss.origin,
            help="freeze less, or take `compile` out of a model that is not trained",
        )


def bn_frozen_half(view: View) -> Iterator[Finding]:
    """A batch normalisation that trains over a frozen layer, or the reverse."""
    chosen = view.program.spec.weights.inference is not None
    for model, node in view.nodes():
        if node.cls != BATCH_NORMALIZATION:
            continue
        kernel = model.source(node)
        if kernel is None or kernel.cls not in KERNELS:
            continue
        own, of_kernel = _is_frozen(model, node), _is_frozen(model, kernel)
        label = (Label(kernel.origin.place, "the layer is here"),)
        if of_kernel is True and own is False:
            yield Finding(
                "bn-frozen-half",
                f"the statistics of this normalisation move, and the `{kernel.short}` before it is frozen",
                node.origin,
                help="freeze both, or name the normalisation in `weights.inference`",
                labels=label,
            )
        elif of_kernel is False and own is True and not chosen:
            yield Finding(
                "bn-frozen-half",
                f"this normalisation is frozen, and the `{kernel.short}` before it trains",
                node.origin,
                help="freeze both, or say that it is meant with `weights.inference`",
                labels=label,
            )


def _is_frozen(model: ModelView, node: Node) -> bool | None:
    """Whether none of a layer's variables trains; `None` for one that has none that could."""
    row = model.row(node.layer.path)
    if row is None or row.params == 0:
        return None
    if node.cls == BATCH_NORMALIZATION and not (node.argument("center") or node.argument("scale")):
        return None
    return row.trainable_params == 0
