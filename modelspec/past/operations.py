"""Operations of TensorFlow between layers, as nodes of `keras.ops`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.frozen import dataclass
from modelspec.past.nodes import Node, Reference, references
from modelspec.past.raw_operations import raw_call, raw_operation
from modelspec.past.tf_functions import FUNCTIONS, PREVIOUS, Given, Step
from modelspec.past.tf_rules import RULES
from modelspec.past.work import Work

Json = Any

_CALLED = frozenset({"TFOpLambda", "SlicingOpLambda"})
_OTHERS = frozenset({"TensorFlowOpLayer", "ClassMethod", "InstanceMethod", "InstanceProperty"})
# Parameters that say nothing of what is computed.
_IDLE = frozenset({"name", "validate_indices", "use_cudnn_on_gpu", "out_type"})
_SHAPES = frozenset({"shape", "compat.v1.shape"})
_GET_ITEM = "__operators__.getitem"

Dimension = int | list[Json] | None
"""What a node gives that has to do with a shape; see `dimensions`."""
_LAYERS = "keras.layers."


@dataclass(frozen=True, slots=True)
class Made:
    """A node of the translated model.

    Args:
        name: of the layer.
        data: its serialization dict.
        args, kwargs: of each call, with references.
    """

    name: str
    data: dict[str, Json]
    calls: tuple[tuple[list[Json], dict[str, Json]], ...]


def is_operation(entry: Mapping[str, Json]) -> bool:
    """Whether a layer is an operation of TensorFlow."""
    return entry.get("class_name") in _CALLED | _OTHERS


def function_of(entry: Mapping[str, Json]) -> str:
    """The function that an operation calls, as the file names it; empty where it names none."""
    config = entry.get("config")
    name = config.get("function") if isinstance(config, dict) else None
    return name if isinstance(name, str) else ""


def dimensions(
    entries: Mapping[str, Mapping[str, Json]], nodes: Mapping[str, tuple[Node, ...]]
) -> dict[str, Dimension]:
    """Nodes that give the shape of a tensor (`None`), one number of it (its place), or a list of these.

    A graph of Keras 3 has no such nodes; whoever reads them has to do without.
    """
    found: dict[str, Dimension] = {}
    calls = {
        name: _call_of(entry, nodes[name][0])
        for name, entry in entries.items()
        if is_operation(entry) and len(nodes[name]) == 1
    }
    for name, call in calls.items():
        if call is not None and call[0] in _SHAPES:
            found[name] = None
    for name, call in calls.items():
        if call is not None and isinstance(first := call[1].get("first"), Reference) and first.layer in found:
            place = _place(*call)
            if place is not None:
                found[name] = place
    for name, call in calls.items():
        if call is not None and call[0] == "stack" and isinstance(parts := call[1]["first"], list):
            read = [part.layer for part in references(parts)]
            if read and all(type(found.get(layer)) is int for layer in read):
                found[name] = parts
    return found


def _call_of(entry: Mapping[str, Json], node: Node) -> tuple[str, dict[str, Json]] | None:
    """The function that an operation calls, and with what; `None` where it is of no known form."""
    if entry["class_name"] == "TensorFlowOpLayer":
        return raw_call(entry["config"], node)
    if entry["class_name"] in _CALLED:
        given = _given(node)
        if node.single and function_of(entry) in (*_SHAPES, _GET_ITEM):
            given["first"] = node.first[0]
        return function_of(entry), given
    return None


def _place(function: str, given: Given) -> int | None:
    """Which number of a shape a slice of it is."""
    if function == _GET_ITEM:
        spec = given.get("slice_spec")
        return spec if type(spec) is int else None
    begin = given.get("begin")
    if function == "strided_slice" and given.get("shrink_axis_mask") == 1 and isinstance(begin, list):
        return begin[0] if len(begin) == 1 and type(begin[0]) is int else None
    return None


def operation_of(
    name: str,
    entry: Mapping[str, Json],
    nodes: tuple[Node, ...],
    known: Mapping[str, Dimension],
    work: Work,
) -> list[Made]:
    """The nodes that compute the same, the last of which has the name; or a placeholder.

    Args:
        known: see `dimensions`.
    """
    call = _call_of(entry, nodes[0]) if len(nodes) == 1 else None
    function, given = call if call is not None else (function_of(entry), {})
    steps = _steps(function, given, known) if "first" in given else None
    if steps is None:
        return [_placeholder(name, entry, function, nodes, work)]
    return _made(name, steps)


def _given(node: Node) -> dict[str, Json]:
    given = {key: value for key, value in node.rest.items() if value is not None or key == "slice_spec"}
    return {"first": node.first, **{key: value for key, value in given.items() if key not in _IDLE}}


def _steps(function: str, given: Given, known: Mapping[str, Dimension]) -> tuple[Step, ...] | None:
    for name in _names(function):
        if name == "reshape":
            shaped = _reshaped(given, known)
            if shaped is not None:
                return shaped
        if any(found.layer in known for value in given.values() for found in references(value)):
            return None
        if name in FUNCTIONS:
            return FUNCTIONS[name](given)
        if name in RULES:
            return _by_rule(name, given)
    return None


def _names(function: str) -> tuple[str, ...]:
    """The names under which a function may be known, with its module first."""
    bare = function.removeprefix("compat.v1.")
    return (bare, bare.rpartition(".")[2])


def _by_rule(name: str, given: Given) -> tuple[Step, ...] | None:
    rule = RULES[name]
    rest = {key: value for key, value in given.items() if key != "first"}
    if any(key not in rest for key in rule.tensors[1:]):
        return None
    args = (given["first"], *(rest.pop(key) for key in rule.tensors[1:]))
    config = dict(rule.filled)
    for key, value in rest.items():
        if key in rule.arguments:
            if any(references(value)):
                return None
            config[rule.arguments[key]] = _one(value) if rule.arguments[key] == "axis" else value
        elif key not in rule.idle or rule.idle[key] not in (value, ...):
            return None
    return (Step(rule.operation, config, args),)


def _one(axis: Json) -> Json:
    return axis[0] if isinstance(axis, list) and len(axis) == 1 else axis


def _reshaped(given: Given, known: Mapping[str, Dimension]) -> tuple[Step, ...] | None:
    """A shape that begins with the number of samples is one of the layer, which leaves that as it is."""
    shape = given.get("shape")
    if isinstance(shape, Reference):
        shape = known.get(shape.layer)
    if not isinstance(shape, list) or not shape:
        return None
    first, *rest = shape
    if not isinstance(first, Reference) or known.get(first.layer) != 0:
        return None
    if not all(type(size) is int for size in rest):
        return None
    return (Step(f"{_LAYERS}Reshape", {"target_shape": rest}, (given["first"],)),)


def _made(name: str, steps: tuple[Step, ...]) -> list[Made]:
    found: list[Made] = []
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        own = name if last else f"{name}_{number}"
        before = Reference(found[-1].name, 0, 0) if found else PREVIOUS
        args = [
            before if item is PREVIOUS else _constant(item, step, place)
            for place, item in enumerate(step.args)
        ]
        found.append(Made(own, _data(step, own), ((args, {}),)))
    return found


def _constant(value: Json, step: Step, place: int) -> Json:
    """A list of numbers among tensors, as Keras writes an array; the key of a slice stays as it is."""
    if step.operation == "numpy.GetItem" and place == 1:
        return value
    if not isinstance(value, list) or any(references(value)) or not value:
        return value
    dtype = "int32" if _is_integral(value) else "float32"
    return {"class_name": "__numpy__", "config": {"value": value, "dtype": dtype}}


def _is_integral(value: Json) -> bool:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif type(item) is not int:
            return False
    return True


def _data(step: Step, name: str) -> dict[str, Json]:
    if step.operation.startswith(_LAYERS):
        module, _, cls = step.operation.rpartition(".")
        policy = {
            "module": "keras",
            "class_name": "DTypePolicy",
            "config": {"name": "float32"},
            "registered_name": None,
        }
        config = {"name": name, "trainable": True, "dtype": policy, **step.config}
        return {"module": module, "class_name": cls, "config": config, "registered_name": None}
    module, _, cls = step.operation.partition(".")
    return {
        "module": f"keras.src.ops.{module}",
        "class_name": cls,
        "config": {"name": name, **step.config},
        "registered_name": cls,
    }


def _placeholder(
    name: str, entry: Mapping[str, Json], function: str, nodes: tuple[Node, ...], work: Work
) -> Made:
    config = entry["config"] if isinstance(entry["config"], dict) else {}
    raw = raw_operation(config)
    what = raw or function or str(config.get("method_name") or config.get("attr_name") or entry["class_name"])
    stem = what.rpartition(".")[2] or what
    why = f"it was a `{entry['class_name']}`"
    if raw or function:
        why = f"`{raw or f'tf.{function}'}` has no counterpart in `keras.ops`"
    if function.rpartition(".")[2] == "einsum":
        why = "Keras 2 did not save the tensors that `tf.einsum` reads"
    full = work.placeholder(stem, "layer", why=f"{why}, as it is called here", config=dict(config))
    package, _, short = full.partition(">")
    data: dict[str, Json] = {
        "module": package,
        "class_name": short,
        "config": {"name": name, "trainable": True},
        "registered_name": full,
    }
    calls = []
    for node in nodes:
        rest = {key: value for key, value in node.rest.items() if value is not None and key not in _IDLE}
        first = node.first[0] if node.single else node.first
        calls.append(([first], rest))
    return Made(name, data, tuple(calls))
