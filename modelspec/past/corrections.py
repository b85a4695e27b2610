"""Classes of which more than a name or an argument has changed, each with a function that says how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from modelspec.catalog.entry import ClassEntry
from modelspec.past.work import Work

Json = Any
_Config = dict[str, Json]
_Correct = Callable[[_Config, Work], tuple[str, _Config]]


def corrected(cls: str, entry: ClassEntry, config: _Config, work: Work) -> tuple[str, _Config]:
    """The class of Keras 3 that a config is for, and the config before each argument is looked at.

    Args:
        cls: as Keras 2 wrote it.
        entry: what goes by this name now.
        config: may be changed.
    """
    for name in (cls, entry.short):
        correct = _CORRECTIONS.get(name)
        if correct is not None:
            made, config = correct(config, work)
            return made or cls, config
    if entry.family == "optimizer":
        return cls, _optimizer(config)
    if entry.family == "loss" and config.get("reduction") in ("auto", "AUTO", None):
        config.pop("reduction", None)
    return cls, config


def merged(config: Mapping[str, Json]) -> tuple[str, _Config]:
    """The class that a `Merge` of Keras 1 and 2.0 is by its mode; itself where it called a function."""
    mode = config.get("mode")
    cls = _MODES.get(mode) if isinstance(mode, str) else None
    if cls is None:
        return "Merge", dict(config)
    kept = {"name": config.get("name"), "trainable": config.get("trainable", True)}
    match cls:
        case "Concatenate":
            kept["axis"] = config.get("concat_axis", -1)
        case "Dot":
            kept |= {"axes": config.get("dot_axes", -1), "normalize": mode == "cos"}
    return cls, kept


# What TensorFlow 2.3 to 2.5 had where no salt was given, wrote, and did not use.
_IDLE_SALT = 0xDECAFCAFFE

_MODES: Mapping[str, str] = MappingProxyType(
    {
        "sum": "Add",
        "mul": "Multiply",
        "concat": "Concatenate",
        "ave": "Average",
        "max": "Maximum",
        "dot": "Dot",
        "cos": "Dot",
    }
)


def _batch_normalization(config: _Config, work: Work) -> tuple[str, _Config]:
    axis = config.get("axis")
    if isinstance(axis, list) and len(axis) == 1:
        config["axis"] = axis[0]
    return "", config


def _variance_scaling(config: _Config, work: Work) -> tuple[str, _Config]:
    # Keras 2 drew from a truncated normal distribution by either name.
    if config.get("distribution") == "normal":
        config["distribution"] = "truncated_normal"
    return "", config


def _attention(config: _Config, work: Work) -> tuple[str, _Config]:
    """`causal` is an argument of the call now; see `calls`."""
    config.pop("causal", None)
    return "", config


def _multi_head(config: _Config, work: Work) -> tuple[str, _Config]:
    shape = config.get("query_shape")
    shape = shape.get("items") if isinstance(shape, dict) else shape
    axes = config.get("attention_axes")
    if isinstance(axes, list) and isinstance(shape, list) and axes == list(range(1, len(shape) - 1)):
        config["attention_axes"] = None
    return "", config


def _category_encoding(config: _Config, work: Work) -> tuple[str, _Config]:
    if config.get("output_mode") == "binary":
        config["output_mode"] = "multi_hot"
    return "", config


def _lookup(config: _Config, work: Work) -> tuple[str, _Config]:
    if config.get("output_mode") == "binary":
        config["output_mode"] = "multi_hot"
    if config.get("output_mode") == "tf-idf":
        config["output_mode"] = "tf_idf"
    return "", config


def _hashing(config: _Config, work: Work) -> tuple[str, _Config]:
    if config.get("salt") == [_IDLE_SALT, _IDLE_SALT]:
        work.note("a salt that `Hashing` of Keras 2 wrote and did not use is left out")
        config["salt"] = None
    return "", config


def _rectified(config: _Config, work: Work) -> tuple[str, _Config]:
    # Keras 2.2 kept them as arrays of no dimension.
    for key in ("max_value", "negative_slope", "threshold", "alpha", "theta"):
        value = config.get(key)
        if isinstance(value, dict) and "value" in value:
            config[key] = value["value"]
    return "", config


def _optimizer(config: _Config) -> _Config:
    config.pop("name", None)
    decay = config.get("decay")
    rate = config.get("learning_rate", config.get("lr"))
    if isinstance(decay, int | float) and decay and isinstance(rate, int | float):
        # `lr / (1 + decay * iterations)`, as Keras 2 computed it.
        config.pop("lr", None)
        config["learning_rate"] = {
            "class_name": "InverseTimeDecay",
            "config": {
                "initial_learning_rate": rate,
                "decay_steps": 1,
                "decay_rate": decay,
                "staircase": False,
            },
        }
        del config["decay"]
    if config.get("epsilon", 0) is None:
        del config["epsilon"]
    if config.get("use_ema") is False:
        config.pop("ema_momentum", None)
        config.pop("ema_overwrite_frequency", None)
    return config


def _mean_wrapper(config: _Config, work: Work) -> tuple[str, _Config]:
    """A metric that averages a function: the class of that function."""
    function = config.pop("fn", None)
    if isinstance(function, dict):
        function = function.get("config")
    if not isinstance(function, str):
        return "Mean", config
    full = work.catalog.identifier(function, "metric")
    entry = work.catalog.entry(full) if full is not None else None
    if entry is not None:
        return entry.short, config
    camel = "".join(part.capitalize() for part in function.rpartition(".")[2].split("_"))
    return (camel if work.catalog.find(camel, ("metric",)) else "MeanMetricWrapper"), {
        **config,
        "fn": function,
    }


_CORRECTIONS: Mapping[str, _Correct] = MappingProxyType(
    {
        "AdditiveAttention": _attention,
        "Attention": _attention,
        "BatchNormalization": _batch_normalization,
        "CategoryEncoding": _category_encoding,
        "Hashing": _hashing,
        "IntegerLookup": _lookup,
        "LeakyReLU": _rectified,
        "MeanMetricWrapper": _mean_wrapper,
        "MultiHeadAttention": _multi_head,
        "ReLU": _rectified,
        "StringLookup": _lookup,
        "TextVectorization": _lookup,
        "VarianceScaling": _variance_scaling,
    }
)
