"""The values that expressions work on: their kinds, equality, size, and how YAML writes them.

A value is null, a boolean, an integer, a float, a string or a list (a tuple counts as one). Anything else,
such as a variable that holds a class with arguments, is an *object*: it is handed on as it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, TypeGuard

from modelspec.language.expressions.errors import Fault
from modelspec.language.expressions.limits import MAX_INTEGER

Kind = Literal["null", "boolean", "integer", "float", "string", "list", "object"]

_SPOKEN: Mapping[Kind, str] = MappingProxyType(
    {
        "null": "null",
        "boolean": "a boolean",
        "integer": "a number",
        "float": "a number",
        "string": "a string",
        "list": "a list",
        "object": "an object",
    }
)


def kind(value: object) -> Kind:
    """What kind of value it is; a boolean is not a number."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "float"
        case str():
            return "string"
        case list() | tuple():
            return "list"
        case _:
            return "object"


def spoken(value: object) -> str:
    """The kind with its article, as messages say it: `a number`, `null`."""
    return _SPOKEN[kind(value)]


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether it takes part in arithmetic."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_integer(value: object) -> TypeGuard[int]:
    """Whether it counts or indexes."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_list(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    """Whether it is a list."""
    return isinstance(value, list | tuple)


def bounded(value: int | float) -> int | float:
    """The number itself; `Fault` for an integer of more than 64 bits."""
    if isinstance(value, int) and not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise Fault(
            "expression-too-large", "an integer here does not fit in 64 bits", "write a float such as `1e30`"
        )
    return value


def weigh(value: object, most: int) -> int:
    """The items and characters that a value holds at any depth; stops counting above `most`."""
    total = 0
    stack = [value]
    while stack and total <= most:
        match stack.pop():
            case str() as text:
                total += len(text)
            case (list() | tuple()) as items:
                total += len(items)
                if total <= most:
                    stack.extend(items)
            case int() as number:
                total += number.bit_length() // 64
    return total


def compare_equal(left: object, right: object) -> Iterator[bool]:
    """Whether two values are equal, step by step: one answer per pair looked at, all true where they are.

    Numbers are equal by value, `1 == 1.0`; a boolean equals no number; lists are equal item by item.

    Raises:
        Fault: an object meets anything but null.
    """
    stack: list[Iterator[tuple[object, object]]] = [iter([(left, right)])]
    while stack:
        pair = next(stack[-1], None)
        if pair is None:
            stack.pop()
            continue
        one, other = pair
        if is_list(one) and is_list(other):
            yield len(one) == len(other)
            stack.append(zip(one, other, strict=True))
        elif is_number(one) and is_number(other):
            yield one == other
        elif kind(one) != kind(other):
            if "object" in (kind(one), kind(other)) and one is not None and other is not None:
                raise _incomparable()
            yield False
        elif kind(one) == "object":
            raise _incomparable()
        else:
            yield one == other


def _incomparable() -> Fault:
    return Fault("expression-type", "an object can be compared with `null` only")


def holds_object(value: object) -> bool:
    """Whether a value is an object or a list that holds one at any depth."""
    stack = [value]
    while stack:
        item = stack.pop()
        if kind(item) == "object":
            return True
        if is_list(item):
            stack.extend(item)
    return False


# What stands without quotes: a word that no reader takes for a number, a boolean, null or a mark of YAML.
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_NO_STRINGS = frozenset({"true", "false", "null", "none", "yes", "no", "on", "off", "y", "n"})
_ESCAPES = MappingProxyType({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})


def format_constant(value: object) -> str:
    """A value as YAML 1.2 writes it in one line: `true`, `null`, `0.001`, `1e-05`, `[64, same, "1"]`.

    It reads back as the same value. Strings that would read as something else, or hold more than a word,
    stand in double quotes; lists and mappings are in flow style.

    Raises:
        TypeError: the value is none that YAML writes.
    """
    written: list[str] = []
    stack: list[tuple[bool, object]] = [(False, value)]  # (whether it is written already, value or text)
    while stack:
        is_text, item = stack.pop()
        if is_text:
            written.append(str(item))
            continue
        match item:
            case list() | tuple():
                stack.append((True, "]"))
                stack.extend(_separated([(False, inner)] for inner in item))
                written.append("[")
            case Mapping():
                pairs = ([(False, key), (True, ": "), (False, inner)] for key, inner in item.items())
                stack.append((True, "}"))
                stack.extend(_separated(pairs))
                written.append("{")
            case _:
                written.append(_format_scalar(item))
    return "".join(written)


def _separated(groups: Iterator[list[tuple[bool, object]]]) -> list[tuple[bool, object]]:
    """The groups with commas between, last first as a stack takes them."""
    flat: list[tuple[bool, object]] = []
    for group in groups:
        flat.extend([(True, ", ")] if flat else [])
        flat.extend(group)
    return flat[::-1]


def _format_scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _format_float(value)
        case str():
            plain = _WORD.fullmatch(value) and value.lower() not in _NO_STRINGS
            return value if plain else f'"{"".join(map(_format_character, value))}"'
        case _:
            raise TypeError(f"a {type(value).__name__} is no value that YAML writes")


def _format_float(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"


def _format_character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
