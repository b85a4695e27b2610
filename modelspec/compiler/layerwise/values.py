"""What is known of layers, and what it comes to of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from modelspec.frozen import dataclass

Json: TypeAlias = Any
Shape: TypeAlias = tuple[int | None, ...]
Row: TypeAlias = tuple[str, str, tuple[int, ...], str]
"""A variable: the graph path of its layer, its address below it, its shape and its dtype."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What Keras knows of a tensor before it has values: the shape, with the batch, and the dtype."""

    shape: Shape
    dtype: str


@dataclass(frozen=True, slots=True)
class Said:
    """What an architecture says of a layer, its name and what it reads left out.

    Args:
        arguments: that Keras does not fill in by itself.
        dtype: its policy.
        call: the arguments of the call that are no tensors.
    """

    arguments: Mapping[str, Json]
    dtype: Json
    call: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A layer that was called once, on tensors with given specs; all of it but names.

    Args:
        output: the one tensor that it gives.
        index: how an architecture refers to that tensor.
        cls: the full public name of its class.
        said: as it is.
        levelled: the same with whole numbers as integers.
        level: whether that is the same.
        tensors: what the call reads by the name of the argument, each tensor as its number.
        variables: those of its datasets, each with its address below the layer, its shape and its dtype.
    """

    output: Spec
    index: tuple[int | str, ...]
    cls: str
    said: Said
    levelled: Said
    level: bool
    trainable: bool
    tensors: Mapping[str, Json]
    variables: tuple[tuple[str, tuple[int, ...], str], ...]
    params: int
    trainable_params: int


@dataclass(frozen=True, slots=True)
class KnownInput:
    """What an architecture says of an input; `levelled` as in `KnownCall`."""

    said: Mapping[str, Json]
    levelled: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class KnownOptimizer:
    """An optimizer without anything to train.

    Args:
        own: the names of its own variables, sorted, but for the learning rate, which a schedule has none of.
        memory: bytes of those.
    """

    own: tuple[str, ...]
    memory: int


@dataclass(frozen=True, slots=True)
class Trained:
    """What layers are trained with.

    Args:
        key: of what is known of the optimizer.
        compile: the compile config, without the learning rate.
        optimizer: what is known of it.
    """

    key: str
    compile: Mapping[str, Json]
    optimizer: KnownOptimizer


@dataclass(frozen=True, slots=True)
class KnownSlots:
    """What an optimizer keeps for the variables of one layer, in bytes."""

    memory: int


@dataclass(frozen=True, slots=True)
class KnownCompile:
    """What a model with given outputs is compiled with.

    Args:
        hash: of that, with whole numbers as integers.
        memory: bytes of the optimizer's own variables.
    """

    hash: str | None
    memory: int


Known = KnownCall | KnownInput | KnownOptimizer | KnownSlots | KnownCompile


@dataclass(frozen=True, slots=True)
class Told:
    """A model without values, as numbers and hashes.

    Args:
        memory: bytes of its variables, those of the optimizer among them.
        output_shape: JSON structure of the outputs' shapes, with the batch.
        exact: the hash of the architecture, names and all.
        levelled: the same without the model's own name, and with whole numbers as integers.
        compile: the hash of what it is compiled with, with whole numbers as integers.
        variables: the hash of the table of its variables but for the optimizer's.
    """

    params: int
    trainable_params: int
    layers: int
    memory: int
    output_shape: Json
    exact: str
    levelled: str
    compile: str | None
    variables: str
