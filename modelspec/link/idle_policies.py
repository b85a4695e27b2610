"""Keys of maps of dtype policies that fit the path of no layer.

Keras asks a map for a layer's path, and gives the default policy where no key fits: a misspelt key changes
nothing, and nobody is told. The paths are those of the loaded model: Keras builds what is inside a wrapper
before the wrapper then, so that its path begins with itself (`forward_lstm`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import keras

from modelspec.catalog.resolved import Resolved
from modelspec.diagnostics import nearest
from modelspec.graph.model import Graph, Layer, MadeLayer
from modelspec.language.values import Fields, Object, Value, walk
from modelspec.link import private
from modelspec.link.canonical import serialize
from modelspec.link.layers import first_call, read_back
from modelspec.link.made import Bench, Made, program_of
from modelspec.link.refusal import Refused
from modelspec.link.variables import graphs_of

_CLASS = "DTypePolicyMap"
# As many paths as a message names.
_SHOWN = 6


@dataclass(slots=True)
class _Written:
    """A map as the document has it, and what became of it.

    Args:
        policies: its entries.
        used: the keys that give some layer its policy.
        paths: of the layers that were given the map, in their order.
    """

    policies: Fields
    used: set[str] = field(default_factory=set)
    paths: dict[str, None] = field(default_factory=dict)


def report_idle_policies(made: Made, resolved: Resolved, bench: Bench) -> None:
    """Report each key of a map of policies that fits the path of no layer which is given the map.

    Args:
        made: the main model.
        resolved: its program.
        bench: its report gets `idle-policy` at the key.
    """
    found: dict[object, _Written] = {}
    for part in graphs_of(made):
        given = dict(_given(part, resolved))
        layers = _loaded(part, bench) if given else {}
        for name, maps in given.items():
            served = [*_served(layers[name])] if name in layers else []
            for policies in maps:
                _settle(found.setdefault(_identity(policies), _Written(policies)), served)
    for written in found.values():
        _report(written, bench)


def _given(part: Made, resolved: Resolved) -> Iterator[tuple[str, list[Fields]]]:
    """The maps that each layer of a model may be given, by the layer's name; layers without are left out."""
    if not isinstance(part.graph, Graph):
        return
    program, _ = program_of(part, resolved)
    everywhere = [*_maps_in(_of_document(part.graph, program))]
    for layer in part.graph.layers:
        maps = [*everywhere, *_maps_in(_of_layer(layer))]
        if maps:
            yield layer.name, maps


def _loaded(part: Made, bench: Bench) -> dict[str, Any]:
    """The layers of a model by name, as loading makes them; none where Keras cannot, which others tell."""
    data = {key: value for key, value in serialize(part.model).items() if key != "compile_config"}
    try:
        again, _ = first_call(lambda: read_back(data), lambda model: None, watch=bench.watch)
    except Refused:
        return {}
    return {layer.name: layer for layer in again.layers}


def _of_document(graph: Graph, program: Resolved) -> Iterator[Value]:
    spec = program.program.spec
    dtype = graph.dtype or spec.dtype
    if dtype is not None:
        yield dtype
    for _, arguments in spec.defaults:
        yield from (argument.value for argument in arguments)


def _of_layer(layer: Layer) -> Iterator[Value]:
    if layer.dtype is not None:
        yield layer.dtype
    match layer.kind:
        case MadeLayer(object=Object() as written):
            yield written


def _maps_in(values: Iterator[Value]) -> Iterator[Fields]:
    """The entries of the maps that are written in values; a Keras dict is taken as it is."""
    for value in values:
        for part in walk(value):
            match part:
                case Object(cls=cls, args=arguments) if cls.rpartition(".")[2] == _CLASS:
                    for argument in arguments:
                        if argument.name == "policy_map" and isinstance(argument.value, Fields):
                            yield argument.value


def _identity(policies: Fields) -> object:
    """What all uses of one written map have in common."""
    place = policies.origin.place
    return place.source.name, place.start, place.end


def _served(layer: Any) -> Iterator[tuple[Any, str]]:
    """The maps that give a layer and those inside it their policies, each with the path it is asked for."""
    for inner in private.layers_in(layer):
        policy = inner.dtype_policy
        if isinstance(policy, keras.dtype_policies.DTypePolicyMap) and inner.path:
            yield policy, inner.path


def _settle(written: _Written, served: list[tuple[Any, str]]) -> None:
    keys = {entry.name for entry in written.policies.fields}
    for policies, path in served:
        if set(policies) == keys:
            written.paths[path] = None
            written.used |= {key for key in (_key_of(path, policies),) if key is not None}


def _key_of(path: str, policies: Any) -> str | None:
    """The key of a map that gives a path its policy, as Keras finds it; `None` for the default.

    Releases differ in how they read a key as a pattern, so Keras is asked, with policies told apart by
    identity.
    """
    apart = {key: keras.DTypePolicy("float32") for key in policies}
    chosen = type(policies)(default_policy="float32", policy_map=apart)[path]
    return next((key for key, policy in apart.items() if policy is chosen), None)


def _report(written: _Written, bench: Bench) -> None:
    for entry in written.policies.fields if written.paths else ():
        if entry.name not in written.used:
            bench.report.add(
                "idle-policy",
                f"`{entry.name}` is the path of no layer that has this map, so Keras would ignore it",
                entry.place,
                help=_help(entry.name, tuple(written.paths)),
                frames=entry.value.origin.frames,
            )


def _help(key: str, paths: tuple[str, ...]) -> str:
    ends = [path for path in paths if path.endswith(f"/{key}")]
    near = ends[0] if ends else nearest(key, paths)
    if near is None:
        last = {path.rpartition("/")[2]: path for path in paths}
        ending = nearest(key.rpartition("/")[2], last)
        near = last[ending] if ending is not None else None
    if near is not None:
        return f"did you mean `{near}`?"
    shown = ", ".join(f"`{path}`" for path in paths[:_SHOWN])
    return f"the paths are {shown}" + (" and others" if len(paths) > _SHOWN else "")
