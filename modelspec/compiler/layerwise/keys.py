"""What makes two layers one and the same to Keras: the key under which is kept what was found of one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from modelspec.catalog.resolved import KerasObject
from modelspec.compiler.layerwise.values import Spec
from modelspec.compiler.values import Checked
from modelspec.frozen import dataclass
from modelspec.graph.model import Call, ConstantTensor, Layer, Tensor, TensorList, TensorMap, TensorStructure

Json = Any


@dataclass(frozen=True, slots=True)
class Asked:
    """A layer and its one call.

    Args:
        key: of what is found of it.
        given: the tensors that the call reads, in the order in which they stand there.
    """

    key: str
    layer: Layer
    call: Call
    given: tuple[Spec, ...]


def key_of(*content: Json) -> str:
    """A key for JSON data that tells `1`, `1.0` and `true` apart, and the order of mappings."""
    text = json.dumps(content, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def settings_of(checked: Checked) -> Json:
    """What is in force for every layer of the document."""
    resolved = checked.resolved
    return [resolved.model_dtypes.get(resolved.program.main.key), checked.spec.data_format]


def call_key(
    layer: Layer, call: Call, given: tuple[Spec, ...], checked: Checked, made: KerasObject, settings: Json
) -> str:
    """The key of a layer that is called on given tensors.

    Args:
        made: what the layer is made of.
        settings: see `settings_of`.
    """
    resolved, selected = checked.resolved, checked.selected
    said = layer.trainable
    return key_of(
        "call",
        settings,
        made.data,
        [layer.path in selected.frozen, layer.path in selected.inference],
        None if said is None else said.value,
        resolved.dtypes.get("", {}).get(layer.path),
        resolved.calls.get("", {}).get(call.path),
        _shape_of(call),
        [[spec.shape, spec.dtype] for spec in given],
    )


def references_in(call: Call) -> Iterator[Tensor | ConstantTensor]:
    """What a call reads, in the order in which it stands there."""
    if isinstance(call.inputs, tuple):
        for _, structure in call.inputs:
            yield from _leaves(structure)
    else:
        yield from _leaves(call.inputs)
    for _, value, _ in call.kwargs:
        if isinstance(value, Tensor):
            yield value


def _leaves(structure: TensorStructure) -> Iterator[Tensor | ConstantTensor]:
    match structure:
        case TensorList(items=items):
            for item in items:
                yield from _leaves(item)
        case TensorMap(items=entries):
            for _, item in entries:
                yield from _leaves(item)
        case leaf:
            yield leaf


def _shape_of(call: Call) -> Json:
    """How the tensors of a call are given, whatever they are."""
    inputs = call.inputs
    given = (
        [[name, _structure(item)] for name, item in inputs]
        if isinstance(inputs, tuple)
        else _structure(inputs)
    )
    return [given, [name for name, value, _ in call.kwargs if isinstance(value, Tensor)]]


def _structure(structure: TensorStructure) -> Json:
    match structure:
        case TensorList(items=items):
            return [_structure(item) for item in items]
        case TensorMap(items=entries):
            return {name: _structure(item) for name, item in entries}
        case _:
            return 0


def with_references(call: Call, path: str, names: Mapping[int, str]) -> Call:
    """A call under another path that reads, as its n-th tensor, the input that is named so.

    Args:
        names: by the number of the tensor.
    """
    numbers = iter(range(len(names)))

    def named(leaf: Tensor | ConstantTensor) -> Tensor:
        return Tensor(names[next(numbers)], (), leaf.origin)

    def renamed(structure: TensorStructure) -> TensorStructure:
        match structure:
            case TensorList(items=items):
                return TensorList(tuple(map(renamed, items)))
            case TensorMap(items=entries):
                return TensorMap(tuple((name, renamed(item)) for name, item in entries))
            case leaf:
                return named(leaf)

    inputs = call.inputs
    given = (
        tuple((name, renamed(item)) for name, item in inputs)
        if isinstance(inputs, tuple)
        else renamed(inputs)
    )
    kwargs = tuple(
        (name, named(value) if isinstance(value, Tensor) else value, place)
        for name, value, place in call.kwargs
    )
    return Call(path, path, given, call.origin, kwargs)
