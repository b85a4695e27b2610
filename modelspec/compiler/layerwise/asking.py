"""Keras asked for layers that are not known: each made and called by itself, several side by side.

The model goes the way of every document, so what is found of a layer is what `link` finds of it anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modelspec.architecture.hashing import hash_of_compile
from modelspec.architecture.reading import read_architecture
from modelspec.catalog.resolved import KerasObject
from modelspec.compiler.layerwise.found import (
    Found,
    LinkedLayers,
    bytes_in,
    found_of,
    input_name,
    is_nothing_else,
    kept_by,
    name_of,
    slots_of,
)
from modelspec.compiler.layerwise.keys import Asked, with_references
from modelspec.compiler.layerwise.levels import is_level, levelled
from modelspec.compiler.layerwise.plain import is_plain_layer
from modelspec.compiler.layerwise.values import (
    KnownCompile,
    KnownOptimizer,
    Spec,
    Trained,
)
from modelspec.compiler.values import Checked, Options
from modelspec.decompiler.refusal import Undecompilable
from modelspec.diagnostics import Report, SpecError
from modelspec.graph import model as graph_model
from modelspec.graph.model import Call, Graph, Layer, MadeLayer, Program, TensorList, TensorStructure
from modelspec.language.closed import Input, Weights
from modelspec.language.values import Object, Origin
from modelspec.link.linked import OPTIMIZER

if TYPE_CHECKING:
    pass

Json = Any


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
    if linked is not None and is_nothing_else(linked, asked, checked):
        slots = slots_of(linked.linked, len(asked), trained)
        if slots is not None:
            several = len(asked) > 1
            return {
                one.key: found_of(linked, number, one, slots[number], several=several)
                for number, one in enumerate(asked)
            }
        if len(asked) == 1:
            return {asked[0].key: found_of(linked, 0, asked[0], None)}
    if len(asked) == 1:
        return {asked[0].key: None}
    # Which of them it was is seen when each is alone.
    return {key: found for one in asked for key, found in _ask([one], checked, options, trained).items()}


def ask_optimizer(checked: Checked, options: Options, optimizer: Mapping[str, Json]) -> KnownOptimizer | None:
    """An optimizer by itself; `None` where Keras refuses it."""
    linked = _link_ends((("end", Spec((None, 1), "float32")),), None, checked, options, optimizer)
    if linked is None:
        return None
    own = kept_by(linked.linked)
    return KnownOptimizer(tuple(sorted(one.name for one in own)), bytes_in(own))


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
    return KnownCompile(hash_of_compile(linked.levelled), bytes_in(linked.linked.datasets))


def _link_side_by_side(
    asked: Sequence[Asked], checked: Checked, options: Options, trained: Trained | None
) -> LinkedLayers | None:
    inputs: list[Input] = []
    layers: list[Layer] = []
    calls: list[Call] = []
    origin = checked.program.main.origin
    for number, one in enumerate(asked):
        names = {place: input_name(number, place) for place in range(len(one.given))}
        inputs += [_input(names[place], spec, one.call.origin) for place, spec in enumerate(one.given)]
        layers.append(replace(one.layer, path=name_of(number), name=name_of(number), named=True))
        calls.append(with_references(one.call, name_of(number), names))
    resolved = checked.resolved
    named = {name_of(number): one for number, one in enumerate(asked)}
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
) -> LinkedLayers | None:
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
    inputs = tuple(_input(input_name(n, 0), spec, origin) for n, (_, spec) in enumerate(ends))
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


def _link(checked: Checked, graph: Graph, options: Options) -> LinkedLayers | None:
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
        architecture = read_architecture(config)
        level = architecture if is_level(config) else read_architecture(levelled(config))
        return LinkedLayers(replace(linked, config=config), architecture, level)
    except (SpecError, Undecompilable):
        return None


def _input(name: str, spec: Spec, origin: Origin) -> Input:
    return Input(name, origin, batch_shape=spec.shape, dtype=spec.dtype)


def _all(names: Iterable[str], origin: Origin) -> TensorStructure:
    found = tuple(graph_model.Tensor(name, (), origin) for name in names)
    return found[0] if len(found) == 1 else TensorList(found)
