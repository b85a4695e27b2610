"""How large an object of a serialization dict is at the least, from its arguments alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from types import MappingProxyType
from typing import Literal

from modelspec.catalog.own import is_of_keras
from modelspec.frozen import dataclass

Of = Literal["parameters", "work", "output"]

MOST_WORK = 1 << 27
"""Numbers that Keras makes at once, in memory, while an object is made."""

MOST_OUTPUT = 1 << 29
"""Numbers in one sample of what a layer gives: two gigabytes of float32."""


@dataclass(frozen=True, slots=True)
class Size:
    """A lower bound of what an object takes.

    Args:
        of: the parameters of a layer, numbers made while an object is made, or numbers in one sample.
        amount: how many.
        arguments: those that say so.
    """

    of: Of
    amount: int
    arguments: tuple[str, ...]


def _each(names: str, *arguments: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(names.split(), arguments)


# The arguments whose product is a lower bound; a list counts as the product of its elements.
_PARAMETERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    _each("Dense", "units")
    | _each("Embedding ReversibleEmbedding", "input_dim", "output_dim")
    | _each("Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose", "filters", "kernel_size")
    | _each("SeparableConv1D SeparableConv2D", "filters")
    | _each("DepthwiseConv1D DepthwiseConv2D", "kernel_size", "depth_multiplier")
    | _each("LSTM GRU SimpleRNN LSTMCell GRUCell SimpleRNNCell", "units", "units")
    | _each("ConvLSTM1D ConvLSTM2D ConvLSTM3D", "filters", "filters", "kernel_size")
    | _each("MultiHeadAttention", "num_heads", "key_dim")
    | _each("GroupQueryAttention", "num_query_heads", "head_dim")
    | _each("LayerScale", "projection_dim")
)
_WORK: Mapping[str, tuple[str, ...]] = MappingProxyType(
    _each(
        "AUC PrecisionAtRecall RecallAtPrecision SensitivityAtSpecificity SpecificityAtSensitivity",
        "num_thresholds",
    )
    | _each("IoU MeanIoU OneHotIoU OneHotMeanIoU", "num_classes", "num_classes")
    | _each("MelSpectrogram", "fft_length", "num_mel_bins")
    | _each("STFTSpectrogram", "frame_length", "fft_length")
    | _each("STFT", "frame_length")
    | _each("TextVectorization", "ngrams")
    | _each("RandAugment", "num_ops")
    | _each("AugMix", "num_chains", "chain_depth")
    | _each("RandomGaussianBlur", "kernel_size")
)
_OUTPUT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    _each("Reshape", "target_shape")
    | _each("RepeatVector", "n")
    | _each("UpSampling1D UpSampling2D UpSampling3D", "size")
    | _each("CategoryEncoding", "num_tokens")
    | _each("Resizing", "height", "width")
)
_TABLES: tuple[tuple[Of, Mapping[str, tuple[str, ...]]], ...] = (
    ("parameters", _PARAMETERS),
    ("work", _WORK),
    ("output", _OUTPUT),
)


def sizes_of(name: str, config: Mapping[str, object]) -> Iterator[Size]:
    """What an object of Keras takes at the least.

    Args:
        name: the class's short name.
        config: its arguments.
    """
    for of, table in _TABLES:
        arguments = table.get(name, ())
        amount = prod(_amount(config.get(argument)) for argument in arguments)
        if arguments and amount > 1:
            yield Size(of, amount, tuple(dict.fromkeys(arguments)))


def parameters_of(tree: object) -> int:
    """How many parameters the objects of Keras in a serialization tree have at the least."""
    total = 0
    stack = [tree]
    while stack:
        match stack.pop():
            case {"class_name": str(name), "config": dict() as config, "module": str(module)} if is_of_keras(
                module
            ):
                total += sum(size.amount for size in sizes_of(name, config) if size.of == "parameters")
                stack.extend(config.values())
            case dict() as mapping:
                stack.extend(mapping.values())
            case list() as items:
                stack.extend(items)
    return total


def _amount(value: object) -> int:
    """A size as written; 1 where there is none: null, -1 for `what is left`, a wrong kind."""
    match value:
        case bool():
            return 1
        case int() if value > 1:
            return value
        case list() | tuple():
            return prod(_amount(item) for item in value)
        case _:
            return 1
