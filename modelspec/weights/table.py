"""What can be said of a table of variables without their values: sizes, and patterns of paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import prod
from types import MappingProxyType

from modelspec.link.linked import Variable

# Bytes of one element, by Keras' name of the dtype.
ITEM_SIZES: Mapping[str, int] = MappingProxyType(
    {
        "bool": 1,
        "int8": 1,
        "uint8": 1,
        "float8_e4m3fn": 1,
        "float8_e5m2": 1,
        "int16": 2,
        "uint16": 2,
        "float16": 2,
        "bfloat16": 2,
        "int32": 4,
        "uint32": 4,
        "float32": 4,
        "int64": 8,
        "uint64": 8,
        "float64": 8,
        "complex64": 8,
        "complex128": 16,
    }
)


def count(variable: Variable) -> int:
    """How many elements a variable has; a scalar has one."""
    return prod(variable.shape)


def size(variable: Variable) -> int:
    """How many bytes a variable's values take."""
    return count(variable) * ITEM_SIZES[variable.dtype]


def total_bytes(variables: Iterable[Variable]) -> int:
    """How many bytes all values take."""
    return sum(size(variable) for variable in variables)


def match_patterns(patterns: Sequence[str], paths: Sequence[str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The paths that patterns choose, and the positions of patterns that match nothing.

    The last pattern that matches a path decides; one that starts with `!` takes away. `*` stands for
    anything within a segment, `**` for any number of segments, `?` for one character, `[…]` for one of a
    class; `a/**` includes `a`.
    """
    chosen: dict[str, bool] = {}
    idle: list[int] = []
    for position, pattern in enumerate(patterns):
        expression = _compiled(pattern.removeprefix("!"))
        matched = [path for path in paths if expression.fullmatch(path)]
        if not matched:
            idle.append(position)
        for path in matched:
            chosen[path] = not pattern.startswith("!")
    return tuple(path for path in paths if chosen.get(path)), tuple(idle)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    segments = pattern.split("/")
    for position, segment in enumerate(segments):
        first, last = position == 0, position == len(segments) - 1
        if segment == "**":
            if first and last:
                parts.append(".*")
            elif first:
                parts.append("(?:[^/]+/)*")
            elif last:
                parts.append("(?:/.*)?")
            else:
                parts.append("(?:/[^/]+)*")
            continue
        # A leading `**/` has brought its slash along.
        joined = first or (position == 1 and segments[0] == "**")
        parts.append(("" if joined else "/") + _segment(segment))
    return re.compile("".join(parts))


def _segment(segment: str) -> str:
    text = ""
    index = 0
    while index < len(segment):
        char = segment[index]
        if char == "*":
            text += "[^/]*"
        elif char == "?":
            text += "[^/]"
        elif char == "[" and (end := segment.find("]", index + 2)) > 0:
            body = segment[index + 1 : end]
            inverse = body.startswith("!")
            text += "[" + ("^" if inverse else "") + _class_body(body[1:] if inverse else body) + "]"
            index = end
        else:
            text += re.escape(char)
        index += 1
    return text


def _class_body(body: str) -> str:
    return body.replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^")
