"""Models of Keras 2, functional and sequential, as Keras 3 writes them.

Source: `get_network_config` of Keras 2.15 and `Functional.get_config` of Keras 3.15. Keras 2 counts the calls
of a nested model from 1 everywhere, as its first node is the model's own; Keras 3 does so in the ends of the
outer model alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Any

from modelspec.catalog.stem import to_snake_case
from modelspec.frozen import dataclass
from modelspec.past.behind import layer_behind, name_before
from modelspec.past.calls import Arguments, call_of
from modelspec.past.naming import renamed
from modelspec.past.nodes import Node, Reference, mapped, read_ends, read_nodes, references
from modelspec.past.objects import layer_data
from modelspec.past.operations import Dimension, Made, dimensions, is_operation, operation_of
from modelspec.past.refusal import Unreadable
from modelspec.past.shapes import input_config, input_shape_of
from modelspec.past.work import Work

Json = Any

_GRAPH = ("layers", "input_layers", "output_layers")
_OUTPUT = "(output)"
# Nodes that a loss or metric of tensors inside the model left, and that compute no output.
_OF_TRAINING = frozenset({"AddLoss", "AddMetric"})
_MOST_LAYERS = 100_000


@dataclass(frozen=True, slots=True)
class _Scope:
    """The layers of one model.

    Args:
        names: of all.
        skipped: of a nested model, how many nodes are its own.
        graphs: those that Keras 3 counts from 1 in the ends.
        shapes: of the inputs, shape and dtype.
        renamed: new names by old ones.
    """

    names: frozenset[str]
    skipped: Mapping[str, int]
    graphs: frozenset[str]
    shapes: Mapping[str, tuple[Json, str]]
    renamed: Mapping[str, str] = field(default_factory=dict)

    def name(self, layer: str) -> str:
        """What a layer is called now."""
        return self.renamed.get(layer, layer)

    def tensor(self, reference: Reference) -> dict[str, Json]:
        """A reference among the arguments of a call."""
        shape, dtype = self.shapes.get(reference.layer, ([None], "float32"))
        history = [
            self.name(reference.layer),
            reference.node - self.skipped.get(reference.layer, 0),
            reference.index,
        ]
        return {
            "class_name": "__keras_tensor__",
            "config": {"shape": shape, "dtype": dtype, "keras_history": history},
        }

    def end(self, reference: Reference) -> list[Json]:
        """A reference among the inputs or outputs of the model."""
        node = reference.node - self.skipped.get(reference.layer, 0) + (reference.layer in self.graphs)
        return [self.name(reference.layer), node, reference.index]


def is_model(data: Mapping[str, Json]) -> bool:
    """Whether a serialization dict of Keras 2 is a model with layers."""
    config = data.get("config")
    if isinstance(config, dict) and all(key in config for key in _GRAPH):
        return True
    if data.get("class_name") != "Sequential":
        return False
    return isinstance(config, list) or (isinstance(config, dict) and isinstance(config.get("layers"), list))


def model_data(data: Mapping[str, Json], work: Work) -> dict[str, Json]:
    """The model as Keras 3 writes it; raises `Unreadable`."""
    work.deeper()
    layer, path = work.layer, work.path
    if work.depth > 1:
        work.path = (*path, layer)
    try:
        config = data["config"]
        if isinstance(config, dict) and all(key in config for key in _GRAPH):
            return _functional(data, config, work)
        return _sequential(data, work)
    finally:
        work.depth -= 1
        work.layer, work.path = layer, path


# --- functional --------------------------------------------------------------------------------------------


def _functional(data: Mapping[str, Json], config: Mapping[str, Json], work: Work) -> dict[str, Json]:
    cls = str(data.get("class_name"))
    if cls not in ("Functional", "Model", "Network", "Container", "Sequential"):
        work.note(f"`{cls}` derives from a model: its layers are kept, what its author added to it is not")
    entries = _entries(config["layers"])
    names = frozenset(entries)
    nodes = {name: read_nodes(entry.get("inbound_nodes"), names) for name, entry in entries.items()}
    inputs, outputs = read_ends(config["input_layers"], names), read_ends(config["output_layers"], names)
    read = [*references(inputs), *references(outputs)]
    read += [
        found
        for calls in nodes.values()
        for node in calls
        for found in (*references(node.first), *references(dict(node.rest)))
    ]
    scope = _scope(entries, nodes, read)
    made = _in_order(entries, nodes, outputs, work)
    changed = renamed({layer.name: _operation(layer) for layer in made})
    work.rename(changed)
    scope = replace(scope, renamed=changed)
    layers = [_written(layer, scope) for layer in made]
    _wire(made, outputs, work)
    kept: dict[str, Json] = {"name": _text(config.get("name")) or "model"}
    kept["trainable"] = config.get("trainable", True) is not False
    kept["layers"] = layers
    kept["input_layers"] = mapped(inputs, scope.end)
    kept["output_layers"] = mapped(outputs, scope.end)
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": kept,
        "registered_name": "Functional",
    }


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _entries(value: Json) -> dict[str, dict[str, Json]]:
    if not isinstance(value, list):
        raise Unreadable("the layers of a model are no list")
    if len(value) > _MOST_LAYERS:
        raise Unreadable(f"a model has more than {_MOST_LAYERS:,} layers")
    found: dict[str, dict[str, Json]] = {}
    for entry in value:
        match entry:
            case {"class_name": "InputLayer", "config": list()}:
                raise Unreadable("an input has no config")
            case {"class_name": str(), "config": dict() | list() as config}:
                name = entry.get("name")
                if not isinstance(name, str):
                    name = config.get("name") if isinstance(config, dict) else None
                if not isinstance(name, str):
                    raise Unreadable("a layer has no name")
                if name in found:
                    raise Unreadable(f"two layers are named `{name}`")
                found[name] = entry
            case _:
                raise Unreadable("a layer has no class or no config")
    return found


def _scope(
    entries: Mapping[str, Mapping[str, Json]], nodes: Mapping[str, tuple[Node, ...]], read: list[Reference]
) -> _Scope:
    skipped, shapes = {}, {}
    used: dict[str, list[int]] = {}
    for reference in read:
        used.setdefault(reference.layer, []).append(reference.node)
    for name, entry in entries.items():
        if entry["class_name"] == "InputLayer":
            made = input_config(entry["config"], name)
            shapes[name] = (made["batch_shape"], made["dtype"])
        elif is_model(entry):
            skip = 1 if input_shape_of(entry) is not None else 0
            # Which releases counted the node of a Sequential is told by what is read.
            if 0 in used.get(name, ()):
                skip = 0
            elif len(nodes[name]) in used.get(name, ()):
                skip = 1
            skipped[name] = skip
    for reference in read:
        count = max(1, len(nodes[reference.layer])) + skipped.get(reference.layer, 0)
        if not skipped.get(reference.layer, 0) <= reference.node < count or reference.index < 0:
            what = f"output {reference.index} of call {reference.node} of `{reference.layer}`"
            raise Unreadable(f"something reads {what}, which is not there")
    graphs = frozenset(
        name
        for name, entry in entries.items()
        if isinstance(entry["config"], dict) and all(key in entry["config"] for key in _GRAPH)
    )
    return _Scope(frozenset(entries), skipped, graphs, shapes)


def _in_order(
    entries: Mapping[str, Mapping[str, Json]],
    nodes: Mapping[str, tuple[Node, ...]],
    outputs: Json,
    work: Work,
) -> list[Made]:
    """The layers in the order of the file, without shapes that nobody reads any more."""
    known = dimensions(entries, nodes)
    added = {name for name, entry in entries.items() if entry["class_name"] in _OF_TRAINING}
    if added:
        work.note("what `add_loss` and `add_metric` added to the model is left out: it is of training alone")
    made: dict[str, list[Made]] = {}
    names = frozenset(entries)
    left = dict.fromkeys(name for name in entries if name not in known and name not in added)
    while left:
        for name in left:
            work.layer = name
            made[name] = _layer(name, entries[name], nodes[name], known, work, names=names)
        read = {found.layer for group in made.values() for layer in group for found in _read_by(layer)}
        read |= {found.layer for found in references(outputs)}
        left = dict.fromkeys(name for name in (*known, *added) if name in read and name not in made)
    return [layer for name in entries for layer in made.get(name, ())]


def _layer(
    name: str,
    entry: Mapping[str, Json],
    nodes: tuple[Node, ...],
    known: Mapping[str, Dimension],
    work: Work,
    *,
    names: frozenset[str],
) -> list[Made]:
    if entry["class_name"] == "InputLayer":
        return [Made(name, _input(entry["config"], name), ())]
    if is_operation(entry):
        return operation_of(name, entry, nodes, known, work)
    data = model_data(entry, work) if is_model(entry) else layer_data(entry, work)
    data["config"]["name"] = name
    calls = tuple(call_of(entry, node) for node in nodes)
    behind = layer_behind(data, work)
    if behind is None:
        return [Made(name, data, calls)]
    first = name_before(name, names)
    data["config"]["name"] = first
    passed: tuple[Arguments, ...] = tuple(([Reference(first, number, 0)], {}) for number in range(len(calls)))
    return [Made(first, data, calls), Made(name, behind, passed)]


def _operation(layer: Made) -> str | None:
    module = str(layer.data.get("module"))
    return str(layer.data["class_name"]) if module.startswith("keras.src.ops.") else None


def _written(layer: Made, scope: _Scope) -> dict[str, Json]:
    name = scope.name(layer.name)
    return {
        **layer.data,
        "config": {**layer.data["config"], "name": name},
        "name": name,
        "inbound_nodes": [
            {
                "args": [mapped(item, scope.tensor) for item in args],
                "kwargs": {key: mapped(item, scope.tensor) for key, item in kwargs.items()},
            }
            for args, kwargs in layer.calls
        ],
    }


def _input(config: Mapping[str, Json], name: str) -> dict[str, Json]:
    return {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": input_config(config, name),
        "registered_name": None,
    }


def _read_by(layer: Made) -> Iterator[Reference]:
    for args, kwargs in layer.calls:
        yield from references(args)
        yield from references(kwargs)


def _wire(layers: list[Made], outputs: Json, work: Work) -> None:
    """Tell the placeholders what they read and who reads them."""
    placed = {
        layer.name: str(layer.data["registered_name"])
        for layer in layers
        if layer.data.get("registered_name") in work.placeholders
    }
    if not placed:
        return
    readers: dict[str, dict[str, None]] = {name: {} for name in placed}
    for layer in layers:
        for found in _read_by(layer):
            if found.layer in readers:
                readers[found.layer][layer.name] = None
    for found in references(outputs):
        if found.layer in readers:
            readers[found.layer][_OUTPUT] = None
    for layer in layers:
        if layer.name in placed:
            read = dict.fromkeys(found.layer for found in _read_by(layer))
            work.wired(placed[layer.name], reads=tuple(read), read_by=tuple(readers[layer.name]))


# --- sequential --------------------------------------------------------------------------------------------


def _sequential(data: Mapping[str, Json], work: Work) -> dict[str, Json]:
    config = data["config"]
    # Until Keras 2.2.2 the config was the list of layers itself.
    written = config if isinstance(config, list) else config.get("layers")
    entries = _unnamed_entries(written)
    name = config.get("name") if isinstance(config, dict) else None
    name = _text(name) or _text(data.get("name")) or "sequential"
    shape = input_shape_of(data)
    layers: list[dict[str, Json]] = []
    if entries and entries[0]["class_name"] == "InputLayer":
        first = entries.pop(0)
        inner = first["config"] if isinstance(first["config"], dict) else {}
        layers.append(_input(inner, _text(inner.get("name")) or f"{name}_input"))
    elif shape is not None:
        first = entries[0] if entries else {"config": {}}
        inner = first["config"] if isinstance(first["config"], dict) else {}
        layers.append(
            _input(
                {"batch_input_shape": shape, "dtype": inner.get("dtype") if not is_model(first) else None},
                f"{_text(inner.get('name')) or name}_input",
            )
        )
    for number, entry in enumerate(entries):
        inner = entry["config"] if isinstance(entry["config"], dict) else {}
        written = _text(entry.get("name")) or _text(inner.get("name"))
        work.layer = written or f"{to_snake_case(entry['class_name'])}_{number}"
        made = model_data(entry, work) if is_model(entry) else layer_data(entry, work)
        behind = layer_behind(made, work)
        names = frozenset(layer["config"]["name"] for layer in layers)
        made["config"]["name"] = work.layer if behind is None else name_before(work.layer, names)
        layers.append(made)
        if behind is not None:
            behind["config"]["name"] = work.layer
            layers.append(behind)
    changed = renamed({layer["config"]["name"]: None for layer in layers})
    work.rename(changed)
    for layer in layers:
        layer["config"]["name"] = changed.get(layer["config"]["name"], layer["config"]["name"])
    for before, layer, after in zip([None, *layers], layers, [*layers[1:], None], strict=False):
        if layer["registered_name"] in work.placeholders:
            work.wired(
                layer["registered_name"],
                reads=(before["config"]["name"],) if before is not None else (),
                read_by=(after["config"]["name"] if after is not None else _OUTPUT,),
            )
    kept: dict[str, Json] = {"name": name}
    kept["trainable"] = not (isinstance(config, dict) and config.get("trainable") is False)
    kept["layers"] = layers
    return {"module": "keras", "class_name": "Sequential", "config": kept, "registered_name": None}


def _unnamed_entries(value: Json) -> list[dict[str, Json]]:
    if not isinstance(value, list):
        raise Unreadable("the layers of a model are no list")
    if len(value) > _MOST_LAYERS:
        raise Unreadable(f"a model has more than {_MOST_LAYERS:,} layers")
    for entry in value:
        match entry:
            case {"class_name": str(), "config": dict() | list()}:
                continue
            case _:
                raise Unreadable("a layer has no class or no config")
    return list(value)
