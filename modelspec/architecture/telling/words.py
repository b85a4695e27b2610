"""Values, keys and shapes in the words of a document."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from modelspec.architecture.comparing.edits import ABSENT, Key
from modelspec.architecture.costs.operations_of import is_shape
from modelspec.architecture.model import Json
from modelspec.catalog.own import is_of_keras


class Nothing(Enum):
    """The value of an argument that takes none unless something is written."""

    NOTHING = "none"


NOTHING = Nothing.NOTHING

_HIDDEN = frozenset({"arguments", "config"})
_MAX = 60


def short_class(cls: str) -> str:
    """A class as a document names it: without Keras' own modules, operations with theirs."""
    if cls.startswith("keras.ops."):
        return cls.removeprefix("keras.")
    return cls.rpartition(".")[2] if is_of_keras(cls) else cls


def key_text(key: Key) -> str:
    """Where something is: `filters`, `layer.units`; of a call `call.training`, of a second one `call 1.…`."""
    match key:
        case ("calls", int() as number, "arguments", *rest):
            head = ["call" if not number else f"call {number + 1}"]
        case ("arguments", *rest):
            head = []
        case _:
            head, rest = [], list(key)
    return ".".join([*head, *(str(step) for step in rest if step not in _HIDDEN)])


def change_texts(before: Json, after: Json) -> tuple[str, str]:
    """Two values, numbers with no more digits than it takes to tell them apart, from six on."""
    if isinstance(before, float) and isinstance(after, float):
        short = f"{before:.6g}", f"{after:.6g}"
        if short[0] != short[1]:
            return short
    return value_text(before), value_text(after)


def value_text(value: Json) -> str:
    """A value on one line; `default` for one that is not there and is not known."""
    text = _value(value)
    return text if len(text) <= _MAX else f"{text[: _MAX - 1]}…"


def _value(value: Json) -> str:
    match value:
        case _ if value is ABSENT:
            return "default"
        case Nothing():
            return value.value
        case None:
            return "null"
        case str():
            return value if value and value.isprintable() else json.dumps(value)
        case bool() | int() | float():
            return json.dumps(value)
        case {"class": str(cls), "arguments": Mapping() as arguments}:
            return f"{short_class(cls)}{arguments_text(arguments)}" if arguments else short_class(cls)
        case {"function": str(name)}:
            return name
        case {"keras": Mapping() as data}:
            return str(data.get("registered_name") or data.get("class_name"))
        case Mapping():
            return "{" + ", ".join(f"{key}: {_value(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
        case _:
            return str(value)


def arguments_text(arguments: Mapping[str, Any]) -> str:
    """Arguments after their class: `(rate=0.2)`; nothing where there are none."""
    if not arguments:
        return ""
    text = ", ".join(f"{name}={_value(value)}" for name, value in arguments.items())
    return f"({text if len(text) <= _MAX else f'{text[: _MAX - 1]}…'})"


def shapes_text(calls: Json) -> str:
    """The shapes that a node gives: those of its calls, each once."""
    return " / ".join(dict.fromkeys(shape_text(shape) for shape in calls))


def shape_text(shape: Json) -> str:
    """A structure of shapes: `(None, 64)`."""
    match shape:
        case Mapping():
            return "{" + ", ".join(f"{key}: {shape_text(item)}" for key, item in shape.items()) + "}"
        case list() | tuple() if is_shape(shape):
            sizes = ", ".join("None" if size is None else str(size) for size in shape)
            return f"({sizes},)" if len(shape) == 1 else f"({sizes})"
        case list() | tuple():
            return "[" + ", ".join(map(shape_text, shape)) + "]"
        case _:
            return "?"


def _as_it_is(name: str) -> str:
    return name


def structure_text(data: Json, *, called: Callable[[str], str] = _as_it_is) -> str:
    """Tensors that are read, as `comparing.plain_data` writes them: `a`, `[a, b.1]`, `query: a, value: b`.

    Args:
        called: what to call the node of a name.
    """
    match data:
        case {"tensors": Mapping() as tensors, **_rest}:
            return structure_text(tensors, called=called)
        case {"tensor": [name, call, index]}:
            again = f" (call {call + 1})" if call else ""
            return ".".join([called(str(name)), *map(str, index)]) + again
        case {"mapping": Mapping() as items}:
            return "{" + _entries(items, called) + "}"
        case Mapping() if len(data) == 1:
            return structure_text(next(iter(data.values())), called=called)
        case Mapping():
            return _entries(data, called)
        case list() | tuple():
            return "[" + ", ".join(structure_text(item, called=called) for item in data) + "]"
        case _:
            return value_text(data)


def _entries(items: Mapping[str, Any], called: Callable[[str], str]) -> str:
    return ", ".join(f"{key}: {structure_text(item, called=called)}" for key, item in items.items())
