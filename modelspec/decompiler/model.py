"""A model as its config has it: layers, their calls, and the tensors between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Tensor:
    """What the `call`-th call of a layer gives, number `index` of its outputs.

    Args:
        shape: as recorded, with the batch; `None` where it is not.
    """

    layer: str
    call: int
    index: int
    shape: tuple[object, ...] | None = None


Structure: TypeAlias = object
"""Tensors in lists and mappings, among other JSON values."""


@dataclass(frozen=True, slots=True)
class Call:
    """One application of a layer, as Keras recorded it."""

    args: tuple[Structure, ...]
    kwargs: Mapping[str, Structure]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer, operation or nested model with its calls.

    Args:
        data: its serialization dict.
        model: of a nested model that a document can spell, its graph.
    """

    name: str
    data: Mapping[str, object]
    calls: tuple[Call, ...]
    model: Model | None = None

    @property
    def class_name(self) -> str:
        """The class it is of."""
        return str(self.data.get("class_name"))

    @property
    def config(self) -> Mapping[str, object]:
        """Its arguments."""
        found = self.data.get("config")
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is a graph.

    Args:
        kind: a registered class is one that derives from Keras' functional model.
        layers: by name, inputs left out.
        inputs: the config of each input layer by name, in the order in which the model takes them.
        inputs_as, outputs: as structures of tensors.
        arguments: of a registered class, what its config holds besides the graph.
        several: the calls, as layer and number, of which another output than the first is read.
    """

    name: str
    kind: Literal["Functional", "Sequential", "registered"]
    data: Mapping[str, object]
    layers: Mapping[str, Layer]
    inputs: Mapping[str, Mapping[str, object]]
    inputs_as: Structure
    outputs: Structure
    arguments: Mapping[str, object]
    several: frozenset[tuple[str, int]] = frozenset()


def is_frozen(model: Model, path: Sequence[str]) -> bool:
    """Whether a document freezes a model with all its layers at once, on its entry under `models`.

    Keras writes the flag into every layer, and sets it on every layer when the model is loaded.

    Args:
        path: of the model; empty for the document's own, which has no entry.
    """
    config = model.data.get("config")
    return len(path) > 0 and isinstance(config, dict) and config.get("trainable", True) is False


def tensors_in(structure: Structure) -> tuple[Tensor, ...]:
    """The tensors of a structure, in its order."""
    match structure:
        case Tensor():
            return (structure,)
        case dict():
            return tuple(found for item in structure.values() for found in tensors_in(item))
        case list() | tuple():
            return tuple(found for item in structure for found in tensors_in(item))
        case _:
            return ()


def by_input(inputs_as: Structure, names: Sequence[str], given: Structure) -> dict[str, object] | None:
    """What each input of a nested model is given; `None` where the two structures do not fit.

    Args:
        inputs_as: of the model: its leaves are tensors that are named as inputs.
        names: the inputs in order, which a list fills.
        given: what the model is called with.
    """
    paired = _paired(inputs_as, given)
    if paired is not None:
        return dict(paired)
    if isinstance(given, list | tuple) and len(given) == len(names):
        return dict(zip(names, given, strict=True))
    return {names[0]: given} if len(names) == 1 else None


def _paired(inputs_as: Structure, given: Structure) -> list[tuple[str, object]] | None:
    match inputs_as, given:
        case Tensor(layer=name), _ if not isinstance(given, list | dict):
            return [(name, given)]
        case dict(), dict() if inputs_as.keys() == given.keys():
            found = [_paired(inputs_as[key], given[key]) for key in inputs_as]
        case list(), list() if len(inputs_as) == len(given):
            found = [_paired(one, two) for one, two in zip(inputs_as, given, strict=True)]
        case _:
            return None
    if any(item is None for item in found):
        return None
    return [pair for item in found if item is not None for pair in item]


def reads(call: Call) -> tuple[Tensor, ...]:
    """Every tensor that a call is given, in the order of its arguments."""
    return (*tensors_in(call.args), *tensors_in(dict(call.kwargs)))
