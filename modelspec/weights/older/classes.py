"""What variables the classes of Keras 2 have, in its order, and the layers that they hold.

Both Kerases number a layer's own variables alike: those that are trained, then the others, each in the order
in which `build` makes them. So a row says for both which there are, and how a file of Keras 2 calls them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from modelspec.frozen import dataclass

Config = Mapping[str, Any]
"""The arguments of a layer."""

Item = Mapping[str, Any]
"""A layer as a config has it: `class_name` and `config`."""


def _always(config: Config) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Own:
    """A variable of a layer.

    Args:
        name: Keras 2's, which ends the names of stored values.
        fixed: whether it is never trained.
        when: whether a layer with these arguments has it.
        of: the attribute that holds the layer whose first variable it is, too; Keras 3 stores it twice.
        key: what Keras 3 calls it in the file, where that is no number.
        again: the group below the layer's in which Keras 3 stores it once more.
    """

    name: str
    fixed: bool = False
    when: Callable[[Config], bool] = _always
    of: str = ""
    key: str = ""
    again: str = ""


Parts = Callable[[Config], Sequence[tuple[str, Item]]]
"""The layers that one with these arguments holds, each with the attribute of Keras 3, in Keras 2's order."""


def _said(argument: str, *, default: bool) -> Callable[[Config], bool]:
    """Whether an argument is true; older releases do not write all that newer ones do."""
    return lambda config: bool(config.get(argument, default))


_BIAS = Own("bias", when=_said("use_bias", default=True))
_KERNEL = (Own("kernel"), _BIAS)
_SEPARABLE = (Own("depthwise_kernel"), Own("pointwise_kernel"), _BIAS)
_DEPTHWISE = (Own("depthwise_kernel"), _BIAS)
_CELL = (Own("kernel"), Own("recurrent_kernel"), _BIAS)
_CENTERED = (
    Own("gamma", when=_said("scale", default=True)),
    Own("beta", when=_said("center", default=True)),
)
_MOVING = (*_CENTERED, Own("moving_mean", fixed=True), Own("moving_variance", fixed=True))


def _adapted(config: Config) -> bool:
    """Whether statistics are learnt from data, not given."""
    return config.get("mean") is None


def _weighed(config: Config) -> bool:
    """Whether the entries of a vocabulary have weights."""
    return config.get("output_mode") in ("tf_idf", "tf-idf")


# A variable that Keras 2 gives no name of its own.
_UNNAMED = "Variable"
_LOOKUP = (Own(_UNNAMED, fixed=True, when=_weighed, key="idf_weights"),)

OWN: Mapping[str, tuple[Own, ...]] = MappingProxyType(
    {
        "Dense": _KERNEL,
        "EinsumDense": (
            Own("kernel"),
            Own("bias", when=lambda config: config.get("bias_axes") is not None),
        ),
        "Conv1D": _KERNEL,
        "Conv2D": _KERNEL,
        "Conv3D": _KERNEL,
        "Conv1DTranspose": _KERNEL,
        "Conv2DTranspose": _KERNEL,
        "Conv3DTranspose": _KERNEL,
        "SeparableConv1D": _SEPARABLE,
        "SeparableConv2D": _SEPARABLE,
        "DepthwiseConv1D": _DEPTHWISE,
        "DepthwiseConv2D": _DEPTHWISE,
        "Embedding": (Own("embeddings"),),
        "PReLU": (Own("alpha"),),
        "BatchNormalization": _MOVING,
        "LayerNormalization": _CENTERED,
        "GroupNormalization": _CENTERED,
        "Normalization": (
            Own("mean", fixed=True, when=_adapted),
            Own("variance", fixed=True, when=_adapted),
            Own("count", fixed=True, when=_adapted),
        ),
        "IntegerLookup": _LOOKUP,
        "StringLookup": _LOOKUP,
        "TextVectorization": (
            Own(_UNNAMED, fixed=True, when=_weighed, key="idf_weights", again="_lookup_layer"),
        ),
        "SpectralNormalization": (Own("kernel", of="layer"), Own("vector_u", fixed=True)),
        "Attention": (
            Own("scale", when=_said("use_scale", default=False)),
            Own("concat_score_weight", when=lambda config: config.get("score_mode") == "concat"),
        ),
        "AdditiveAttention": (Own("scale", when=_said("use_scale", default=True)),),
        "SimpleRNNCell": _CELL,
        "GRUCell": _CELL,
        "LSTMCell": _CELL,
        "ConvLSTMCell": _CELL,
    }
)
"""By class; one that is in neither table has no variables, or nobody here knows them."""


def _cell(class_name: str) -> Parts:
    """A layer that hands its arguments to the cell that it makes."""
    return lambda config: (("cell", {"class_name": class_name, "config": config}),)


def _held(*arguments: tuple[str, str]) -> Parts:
    """Layers among the arguments: the attribute of each, and the argument; absent ones are left out."""
    return lambda config: tuple(
        (attribute, config[argument]) for attribute, argument in arguments if is_layer(config.get(argument))
    )


def _both_ways(config: Config) -> Sequence[tuple[str, Item]]:
    same = "layer" if config.get("backward_layer") is None else "backward_layer"
    return _held(("forward_layer", "layer"), ("backward_layer", same))(config)


def _projections(config: Config) -> Sequence[tuple[str, Item]]:
    axes = "bias" if config.get("use_bias", True) else None
    item = {"class_name": "EinsumDense", "config": {"bias_axes": axes}}
    return tuple((f"{which}_dense", item) for which in ("query", "key", "value", "output"))


PARTS: Mapping[str, Parts] = MappingProxyType(
    {
        "SimpleRNN": _cell("SimpleRNNCell"),
        "GRU": _cell("GRUCell"),
        "LSTM": _cell("LSTMCell"),
        "ConvLSTM1D": _cell("ConvLSTMCell"),
        "ConvLSTM2D": _cell("ConvLSTMCell"),
        "ConvLSTM3D": _cell("ConvLSTMCell"),
        "RNN": _held(("cell", "cell")),
        "Bidirectional": _both_ways,
        "TimeDistributed": _held(("layer", "layer")),
        "SpectralNormalization": _held(("layer", "layer")),
        "MultiHeadAttention": _projections,
    }
)
"""By class: of what has layers in it that stand in no list."""

LISTS: Mapping[str, str] = MappingProxyType(
    {"StackedRNNCells": "cells", "Functional": "layers", "Sequential": "layers"}
)
"""By class: the argument, and attribute, that lists the layers in it."""

_RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "Model": "Functional",
        "CuDNNLSTM": "LSTM",
        "CuDNNGRU": "GRU",
        "SyncBatchNormalization": "BatchNormalization",
        "BatchNormalizationBase": "BatchNormalization",
        "UnifiedLSTM": "LSTM",
        "UnifiedGRU": "GRU",
        "ThresholdedReLU": "ReLU",
        "AtrousConvolution1D": "Conv1D",
        "AtrousConvolution2D": "Conv2D",
        "Convolution1D": "Conv1D",
        "Convolution2D": "Conv2D",
        "Convolution3D": "Conv3D",
        "Convolution1DTranspose": "Conv1DTranspose",
        "Convolution2DTranspose": "Conv2DTranspose",
        "Convolution3DTranspose": "Conv3DTranspose",
        "Deconvolution2D": "Conv2DTranspose",
        "Deconvolution3D": "Conv3DTranspose",
        "SeparableConvolution1D": "SeparableConv1D",
        "SeparableConvolution2D": "SeparableConv2D",
    }
)
# What TensorFlow puts behind the name of a class that it has twice.
_VERSION = re.compile(r"(\w+?)(V1|V2|Legacy)")
# Calls of TensorFlow's functions, which Keras 2 counts among the layers and Keras 3 does not.
_CALLS = frozenset(
    {
        "TensorFlowOpLayer",
        "TFOpLambda",
        "SlicingOpLambda",
        "InstanceProperty",
        "InstanceMethod",
        "ClassMethod",
    }
)
_CALLS_MODULE = "keras.src.ops."


def class_of(item: Item) -> str:
    """The class that a layer has in Keras 3, by its name."""
    name = str(item["class_name"]).rpartition(">")[2]
    versioned = _VERSION.fullmatch(name)
    if versioned is not None and any(versioned[1] in table for table in (OWN, PARTS, LISTS)):
        return versioned[1]
    return _RENAMED.get(name, name)


def is_layer(value: object) -> bool:
    """Whether a value of a config describes an object with arguments."""
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("class_name"), str)
        and isinstance(value.get("config"), Mapping | list)
    )


def is_call(item: Item) -> bool:
    """Whether what stands among the layers is the call of a function."""
    return item["class_name"] in _CALLS or str(item.get("module")).startswith(_CALLS_MODULE)
