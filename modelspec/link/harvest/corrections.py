"""What signature and docstring say wrongly or not at all, each with its reason; tests hold it to Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Correction(Generic[T]):
    """A value that replaces the derived one, and why."""

    value: T
    reason: str


# `Class.argument` (or `*.argument`) to the family of objects it takes; `None` for no objects.
ARGUMENT_FAMILIES: Mapping[str, Correction[str | None]] = MappingProxyType(
    {
        "MeanMetricWrapper.fn": Correction("metric", "a function of `keras.metrics`, called `fn`"),
        "MultiOptimizer.optimizer_map": Correction("optimizer_map", "its docstring names the class"),
        "OptimizerMap.optimizer_map": Correction("optimizer", "a mapping of paths to optimizers"),
        "DTypePolicyMap.policy_map": Correction("dtype_policy", "a mapping of paths to policies"),
        "Distiller.teacher": Correction("model", "a model, not named by its argument"),
        "Distiller.student": Correction("model", "a model, not named by its argument"),
        "Distiller.distillation_losses": Correction("distillation_loss", "a list of them"),
        "Int8QuantizationConfig.activation_quantizer": Correction(
            None, "takes the word `default` too, which is no quantizer"
        ),
        "Int4QuantizationConfig.activation_quantizer": Correction(
            None, "takes the word `default` too, which is no quantizer"
        ),
    }
)

# `Class.argument` to the kinds of value it takes; `None` where nothing is certain.
ARGUMENT_KINDS: Mapping[str, Correction[tuple[str, ...] | None]] = MappingProxyType(
    {
        "*.trainable": Correction(("bool",), "`Layer` refuses anything else, whatever the docstring says"),
        "*.num_heads": Correction(("int",), "a count, described without its type"),
        "*.num_query_heads": Correction(("int",), "a count, described without its type"),
        "*.num_key_value_heads": Correction(("int",), "a count, described without its type"),
        "*.head_dim": Correction(("int",), "a size, described without its type"),
        "*.key_dim": Correction(("int",), "a size, described without its type"),
        "*.value_dim": Correction(("int",), "a size, described without its type"),
        "*.filters": Correction(("int",), "a count"),
        "*.units": Correction(("int",), "a count"),
        "*.dropout": Correction(("float",), "a probability"),
        "DTypePolicyMap.policy_map": Correction(("mapping",), "a mapping, whose values are policies"),
        "OptimizerMap.optimizer_map": Correction(("mapping",), "a mapping, whose values are optimizers"),
        "*.learning_rate": Correction(("float",), "a number or a schedule"),
        "BatchNormalization.momentum": Correction(("float",), "a number, described without its type"),
    }
)
