"""What comes out of Keras: the canonical dict and the walk over the variables, as data without Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


OPTIMIZER = "optimizer"
"""The group of the optimizer's variables in the HDF5 file, and the owner of each."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group `vars` of the HDF5 file.

    Args:
        address: its path in the file (`layers/dense_1/vars`).
        name: the attribute `name` that Keras gives it; `None` for none.
    """

    address: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Variable:
    """A dataset of the HDF5 file.

    Args:
        address: its path in the file (`layers/dense_1/vars/0`).
        owner: the graph path of the layer it belongs to; `optimizer` for the optimizer's own.
        below: its address below that layer (`vars/0`, `_query_dense/vars/0`).
        name: the variable's name in Keras (`kernel`).
        shape: sizes.
        dtype: as Keras names it (`float32`, `bfloat16`).
        trainable: whether it counts as trainable in the model as it is (frozen layers count as not).
        initializer: the serialization dict of the built-in initializer it is drawn by; `None` where there is
            a `value` or a `source`.
        source: the path of a nested `.keras` archive and the variable's address there, where its value is.
        value: a value that is kept as it is (made from an array, assigned in `build`).
        rank: its position among the model's own `weights` in Keras; `None` for what is not among them.
    """

    address: str
    owner: str
    below: str
    name: str
    shape: tuple[int, ...]
    dtype: str
    trainable: bool
    initializer: dict[str, object] | None
    source: tuple[str, str] | None = None
    value: np.ndarray | None = None
    rank: int | None = None

    @property
    def group(self) -> str:
        """The group it lies in."""
        return self.address.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Quantized:
    """A layer that is quantized once its values are there.

    Args:
        address: its group in the HDF5 file (`layers/dense/vars`), the same before and after.
        layer: the serialization dict of the layer that is not quantized, enough to make it again for this.
        mode: as `Layer.quantize` takes it; `None` where the config says it.
        config: the serialization dict of its quantization config; `None` for the default of the mode.
        stored: its datasets in the archive, in Keras' order, none of which says where its value comes from.
    """

    address: str
    layer: dict[str, object]
    mode: str | None
    config: dict[str, object] | None
    stored: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One call of the finished model, for tables.

    Args:
        model: the path of the model it stands in: its key, below that of the document that nests it; empty
            for the main one.
        path: the call's graph path.
        layer: the layer's graph path; differs from `path` at a second call.
        class_name: the class in Keras (`Conv2D`), the operation's class for ops.
        kind: `input`, `layer`, `op` or `model`.
        output_shape: JSON structure of shapes with the batch, `None` for open dimensions.
        dtype: JSON structure of the outputs' dtypes.
        params: parameters of the layer (0 at a second call).
        trainable_params: those that train.
        reads: the paths it reads, in order.
        line: where it is written, `file:line`.
    """

    model: str
    path: str
    layer: str
    class_name: str
    kind: str
    output_shape: object
    dtype: object
    params: int
    trainable_params: int
    reads: tuple[str, ...]
    line: str


@dataclass(frozen=True, slots=True)
class CallShapes:
    """What the calls of one operation give.

    Args:
        path: the Keras names that lead to it, those of the models around it first.
        calls: for each call, a JSON structure of shapes with the batch, `None` for open sizes.
    """

    path: tuple[str, ...]
    calls: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """A model without values.

    Args:
        config: the canonical serialization dict of the model, compile config included.
        groups: the HDF5 groups in Keras' order.
        variables: what has values, in Keras' order, the optimizer's included: the datasets, but of layers
            that are quantized what they have before.
        rows: the calls of the main model and of each nested one.
        output_shape: JSON structure of the model's outputs, with the batch.
        params: as `count_params()`.
        trainable_params: those of `trainable_weights`.
        layers: how many layers: inputs, ops and models not counted, the layers of nested models counted.
        assets: members below `assets/` that layers save, by path.
        keras_version: of the Keras that made it.
        depth: the longest chain of calls; Keras loads about 900 at most.
        quantized: the layers that are quantized once their values are there.
        shapes: of every call, those of nested models too; of models that Keras does not wire, none.
        adapters: the `alpha` of each layer with LoRA, in Keras' order; `None` where its Keras has none.
        tied: the paths of the calls that cannot be known by themselves: what they give goes with a mask, or
            their layer was built with its values.
    """

    config: dict[str, object]
    groups: tuple[Group, ...]
    variables: tuple[Variable, ...]
    rows: tuple[LayerRow, ...]
    output_shape: object
    params: int
    trainable_params: int
    layers: int
    keras_version: str
    depth: int
    assets: tuple[tuple[str, bytes], ...] = ()
    quantized: tuple[Quantized, ...] = ()
    adapters: tuple[float | None, ...] = ()
    shapes: tuple[CallShapes, ...] = ()
    tied: tuple[str, ...] = ()

    @property
    def datasets(self) -> tuple[Variable, ...]:
        """The datasets of the archive in Keras' order."""
        after = {layer.address: layer.stored for layer in self.quantized}
        found: list[Variable] = []
        for variable in self.variables:
            stored = after.get(variable.group)
            if stored is None:
                found.append(variable)
            elif not found or found[-1].group != variable.group:
                found.extend(stored)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class ArchivedModel:
    """A `.keras` archive that is nested as it is.

    Args:
        config: its `config.json`, read. Its variables come into the table with the archive as their source.
        with_optimizer: whether what it was compiled with counts, too; nested, only the model does.
    """

    config: dict[str, object]
    with_optimizer: bool = False
