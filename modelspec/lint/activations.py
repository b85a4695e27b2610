"""Which activation the values of a tensor have been through last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from modelspec.frozen import dataclass
from modelspec.graph.model import Tensor
from modelspec.lint.kinds import ACTIVATED, ACTIVATION, TIME_DISTRIBUTED, UNCHANGING
from modelspec.lint.view import SLICE, ModelView, Node

LINEAR = "linear"
PROBABILITIES = frozenset({"softmax", "sigmoid"})

_LAYERS: Mapping[str, str] = MappingProxyType(
    {
        "keras.layers.Softmax": "softmax",
        "keras.layers.ReLU": "relu",
        "keras.layers.LeakyReLU": "leaky_relu",
        "keras.layers.ELU": "elu",
        "keras.layers.PReLU": "p_relu",
    }
)
_ALIASES: Mapping[str, str] = MappingProxyType(
    {"swish": "silu", "hard_swish": "hard_silu", "ReLU": "relu", "Softmax": "softmax"}
)
_OPERATIONS = frozenset(
    {"relu", "sigmoid", "softmax", "tanh", "gelu", "silu", "elu", "selu", "softplus", "softsign", "relu6"}
)


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation and the call it belongs to.

    Args:
        name: as Keras' functions are called (`softmax`).
        details: its arguments as JSON, where any are written; two activations are equal where both are.
        node: the call.
        axis: of a softmax.
    """

    name: str
    details: str
    node: Node
    axis: tuple[int, ...] = (-1,)

    def equals(self, other: Activation) -> bool:
        """Whether both do the same."""
        return (self.name, self.details, self.axis) == (other.name, other.details, other.axis)


def own_activation(node: Node) -> Activation | None:
    """The activation that a call ends with, `linear` included; `None` for what is no such layer."""
    if node.cls == TIME_DISTRIBUTED:
        return _of_inner(node)
    if node.cls in ACTIVATED or node.cls == ACTIVATION:
        return _read(node.argument("activation"), node)
    if node.cls is not None and node.cls in _LAYERS:
        return _of_layer(_LAYERS[node.cls], node.config, node)
    if node.cls is not None and node.cls.startswith("keras.ops."):
        name = node.cls.rpartition(".")[2]
        if name in _OPERATIONS:
            return _of_layer(name, node.config, node)
    return None


def activation_of(tensor: Tensor, model: ModelView) -> Activation | None:
    """The effective activation of a tensor: that of the call which gives it, whatever only hands values on
    skipped, and nested models entered; `None` where it is not known.
    """
    node = model.producer(tensor)
    while node is not None:
        inner = model.submodel(node)
        if inner is not None:
            return activation_of(inner.outputs[0], inner) if len(inner.outputs) == 1 else None
        own = own_activation(node)
        if own is not None and not (own.name == LINEAR and node.cls == ACTIVATION):
            return own
        if own is None and node.cls not in UNCHANGING and node.cls != SLICE:
            return None
        node = model.source(node)
    return None


def is_activation(node: Node) -> bool:
    """Whether a call is an activation and nothing else."""
    return node.cls in _LAYERS or node.cls == ACTIVATION or (node.cls or "").startswith("keras.ops.")


def is_identity(node: Node) -> bool:
    """Whether a call is an `Activation` that changes nothing, the dtype included."""
    if node.cls != ACTIVATION or node.config.get("dtype") is not None or node.layer.dtype is not None:
        return False
    own = own_activation(node)
    return own is not None and own.name == LINEAR


def _of_inner(node: Node) -> Activation | None:
    match node.config.get("layer"):
        case {"module": "keras.layers", "class_name": str(name), "config": dict(config)}:
            if f"keras.layers.{name}" in ACTIVATED:
                return _read(config.get("activation"), node)
        case _:
            pass
    return None


def _of_layer(name: str, config: Mapping[str, Any], node: Node) -> Activation:
    details = {key: value for key, value in config.items() if key not in ("axis", "name", "dtype", "x")}
    axis = config.get("axis")
    match axis:
        case int():
            axes: tuple[int, ...] = (axis,)
        case list():
            axes = tuple(axis)
        case None if "axis" in config:
            axes = ()  # over everything
        case _:
            axes = (-1,)
    return Activation(name, json.dumps(details, sort_keys=True) if details else "", node, axes)


def _read(value: Any, node: Node) -> Activation | None:
    """An argument `activation` as it was resolved; `None` for what is not Keras' own."""
    match value:
        case None:
            return Activation(LINEAR, "", node)
        case str() if ">" not in value:
            return Activation(_ALIASES.get(value, value), "", node)
        case {"class_name": "function", "config": str(name)} if ">" not in name:
            return Activation(_ALIASES.get(name, name), "", node)
        case {"module": "keras.layers", "class_name": str(name), "config": dict(config)}:
            cls = f"keras.layers.{name}"
            return _of_layer(_LAYERS[cls], config, node) if cls in _LAYERS else None
        case _:
            return None
