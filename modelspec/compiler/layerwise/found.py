"""What Keras told of layers that were made side by side, as what is known of each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modelspec.architecture.model import Architecture, Node, Tensor
from modelspec.catalog.resolved import KerasObject
from modelspec.compiler.layerwise.keys import Asked
from modelspec.compiler.layerwise.levels import same
from modelspec.compiler.layerwise.values import KnownCall, KnownInput, KnownSlots, Said, Spec, Trained
from modelspec.compiler.values import Checked
from modelspec.frozen import dataclass
from modelspec.link.linked import OPTIMIZER
from modelspec.weights.table import ITEM_SIZES

if TYPE_CHECKING:
    from modelspec.link.linked import LayerRow, Linked, Variable

Json = Any


@dataclass(frozen=True, slots=True)
class Found:
    """What Keras told of a layer.

    Args:
        inputs: of the tensors that it was given.
        slots: what the optimizer keeps for it; `None` where that cannot be told.
    """

    call: KnownCall
    inputs: tuple[tuple[Spec, KnownInput], ...]
    slots: KnownSlots | None


@dataclass(frozen=True, slots=True)
class LinkedLayers:
    """The layers as one model, with its architecture as it is and levelled."""

    linked: Linked
    architecture: Architecture
    levelled: Architecture


def is_nothing_else(linked: LinkedLayers, asked: Sequence[Asked], checked: Checked) -> bool:
    """Whether each layer gives one tensor, nothing came with it that nobody asked for, and what is found
    does not depend on where the layer stands.
    """
    nodes = {node.name: node for node in linked.architecture.graph.nodes}
    rows = {row.path: row for row in linked.linked.rows}
    made = checked.resolved.layers[""]
    if linked.linked.tied or linked.linked.assets:
        return False
    if len(nodes) != sum(1 + len(one.given) for one in asked):
        return False
    # A frozen layer may hold others that train; whose they are is told of a layer by itself.
    training = sum(row.trainable_params for row in rows.values())
    if len(asked) > 1 and training != linked.linked.trainable_params:
        return False
    for number, one in enumerate(asked):
        of = made[one.layer.path]
        assert isinstance(of, KerasObject)
        node = nodes[name_of(number)]
        # A seed that is not given is drawn by the layer's path (`RandomCrop`).
        if not _is_shape(rows[name_of(number)].output_shape) or not _seeds(node.arguments) <= _seeds(of.data):
            return False
    return True


def _seeds(value: Json) -> set[Json]:
    """The seeds anywhere in a value."""
    match value:
        case dict():
            own = {value["seed"]} if isinstance(value.get("seed"), int) else set()
            return own.union(*map(_seeds, value.values()))
        case list():
            return set().union(*map(_seeds, value))
        case _:
            return set()


def found_of(
    linked: LinkedLayers, number: int, one: Asked, slots: KnownSlots | None, *, several: bool = False
) -> Found:
    """What was told of one of the layers.

    Args:
        number: which.
        several: whether it was made beside others.
    """
    name = name_of(number)
    row = next(row for row in linked.linked.rows if row.path == name)
    ends = linked.architecture.graph.outputs
    end = ends[number] if isinstance(ends, list) else ends
    assert isinstance(end, Tensor)
    nodes = {node.name: node for node in linked.architecture.graph.nodes}
    levels = {node.name: node for node in linked.levelled.graph.nodes}
    numbers = {input_name(number, place): place for place in range(len(one.given))}
    (call,) = nodes[name].calls
    variables = [variable for variable in linked.linked.datasets if variable.owner == name]
    said, level = _said(nodes[name]), _said(levels[name])
    known = KnownCall(
        output=_spec(row),
        index=end.index,
        cls=nodes[name].cls,
        said=said,
        levelled=level,
        level=all(same(getattr(said, one), getattr(level, one)) for one in ("arguments", "dtype", "call")),
        trainable=nodes[name].trainable,
        tensors={key: _numbered(value, numbers) for key, value in call.tensors.items()},
        variables=tuple((one.below, one.shape, one.dtype) for one in variables),
        params=row.params,
        trainable_params=row.trainable_params if several else linked.linked.trainable_params,
    )
    inputs = tuple(
        (spec, KnownInput(nodes[entry].arguments, levels[entry].arguments))
        for spec, entry in zip(one.given, numbers, strict=True)
    )
    return Found(known, inputs, slots)


def slots_of(linked: Linked, layers: int, trained: Trained | None) -> list[KnownSlots] | None:
    """What the optimizer keeps for each of some layers; `None` where that cannot be told.

    Keras names what is kept for a variable after it, and a variable mostly after its layer.
    """
    if trained is None:
        return [KnownSlots(0)] * layers
    kept = kept_by(linked)
    of_layers = [[one for one in kept if _is_of(one.name, name_of(number))] for number in range(layers)]
    rest = Counter(one.name for one in kept) - Counter(trained.optimizer.own)
    if sum(map(len, of_layers)) == rest.total():
        return [KnownSlots(bytes_in(found)) for found in of_layers]
    if layers == 1 and len(kept) - rest.total() == len(trained.optimizer.own):
        return [KnownSlots(bytes_in(kept) - trained.optimizer.memory)]
    return None


def kept_by(linked: Linked) -> list[Variable]:
    """The variables of the optimizer but for the learning rate."""
    return [one for one in linked.datasets if one.owner == OPTIMIZER and one.name != "learning_rate"]


def _is_of(slot: str, layer: str) -> bool:
    """Whether a variable of an optimizer is named for one of a layer."""
    return slot.startswith(f"{layer}_")


def name_of(number: int) -> str:
    """What a layer is called while it is made beside others, by its number."""
    return f"layer{number}"


def input_name(number: int, place: int) -> str:
    """The same of what it is given: the input that is the tensor at a place."""
    return f"given{number}_{place}"


def _spec(row: LayerRow) -> Spec:
    assert isinstance(row.output_shape, list)
    return Spec(tuple(row.output_shape), str(row.dtype))


def _is_shape(value: object) -> bool:
    return isinstance(value, list) and all(size is None or isinstance(size, int) for size in value)


def _said(node: Node) -> Said:
    (call,) = node.calls
    return Said(node.arguments, node.dtype, call.arguments)


def _numbered(structure: object, numbers: Mapping[str, int]) -> Json:
    """A structure of tensors with the number of each."""
    match structure:
        case Tensor(node=node):
            return numbers[node]
        case dict():
            return {key: _numbered(item, numbers) for key, item in structure.items()}
        case list():
            return [_numbered(item, numbers) for item in structure]
        case _:
            raise TypeError(f"no tensor: {type(structure).__name__}")


def bytes_in(variables: Iterable[Variable]) -> int:
    """What variables take."""
    return sum(math.prod(one.shape) * ITEM_SIZES.get(one.dtype, 0) for one in variables)
