"""What a model of the past is read as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from modelspec.frozen import dataclass

Json = Any

PLACEHOLDER = "placeholder"
"""The package of the names under which placeholders stand: `placeholder>NAME`."""

Container = Literal["hdf5", "keras", "json", "tfjs"]
"""Where the config lay: a whole model in HDF5, a `.keras` archive, JSON, a `model.json` of TensorFlow.js."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What was read.

    Args:
        container: see there.
        keras_version: that wrote it, as the file says; `None` where it does not.
        backend: likewise.
        config: the serialization dict of the model as it stood there.
        training: what it says of compiling, as it stood there; `None` where there is nothing.
    """

    container: Container
    keras_version: str | None
    backend: str | None
    config: Mapping[str, Json]
    training: Mapping[str, Json] | None


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A class or function that stands for what cannot be carried over, and that somebody has to write.

    Args:
        name: under which it has to be registered, `placeholder>NAME`.
        kind: what it is.
        layer: the first that is of it, or that uses it; empty for what belongs to the training.
        why: a clause that says what stood there.
        reads: the layers that it reads, in order.
        read_by: those that read it; the model's own outputs are `(output)`.
        config: what stood there.
    """

    name: str
    kind: Literal["layer", "function", "object"]
    layer: str
    why: str
    reads: tuple[str, ...]
    read_by: tuple[str, ...]
    config: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Past:
    """A model of Keras 2, said in the words of Keras 3.

    Args:
        config: the serialization dict of the model, as Keras 3 reads it.
        notes: what was changed that a reader must know, a sentence each.
        placeholders: by name, in the order in which they were met.
        names: what layers were called whose name no document can write, by their paths now (`inner/conv`).
    """

    config: dict[str, Json]
    origin: Origin
    notes: tuple[str, ...]
    placeholders: tuple[Placeholder, ...]
    names: Mapping[str, str]
