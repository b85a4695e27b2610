"""The graph: layers, the calls that wire them, and the tensors between; no scope and no name left open."""

from __future__ import annotations

from typing import Literal

from modelspec.diagnostics import Place
from modelspec.frozen import dataclass
from modelspec.language.closed import ClosedSpec, Input
from modelspec.language.values import Field, KerasDict, Object, Origin, Plain, Value


@dataclass(frozen=True, slots=True)
class Tensor:
    """What one call gives, or a part of it.

    Args:
        call: the path of a call, or the name of an input of this graph.
        index: steps into the structure of its outputs (`lstm.1`, `heads.stars`).
    """

    call: str
    index: tuple[int | str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class ConstantTensor:
    """A constant among the tensors of an operation."""

    value: Value
    origin: Origin


@dataclass(frozen=True, slots=True)
class TensorList:
    """A list of tensors, passed as one argument."""

    items: tuple[TensorStructure, ...]


@dataclass(frozen=True, slots=True)
class TensorMap:
    """A mapping of tensors, passed as one argument."""

    items: tuple[tuple[str, TensorStructure], ...]


TensorStructure = Tensor | ConstantTensor | TensorList | TensorMap


@dataclass(frozen=True, slots=True)
class MadeLayer:
    """A layer of a class, or of a Keras dict, that this graph makes."""

    object: Object | KerasDict


@dataclass(frozen=True, slots=True)
class OpLayer:
    """An operation of `keras.ops` with the arguments that are no tensors."""

    op: str
    args: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class SliceLayer:
    """A slice `x[:, 0]`: Keras' `GetItem` with this key."""

    key: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class SubModel:
    """A nested model, by its key among the models of the whole graph."""

    key: str


LayerKind = MadeLayer | OpLayer | SliceLayer | SubModel


@dataclass(frozen=True, slots=True)
class Layer:
    """Something with a name in the Keras model: a layer, an operation, a nested model.

    Args:
        path: its graph path, unique in its graph (`s2/residual_1/main/conv2d`).
        name: its Keras name, unique in its graph.
        named: whether the name was written (else it is automatic).
        trainable: as written on it or on a block around it; `None` where nothing says.
        dtype: likewise.
    """

    path: str
    name: str
    kind: LayerKind
    origin: Origin
    named: bool = False
    trainable: Plain | None = None
    dtype: Value | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One application of a layer to tensors.

    Args:
        path: unique in its graph; the layer's own path at its first call.
        layer: the path of the layer.
        inputs: given by position (one structure), or by argument name.
        kwargs: call arguments that are no tensors, and single tensors among them.
        copy: which copy of a repeated item this is, from 0.
    """

    path: str
    layer: str
    inputs: TensorStructure | tuple[tuple[str, TensorStructure], ...]
    origin: Origin
    kwargs: tuple[tuple[str, Value | Tensor, Place], ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """The graph of one model.

    Args:
        key: the key under `models`; empty for the document itself.
        name: the name of the Keras model.
        cls: `Functional`, `Sequential` or a registered class with arguments.
        inputs: in document order.
        inputs_as: how the model takes them; a bare `Tensor` for one input, a `TensorList` for several.
        layers: in the order of first call.
        calls: in an order in which each reads only what stands before it.
        outputs: the model's outputs.
        output_names: each name that `outputs` writes and the name Keras knows that output by
            (the mapping's key, or the name of the layer that gives it).
    """

    key: str
    name: str
    cls: Literal["Functional", "Sequential"] | Object
    inputs: tuple[Input, ...]
    inputs_as: TensorStructure
    layers: tuple[Layer, ...]
    calls: tuple[Call, ...]
    outputs: TensorStructure
    origin: Origin
    output_names: tuple[tuple[str, str], ...] = ()
    dtype: Value | None = None
    trainable: Plain | None = None


@dataclass(frozen=True, slots=True)
class WholeModel:
    """A model that is one object (`model:`), or a `.keras` archive nested as it is.

    Args:
        trainable: as written where it is nested; `None` where nothing says.
    """

    key: str
    name: str | None
    origin: Origin
    inputs: tuple[Input, ...] = ()
    inputs_as: TensorStructure | None = None
    object: Object | KerasDict | None = None
    archive: str | None = None
    dtype: Value | None = None
    trainable: Plain | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A document's graph, the graphs of the models nested in it, and what else the document says.

    Args:
        spec: the closed spec all this came from.
        main: the document's own model.
        models: nested models, each after those it uses.
        nested: the programs of `file:` documents among them, by key.
    """

    spec: ClosedSpec
    main: Graph | WholeModel
    models: tuple[Graph | WholeModel, ...]
    nested: tuple[tuple[str, Program], ...] = ()
