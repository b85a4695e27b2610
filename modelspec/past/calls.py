"""A call of a layer as Keras 3 takes its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.past.nodes import Node
from modelspec.past.renames import CLASSES, RECURRENT

Json = Any

Arguments = tuple[list[Json], dict[str, Json]]
"""By position and by name, with references among them."""

_WITH_STATES = RECURRENT | {"Bidirectional"}
# What says nothing where it is null or false.
_IDLE = frozenset({"mask", "training", "return_attention_scores", "use_causal_mask"})
_CAUSAL = frozenset({"Attention", "AdditiveAttention"})


def call_of(entry: Mapping[str, Json], node: Node) -> Arguments:
    """The arguments of one call."""
    cls = str(entry["class_name"])
    cls = CLASSES.get(cls, cls)
    config = entry["config"] if isinstance(entry["config"], dict) else {}
    first = node.first[0] if node.single else node.first
    kwargs = {
        key: value
        for key, value in node.rest.items()
        if value is not None and not (key in _IDLE and value is False)
    }
    if cls in _WITH_STATES and isinstance(first, list) and len(first) > 1:
        first, states = first[0], first[1:]
        constants = config.get("num_constants")
        if isinstance(constants, int) and 0 < constants <= len(states):
            kwargs["constants"] = states[len(states) - constants :]
            states = states[: len(states) - constants]
        if states:
            kwargs["initial_state"] = states
    if cls in _CAUSAL and config.get("causal") is True:
        kwargs["use_causal_mask"] = True
    return [first], kwargs
