"""Which family a class belongs to, and which family an argument takes."""

from __future__ import annotations

import re
from types import MappingProxyType

from modelspec.link.harvest import private
from modelspec.link.harvest.corrections import ARGUMENT_FAMILIES

# Family: the module whose `get` reads its strings, and the public base class; most special first.
FAMILY_BASES = MappingProxyType(
    {
        "model": (None, ("keras.Model",)),
        "layer": (None, ("keras.Layer",)),
        "activation": ("keras.activations", ()),
        "initializer": ("keras.initializers", ("keras.Initializer",)),
        "regularizer": ("keras.regularizers", ("keras.Regularizer",)),
        "constraint": ("keras.constraints", ("keras.constraints.Constraint",)),
        "loss": ("keras.losses", ("keras.Loss",)),
        "metric": ("keras.metrics", ("keras.Metric",)),
        "optimizer": ("keras.optimizers", ("keras.Optimizer",)),
        "schedule": (None, ("keras.optimizers.schedules.LearningRateSchedule",)),
        "dtype_policy": (None, ("keras.DTypePolicy", "keras.dtype_policies.DTypePolicyMap")),
        "quantizer": (None, ("keras.Quantizer",)),
        "quantization_config": (None, ("keras.quantizers.QuantizationConfig",)),
        "seed_generator": (None, ("keras.random.SeedGenerator",)),
        "optimizer_map": (None, ("keras.optimizers.OptimizerMap",)),
        "distillation_loss": (None, ("keras.distillation.DistillationLoss",)),
        "callback": (None, ("keras.callbacks.Callback",)),
    }
)

# What makes a recurrent cell, as `keras.layers.RNN` asks for it.
_CELL_ATTRIBUTE = "state_size"

_BY_NAME = (
    (r"(.+_)?activation", "activation"),
    (r"(.+_)?initializer", "initializer"),
    (r"(.+_)?regularizer", "regularizer"),
    (r"(.+_)?constraint", "constraint"),
    (r"(weight|activation)_quantizer", "quantizer"),
    (r"quantization_config", "quantization_config"),
    (r"layers?|backward_layer", "layer"),
    (r"cells?", "cell"),
    (r"dtype|default_policy", "dtype_policy"),
    (r"optimizer|inner_optimizer|default_optimizer", "optimizer"),
    (r"learning_rate", "schedule"),
    (r"loss", "loss"),
    (r"(weighted_)?metrics", "metric"),
)


def family_of(cls: type) -> str | None:
    """The family of a public class; `None` for one that no document can use."""
    for family, (_, bases) in FAMILY_BASES.items():
        for base in bases:
            symbol = private.public_symbol(base)
            if symbol is not None and issubclass(cls, symbol):
                return "cell" if family == "layer" and _is_cell(cls) else family
    return None


def argument_family(owner: str, name: str) -> str | None:
    """The family an argument takes objects of, by the corrections, else by its name."""
    for key in (f"{owner}.{name}", f"*.{name}"):
        if key in ARGUMENT_FAMILIES:
            return ARGUMENT_FAMILIES[key].value
    return next((family for pattern, family in _BY_NAME if re.fullmatch(pattern, name)), None)


def _is_cell(cls: type) -> bool:
    # `state_size` is an attribute set in `__init__` or a property; Keras' cells all end in these words.
    return hasattr(cls, _CELL_ATTRIBUTE) or cls.__name__.endswith(("Cell", "RNNCells"))
