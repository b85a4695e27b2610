"""A model's serialization dict, taken apart into layers, calls and tensors.

Source of the format: `keras.src.models.functional`, `serialize_node` and `get_config`. References of a
functional config count the calls of a nested functional model from 1, those in a layer's arguments from 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

from modelspec.catalog.one_tensor import ONE_TENSOR
from modelspec.catalog.own import is_own
from modelspec.decompiler.model import Call, Layer, Model, Structure, Tensor, reads, tensors_in
from modelspec.decompiler.refusal import Undecompilable

Json = Any

_GRAPH = ("layers", "input_layers", "output_layers")
_FUNCTIONAL = frozenset({"Functional", "Model"})
_DEEPEST = 60


def is_graph(data: Json) -> bool:
    """Whether a serialization dict is a functional model, of Keras' class or one derived from it."""
    match data:
        case {"class_name": str(), "config": dict() as config}:
            return all(key in config for key in _GRAPH)
        case _:
            return False


def is_sequential(data: Json) -> bool:
    """Whether a serialization dict is a Sequential model that says what it reads."""
    match data:
        case {"class_name": "Sequential", "config": {"layers": [first, _, *_]}}:
            return _is_input(first) and data.get("registered_name") in (None, "", "Sequential")
        case _:
            return False


def read_model(data: Mapping[str, Json], *, depth: int = 0) -> Model | None:
    """The graph of a model; `None` for one that is none (a subclass, a Sequential that was never built).

    Raises:
        Undecompilable: the config contradicts itself.
    """
    if depth > _DEEPEST:
        raise Undecompilable(f"models are nested more than {_DEEPEST} deep")
    if is_graph(data):
        return _read_functional(data, depth)
    return _read_sequential(data, depth) if is_sequential(data) else None


def _read_functional(data: Mapping[str, Json], depth: int) -> Model:
    config = data["config"]
    found: dict[str, Layer] = {}
    inputs: dict[str, Mapping[str, Json]] = {}
    for entry in _entries(config["layers"]):
        name = entry.get("name")
        if not isinstance(name, str):
            raise Undecompilable("a layer has no name")
        if name in found or name in inputs:
            raise Undecompilable(f"two layers are named `{name}`")
        if _is_input(entry):
            inputs[name] = entry["config"]
            continue
        calls = tuple(_read_call(node, name) for node in _entries(entry.get("inbound_nodes"), what=name))
        found[name] = _layer(name, entry, calls, depth)
    taken = _read_ends(config["input_layers"], frozenset())
    order = [tensor.layer for tensor in tensors_in(taken)]
    if len(set(order)) != len(order) or set(order) != inputs.keys():
        raise Undecompilable("the inputs of the model are not its input layers")
    registered = not _is_keras_own(data)
    kept = (*_GRAPH, "name", "trainable")
    calls_made = [call for layer in found.values() for call in layer.calls]
    inner = [tensor for call in calls_made for tensor in reads(call)]
    ends = tensors_in(_read_ends(config["output_layers"], frozenset()))
    outputs = _read_ends(config["output_layers"], _counted_from_one(found, inner, ends))
    every = [*tensors_in(outputs), *inner]
    model = Model(
        name=_name_of(config),
        kind="registered" if registered else "Functional",
        data=data,
        layers=found,
        inputs={name: inputs[name] for name in order},
        inputs_as=taken,
        outputs=outputs,
        arguments={key: value for key, value in config.items() if key not in kept} if registered else {},
        several=frozenset((tensor.layer, tensor.call) for tensor in every if tensor.index),
    )
    _check_references(model, every)
    return model


def _read_sequential(data: Mapping[str, Json], depth: int) -> Model:
    first, *rest = _entries(data["config"]["layers"])
    source = str(first["config"].get("name"))
    found: dict[str, Layer] = {}
    tensor = Tensor(source, 0, 0)
    for entry in rest:
        inner = entry.get("config")
        name = inner.get("name") if isinstance(inner, dict) else None
        if not isinstance(name, str) or name in found or name == source:
            raise Undecompilable("a layer of a Sequential model has no name of its own")
        found[name] = _layer(name, entry, (Call((tensor,), {}),), depth)
        tensor = Tensor(name, 0, 0)
    return Model(
        name=_name_of(data["config"]),
        kind="Sequential",
        data=data,
        layers=found,
        inputs={source: first["config"]},
        inputs_as=Tensor(source, 0, 0),
        outputs=tensor,
        arguments={},
    )


def _name_of(config: Mapping[str, Json]) -> str:
    name = config.get("name")
    return name if isinstance(name, str) and name else "model"


def _layer(name: str, entry: Mapping[str, Json], calls: tuple[Call, ...], depth: int) -> Layer:
    data = {key: value for key, value in entry.items() if key not in ("name", "inbound_nodes")}
    if not isinstance(data.get("class_name"), str) or not isinstance(data.get("config"), dict):
        raise Undecompilable(f"the layer `{name}` has no class or no config")
    return Layer(name, data, calls, read_model(data, depth=depth + 1))


def _entries(value: Json, *, what: str = "") -> list[Json]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        owner = f"of `{what}` " if what else ""
        raise Undecompilable(
            f"the calls {owner}are not written as Keras 3 writes them"
            if what
            else "its layers are not written as Keras 3 writes them"
        )
    return value


def _read_call(node: Mapping[str, Json], name: str) -> Call:
    args, kwargs = node.get("args"), node.get("kwargs")
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        raise Undecompilable(f"a call of `{name}` is not written as Keras 3 writes it")
    return Call(
        tuple(_read_structure(item) for item in args),
        {key: _read_structure(item) for key, item in kwargs.items()},
    )


def _read_structure(value: Json) -> Structure:
    match value:
        case {
            "class_name": "__keras_tensor__",
            "config": {"keras_history": [str(layer), int(call), int(index)]},
        }:
            shape = value["config"].get("shape")
            return Tensor(layer, call, index, tuple(shape) if isinstance(shape, list) else None)
        case dict():
            return {key: _read_structure(item) for key, item in value.items()}
        case list():
            return [_read_structure(item) for item in value]
        case _:
            return value


def _read_ends(value: Json, nested: frozenset[str]) -> Structure:
    """`input_layers` or `output_layers`."""
    match value:
        case [str(layer), int(call), int(index)]:
            return Tensor(layer, call - (layer in nested), index)
        case dict():
            return {key: _read_ends(item, nested) for key, item in value.items()}
        case list():
            return [_read_ends(item, nested) for item in value]
        case None:
            return None
        case _:
            raise Undecompilable("the inputs or outputs of the model are not written as Keras writes them")


def _counted_from_one(
    layers: Mapping[str, Layer], inner: Iterable[Tensor], ends: Iterable[Tensor]
) -> frozenset[str]:
    """The layers whose calls the ends of a model count from 1: functional models, shown as graphs or not.

    A registered class may make its graph anew from its arguments. It is told by the numbers: every call of a
    layer is read by somebody, or Keras would not have kept it.

    Args:
        inner: what layers read, as they count.
        ends: what the model gives, as it counts.
    """
    read: dict[str, set[int]] = {}
    given: dict[str, set[int]] = {}
    for calls, tensors in ((read, inner), (given, ends)):
        for tensor in tensors:
            calls.setdefault(tensor.layer, set()).add(tensor.call)
    found = set()
    for name, numbers in given.items():
        layer = layers.get(name)
        if layer is None or (is_own(layer.data) and not is_graph(layer.data)):
            continue
        every, others = set(range(len(layer.calls))), read.get(name, set())
        from_one = {number - 1 for number in numbers}
        if is_graph(layer.data) or (numbers | others != every and from_one | others == every):
            found.add(name)
    return frozenset(found)


def _check_references(model: Model, every: list[Tensor]) -> None:
    for tensor in every:
        if tensor.layer in model.inputs:
            continue
        layer = model.layers.get(tensor.layer)
        if layer is None or not 0 <= tensor.call < len(layer.calls):
            raise Undecompilable(
                f"something reads call {tensor.call} of `{tensor.layer}`, which is not there"
            )
        if tensor.index and not 0 <= tensor.index < _most_outputs(layer):
            raise Undecompilable(
                f"something reads output {tensor.index} of `{tensor.layer}`, which does not give so many"
            )


def _most_outputs(layer: Layer) -> float:
    """How many tensors a layer gives at the most, as far as that is known without Keras."""
    if layer.model is not None:
        return len(tensors_in(layer.model.outputs))
    one = is_own(layer.data) and f"keras.layers.{layer.class_name}" in ONE_TENSOR
    return 1 if one else inf


def _is_input(entry: Json) -> bool:
    return (
        isinstance(entry, dict)
        and entry.get("class_name") == "InputLayer"
        and isinstance(entry.get("config"), dict)
    )


def _is_keras_own(data: Mapping[str, Json]) -> bool:
    return data.get("class_name") in _FUNCTIONAL and data.get("registered_name") in (None, "", *_FUNCTIONAL)
