"""Keras asked for layers that are not known: each made and called by itself, several side by side.

The model goes the way of every document, so what is found of a layer is what `link` finds of it anywhere.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modelspec.architecture.hashing import hash_of_compile
from modelspec.architecture.model import Architecture, Node, Tensor
from modelspec.architecture.reading import read_architecture
from modelspec.catalog.resolved import KerasObject
from modelspec.compiler.layerwise.keys import Asked, with_references
from modelspec.compiler.layerwise.levels import levelled, same
from modelspec.compiler.layerwise.plain import is_plain_layer
from modelspec.compiler.layerwise.values import (
    KnownCall,
    KnownCompile,
    KnownInput,
    KnownOptimizer,
    KnownSlots,
    Said,
    Spec,
    Trained,
)
from modelspec.compiler.values import Checked, Options
from modelspec.decompiler.refusal import Undecompilable
from modelspec.diagnostics import Report, SpecError
from modelspec.frozen import dataclass
from modelspec.graph import model as graph_model
from modelspec.graph.model import Call, Graph, Layer, MadeLayer, Program, TensorList, TensorStructure
from modelspec.language.closed import Input, Weights
from modelspec.language.values import Object, Origin
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
class _Linked:
    """A model and its architecture, as it is and levelled."""

    linked: Linked
    architecture: Architecture
    levelled: Architecture


def ask(
    asked: Sequence[Asked],
    checked: Checked,
    options: Options,
    *,
    trained: Trained | None,
) -> dict[str, Found | None]:
    """What Keras tells of layers, by their keys; `None` for one that it refuses, or that is not plain.

    Args:
        trained: what trains them; `None` for nothing.
    """
    found: dict[str, Found | None] = {}
    plain = []
    for one in asked:
        if is_plain_layer(one.layer, checked.resolved):
            plain.append(one)
        else:
            found[one.key] = None
    return found | _ask(plain, checked, options, trained)


def _ask(
    asked: Sequence[Asked],
    checked: Checked,
    options: Options,
    trained: Trained | None,
) -> dict[str, Found | None]:
    if not asked:
        return {}
    linked = _link_side_by_side(asked, checked, options, trained)
    if linked is not None and _is_nothing_else(linked, asked, checked):
        slots = _slots(linked.linked, len(asked), trained)
        if slots is not None:
            several = len(asked) > 1
            return {
                one.key: _found(linked, number, one, slots[number], several=several)
                for number, one in enumerate(asked)
            }
        if len(asked) == 1:
            return {asked[0].key: _found(linked, 0, asked[0], None)}
    if len(asked) == 1:
        return {asked[0].key: None}
    # Which of them it was is seen when each is alone.
    return {key: found for one in asked for key, found in _ask([one], checked, options, trained).items()}


def ask_optimizer(checked: Checked, options: Options, optimizer: Mapping[str, Json]) -> KnownOptimizer | None:
    """An optimizer by itself; `None` where Keras refuses it."""
    linked = _link_ends((("end", Spec((None, 1), "float32")),), None, checked, options, optimizer)
    if linked is None:
        return None
    own = _kept_by(linked.linked)
    return KnownOptimizer(tuple(sorted(one.name for one in own)), _bytes(own))


def ask_compile(
    ends: tuple[tuple[str, Spec], ...], outputs: TensorStructure, checked: Checked, options: Options
) -> KnownCompile | None:
    """What a document's `compile` comes to with given outputs; `None` where Keras refuses it.

    Args:
        ends: what gives each output, its name in Keras and the tensor.
        outputs: the structure of the outputs, by those names.
    """
    linked = _link_ends(ends, outputs, checked, options, checked.resolved.compile)
    if linked is None or any(one.owner != OPTIMIZER for one in linked.linked.datasets):
        return None
    return KnownCompile(hash_of_compile(linked.levelled), _bytes(linked.linked.datasets))


def _link_side_by_side(
    asked: Sequence[Asked], checked: Checked, options: Options, trained: Trained | None
) -> _Linked | None:
    inputs: list[Input] = []
    layers: list[Layer] = []
    calls: list[Call] = []
    origin = checked.program.main.origin
    for number, one in enumerate(asked):
        names = {place: _input_name(number, place) for place in range(len(one.given))}
        inputs += [_input(names[place], spec, one.call.origin) for place, spec in enumerate(one.given)]
        layers.append(replace(one.layer, path=_name(number), name=_name(number), named=True))
        calls.append(with_references(one.call, _name(number), names))
    resolved = checked.resolved
    named = {_name(number): one for number, one in enumerate(asked)}
    dtypes, plain = resolved.dtypes.get("", {}), resolved.calls.get("", {})
    graph = Graph(
        key="",
        name="side_by_side",
        cls="Functional",
        inputs=tuple(inputs),
        inputs_as=_all([entry.name for entry in inputs], origin),
        layers=tuple(layers),
        calls=tuple(calls),
        outputs=_all([layer.path for layer in layers], origin),
        origin=origin,
    )
    again = replace(
        resolved,
        layers={"": {name: resolved.layers[""][one.layer.path] for name, one in named.items()}},
        calls={"": {name: plain.get(one.call.path, {}) for name, one in named.items()}},
        dtypes={
            "": {name: dtypes[one.layer.path] for name, one in named.items() if one.layer.path in dtypes}
        },
        compile=trained.compile if trained is not None else None,
    )
    selected = checked.selected
    chosen = replace(
        selected,
        frozen=frozenset(name for name, one in named.items() if one.layer.path in selected.frozen),
        inference=frozenset(name for name, one in named.items() if one.layer.path in selected.inference),
    )
    return _link(replace(checked, resolved=again, selected=chosen), graph, options)


def _link_ends(
    ends: tuple[tuple[str, Spec], ...],
    outputs: TensorStructure | None,
    checked: Checked,
    options: Options,
    compiled: Mapping[str, Json] | None,
) -> _Linked | None:
    """A model of nothing but outputs, each an input that goes through a layer without an effect."""
    main = checked.program.main
    assert isinstance(main, Graph)
    origin = main.origin
    data: dict[str, Json] = {
        "module": "keras.layers",
        "class_name": "Identity",
        "config": {},
        "registered_name": None,
    }
    identity = KerasObject(data, origin, {})
    kind = MadeLayer(Object("Identity", (), origin))
    inputs = tuple(_input(_input_name(n, 0), spec, origin) for n, (_, spec) in enumerate(ends))
    calls = tuple(
        Call(name, name, graph_model.Tensor(entry.name, (), origin), origin)
        for (name, _), entry in zip(ends, inputs, strict=True)
    )
    graph = Graph(
        key="",
        name="ends",
        cls=main.cls if outputs is not None else "Functional",
        inputs=inputs,
        inputs_as=_all([entry.name for entry in inputs], origin),
        layers=tuple(Layer(name, name, kind, origin, named=True) for name, _ in ends),
        calls=calls,
        outputs=outputs if outputs is not None else _all([name for name, _ in ends], origin),
        origin=origin,
        output_names=main.output_names if outputs is not None else (),
    )
    resolved = replace(
        checked.resolved,
        layers={"": {name: identity for name, _ in ends}},
        calls={},
        # Or it would be cast to what the document computes in.
        dtypes={"": {name: spec.dtype for name, spec in ends if "float" in spec.dtype}},
        compile=compiled,
    )
    return _link(replace(checked, resolved=resolved, selected=type(checked.selected)()), graph, options)


def _link(checked: Checked, graph: Graph, options: Options) -> _Linked | None:
    """The model of a graph with all that Keras tells of it; `None` where it refuses."""
    from modelspec.compiler.build_with_keras import link_checked
    from modelspec.compiler.initial_values import check_initial_values
    from modelspec.compiler.portability import for_target

    spec = replace(checked.spec, weights=Weights(seed=checked.spec.weights.seed))
    program = Program(spec, graph, ())
    resolved = replace(checked.resolved, program=program, quantization=(), fit=None)
    report = Report()
    alone = replace(checked, spec=spec, program=program, resolved=resolved)
    try:
        linked = link_checked(alone, options, report)
        check_initial_values(linked, program, report)
        config, _ = for_target(linked.config, options.target, resolved, checked.catalog, report)
        report.raise_if_errors()
        return _Linked(
            replace(linked, config=config), read_architecture(config), read_architecture(levelled(config))
        )
    except (SpecError, Undecompilable):
        return None


def _is_nothing_else(linked: _Linked, asked: Sequence[Asked], checked: Checked) -> bool:
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
        node = nodes[_name(number)]
        # A seed that is not given is drawn by the layer's path (`RandomCrop`).
        if not _is_shape(rows[_name(number)].output_shape) or not _seeds(node.arguments) <= _seeds(of.data):
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


def _found(
    linked: _Linked, number: int, one: Asked, slots: KnownSlots | None, *, several: bool = False
) -> Found:
    name = _name(number)
    row = next(row for row in linked.linked.rows if row.path == name)
    ends = linked.architecture.graph.outputs
    end = ends[number] if isinstance(ends, list) else ends
    assert isinstance(end, Tensor)
    nodes = {node.name: node for node in linked.architecture.graph.nodes}
    levels = {node.name: node for node in linked.levelled.graph.nodes}
    numbers = {_input_name(number, place): place for place in range(len(one.given))}
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


def _slots(linked: Linked, layers: int, trained: Trained | None) -> list[KnownSlots] | None:
    """What the optimizer keeps for each of some layers; `None` where that cannot be told.

    Keras names what is kept for a variable after it, and a variable mostly after its layer.
    """
    if trained is None:
        return [KnownSlots(0)] * layers
    kept = _kept_by(linked)
    of_layers = [[one for one in kept if _is_of(one.name, _name(number))] for number in range(layers)]
    rest = Counter(one.name for one in kept) - Counter(trained.optimizer.own)
    if sum(map(len, of_layers)) == rest.total():
        return [KnownSlots(_bytes(found)) for found in of_layers]
    if layers == 1 and len(kept) - rest.total() == len(trained.optimizer.own):
        return [KnownSlots(_bytes(kept) - trained.optimizer.memory)]
    return None


def _kept_by(linked: Linked) -> list[Variable]:
    """The variables of the optimizer but for the learning rate."""
    return [one for one in linked.datasets if one.owner == OPTIMIZER and one.name != "learning_rate"]


def _is_of(slot: str, layer: str) -> bool:
    """Whether a variable of an optimizer is named for one of a layer."""
    return slot.startswith(f"{layer}_")


def _name(number: int) -> str:
    return f"layer{number}"


def _input_name(number: int, place: int) -> str:
    return f"given{number}_{place}"


def _input(name: str, spec: Spec, origin: Origin) -> Input:
    return Input(name, origin, batch_shape=spec.shape, dtype=spec.dtype)


def _all(names: Iterable[str], origin: Origin) -> TensorStructure:
    found = tuple(graph_model.Tensor(name, (), origin) for name in names)
    return found[0] if len(found) == 1 else TensorList(found)


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


def _bytes(variables: Iterable[Variable]) -> int:
    return sum(math.prod(one.shape) * ITEM_SIZES.get(one.dtype, 0) for one in variables)
