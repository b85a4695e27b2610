"""Attention: widths that do not fit, and a decoder that sees what it shall predict."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.diagnostics import Label
from modelspec.graph.model import Tensor
from modelspec.graph.scope import tensors
from modelspec.lint.finding import Finding
from modelspec.lint.kinds import DROPOUTS, MULTI_HEAD_ATTENTION
from modelspec.lint.view import ModelView, Node, View

# What stands between two attentions of one decoder layer.
_BETWEEN = DROPOUTS | {
    "keras.layers.Add",
    "keras.ops.add",
    "keras.layers.LayerNormalization",
    "keras.layers.RMSNormalization",
    "keras.layers.Identity",
}


def attention_dim(view: View) -> Iterator[Finding]:
    """Heads that are together wider or narrower than what they attend over."""
    for model, node in view.nodes():
        if node.cls != MULTI_HEAD_ATTENTION:
            continue
        query = _argument(node, "query")
        shape = model.shape(query) if query is not None else None
        heads, key_dim = node.argument("num_heads"), node.argument("key_dim")
        if shape is None or shape[-1] is None or not (isinstance(heads, int) and isinstance(key_dim, int)):
            continue
        if heads * key_dim != shape[-1]:
            fit = f"`key_dim: {shape[-1] // heads}`" if shape[-1] % heads == 0 else "another `num_heads`"
            yield Finding(
                "attention-dim",
                f"{heads} heads of {key_dim} are {heads * key_dim} wide, and what they read is {shape[-1]}",
                node.origin,
                help=f"`key_dim` is the width of one head: {fit} fits",
            )


def attention_causal(view: View) -> Iterator[Finding]:
    """Self-attention before cross-attention, as in a decoder, without a causal mask."""
    for model, node in view.nodes():
        if node.cls != MULTI_HEAD_ATTENTION or not _is_self(node) or _has_mask(node):
            continue
        cross = _cross_attention_behind(model, node)
        if cross is not None:
            yield Finding(
                "attention-causal",
                "this self-attention stands where a decoder has one, and sees the steps that come later",
                node.origin,
                help="write `call: {use_causal_mask: true}`",
                labels=(Label(cross.origin.place, "the cross-attention is here"),),
            )


def _argument(node: Node, name: str) -> Tensor | None:
    """The one tensor that is given as an argument, by name or as the first."""
    inputs = node.call.inputs
    if isinstance(inputs, tuple):
        found = next((list(tensors(value)) for key, value in inputs if key == name), [])
        return found[0] if len(found) == 1 else None
    found = list(tensors(inputs))
    position = ("query", "value", "key").index(name)
    return found[position] if position < len(found) else None


def _is_self(node: Node) -> bool:
    query, value = _argument(node, "query"), _argument(node, "value")
    return query is not None and value is not None and (query.call, query.index) == (value.call, value.index)


def _has_mask(node: Node) -> bool:
    given = {name for name, _, _ in node.call.kwargs}
    if isinstance(node.call.inputs, tuple):
        given |= {name for name, _ in node.call.inputs}
    return bool(given & {"use_causal_mask", "attention_mask"})


def _cross_attention_behind(model: ModelView, node: Node) -> Node | None:
    """The cross-attention whose query comes from a call through sums and normalisations alone."""
    seen, ahead = {node.path}, [node]
    while ahead:
        step = ahead.pop()
        for reader in model.readers(step.path):
            if reader.cls == MULTI_HEAD_ATTENTION and not _is_self(reader):
                query = _argument(reader, "query")
                if query is not None and query.call == step.path:
                    return reader
            if reader.cls in _BETWEEN and reader.path not in seen:
                seen.add(reader.path)
                ahead.append(reader)
    return None
