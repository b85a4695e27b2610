"""Sequences: masks that get lost, and steps that nobody sums up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelspec.diagnostics import Label
from modelspec.graph.model import Tensor
from modelspec.lint.finding import Finding
from modelspec.lint.kinds import BIDIRECTIONAL, DENSE, DROPOUTS, EMBEDDINGS, KEEP_MASKS, READ_MASKS, RECURRENT
from modelspec.lint.view import ModelView, Node, View

_MASKING = "keras.layers.Masking"
# Whatever gives one value for all steps hands no mask on.
_SUMS_UP = frozenset({"keras.layers.GlobalAveragePooling1D"})


def mask_destroyed(view: View) -> Iterator[Finding]:
    """A mask that a layer drops before one that would have read it."""
    for model in view.models:
        # Which call has a mask, and of those that lost it, where.
        masked: set[str] = set()
        lost: dict[str, Node] = {}
        for node in model.nodes:
            read = _masked_arguments(model, node)
            losers = [lost[tensor.call] for tensor in read if tensor.call in lost]
            reads_mask = any(tensor.call in masked for tensor in read)
            if losers and node.cls in READ_MASKS:
                yield _lost(losers[0], node)
            elif losers and not _ends(node):
                lost[node.path] = losers[0]
            if _makes_mask(node):
                masked.add(node.path)
            elif reads_mask and node.cls is not None and not _ends(node):
                if node.cls in KEEP_MASKS:
                    masked.add(node.path)
                else:
                    lost.setdefault(node.path, node)
        yield from _lost_on_the_way_out(model, lost)


def _masked_arguments(model: ModelView, node: Node) -> tuple[Tensor, ...]:
    """The tensors whose masks matter: of a recurrent layer not the states."""
    read = model.reads(node)
    return read[:1] if node.cls in RECURRENT else read


def _makes_mask(node: Node) -> bool:
    return node.cls == _MASKING or (node.cls in EMBEDDINGS and node.argument("mask_zero") is True)


def _ends(node: Node) -> bool:
    """Whether a call gives no steps any more."""
    if node.cls in _SUMS_UP:
        return True
    return _recurrent(node) is not None and not _returns_sequences(node)


def _lost(loser: Node, reader: Node) -> Finding:
    return Finding(
        "mask-destroyed",
        f"`{loser.short}` does not hand the mask on, and the `{reader.short}` behind it would have read it",
        loser.origin,
        help="take a layer that keeps the mask, or hand the mask to the reader with `call`",
        labels=(Label(reader.origin.place, "it is missing here"),),
    )


def _lost_on_the_way_out(model: ModelView, lost: Mapping[str, Node]) -> Iterator[Finding]:
    """Masks that a loss would have read: of outputs with one value for each step."""
    if model.path or model.resolved.compile is None or "loss" not in model.resolved.compile:
        return
    for tensor in model.outputs:
        shape, loser = model.shape(tensor), lost.get(tensor.call)
        steps = model.input_shape(loser) if loser is not None else None
        if loser is not None and shape and steps and len(shape) > 2 and shape[1] == steps[1]:
            yield Finding(
                "mask-destroyed",
                f"`{loser.short}` does not hand the mask on, by which the loss would have left steps out",
                loser.origin,
                help="take a layer that keeps the mask, or weigh the steps with `sample_weight`",
            )


def _recurrent(node: Node) -> Mapping[str, object] | None:
    """The arguments of a recurrent layer of Keras, of the one inside a `Bidirectional`; else `None`."""
    if node.cls in RECURRENT:
        return node.config
    if node.cls == BIDIRECTIONAL:
        match node.config.get("layer"):
            case {"module": "keras.layers", "class_name": str(name), "config": dict(config)}:
                return config if f"keras.layers.{name}" in RECURRENT else None
            case _:
                pass
    return None


def _returns_sequences(node: Node) -> bool:
    config = _recurrent(node)
    return config is not None and config.get("return_sequences", False) is True


def return_sequences(view: View) -> Iterator[Finding]:
    """A value for each step where one for the sequence is most likely meant."""
    model = view.main
    if model is None:
        return
    for node in model.nodes:
        if not _returns_sequences(node) or node.argument("return_state") is True:
            continue
        head = model.sole_reader(node)
        while head is not None and head.cls in DROPOUTS:
            head = model.sole_reader(head)
        shape = model.output_shape(head) if head is not None else None
        if (
            head is not None
            and head.cls == DENSE
            and model.is_output(head)
            and not model.readers(head.path)
            and shape is not None
            and len(shape) == 3
            and shape[-1] == 1
        ):
            yield Finding(
                "return-sequences",
                f"the `{head.short}` at the end gives one value for each step of this `{node.short}`, "
                "not one for the sequence",
                node.origin,
                help="leave `return_sequences` out, or pool the steps before the last layer",
                labels=(Label(head.origin.place, "it is the output"),),
            )
