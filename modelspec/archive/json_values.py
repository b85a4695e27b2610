"""JSON that every reader sees the same: written without NaN, read without doubled keys."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from modelspec.archive.limits import LIMITS, Limits
from modelspec.archive.member_names import quoted
from modelspec.archive.refusal import Refused

# Keys that `json.dumps` writes as text of their own accord, as Keras lets it.
_KEYS = (str, int, float, bool, type(None))
# Python writes and reads integers of 4300 digits at most; these bits take a few less.
_LONGEST = 14_000
_TEXT = frozenset({str})
_NON_FINITE = MappingProxyType({"inf": "infinity", "-inf": "minus infinity", "nan": "NaN"})


class BrokenJson(Refused):
    """A text is not JSON; it tells where that ends."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__("archive-config", f"is not JSON: line {line}, column {column}")
        self.line = line
        self.column = column


def write_json(value: object, limits: Limits = LIMITS) -> bytes | None:
    """A value as JSON in ASCII, laid out as Keras lays out its own; `None` if something is `unwritable`."""
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
    return text.encode("ascii") if _reads_back(value, limits) else None


def unwritable(value: object, limits: Limits = LIMITS) -> Iterator[tuple[str, str]]:
    """What of a value strict JSON cannot hold, as (path, what it is), in the order it would be written.

    A path reads `config.layers[3].config.max_value`; that of the value itself is empty.

    Args:
        value: dicts, lists, tuples and scalars.
        limits: how deep it may nest.
    """
    stack: list[tuple[str, object, int]] = [("", value, 0)]
    while stack:
        path, item, depth = stack.pop()
        children: list[tuple[str, object]] = []
        match item:
            case int() if item.bit_length() > _LONGEST:
                yield path, "a number of thousands of digits"
                continue
            case None | bool() | int() | str():
                continue
            case float():
                if not math.isfinite(item):
                    yield path, _NON_FINITE[float.__repr__(item)]
                continue
            case dict():
                problem = _key_problem(item)
                if problem:
                    yield path, problem
                    continue
                children = [(f"{path}.{key}" if path else str(key), child) for key, child in item.items()]
            case list() | tuple():
                children = [(f"{path}[{index}]", child) for index, child in enumerate(item)]
            case _:
                yield path, f"a `{type(item).__name__}`"
                continue
        if depth >= limits.json_depth:
            yield path, f"nested more than {limits.json_depth} deep"
            continue
        stack.extend((child_path, child, depth + 1) for child_path, child in reversed(children))


def read_json(data: bytes, limits: Limits = LIMITS) -> dict[str, object]:
    """A JSON object as a dict.

    Raises:
        Refused: as of any value; or it is no object.
    """
    value = read_json_value(data, limits)
    if not isinstance(value, dict):
        raise Refused("archive-config", "is not a JSON object")
    return value


def read_json_value(data: bytes, limits: Limits = LIMITS) -> object:
    """Any JSON value; NaN and infinities, which Keras writes bare, are read.

    Raises:
        BrokenJson: the bytes are no JSON.
        Refused: they are no UTF-8, nested too deep or have a key twice.
    """
    try:
        value = json.loads(data.decode(), object_pairs_hook=_unique)
    except UnicodeDecodeError:
        raise Refused("archive-config", "is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise BrokenJson(error.lineno, error.colno) from None
    except ValueError:  # an integer of thousands of digits
        raise Refused("archive-config", "has a number that is too long") from None
    except RecursionError:
        raise _too_deep(limits) from None
    if not _reads_back(value, limits):
        raise _too_deep(limits)
    return value


def _key_problem(item: Mapping[object, object]) -> str | None:
    if _has_text_keys(item):
        return None
    strange = next((key for key in item if not isinstance(key, _KEYS)), None)
    if strange is not None:
        return f"a mapping with a `{type(strange).__name__}` as a key"
    if any(isinstance(key, float) and not math.isfinite(key) for key in item):
        return "a mapping with a key that is no finite number"
    if not _has_distinct_keys(item):
        return "a mapping with two keys that JSON writes alike"
    return None


def _has_text_keys(item: Mapping[object, object]) -> bool:
    return _TEXT.issuperset(map(type, item))


def _has_distinct_keys(item: Mapping[object, object]) -> bool:
    return len({key if isinstance(key, str) else json.dumps(key) for key in item}) == len(item)


def _reads_back(value: object, limits: Limits) -> bool:
    """Whether a value that has been written is one that `read_json` takes."""
    level: list[object] = [value]
    for _ in range(limits.json_depth):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                if not _has_text_keys(item) and not _has_distinct_keys(item):
                    return False
                below += item.values()
            elif isinstance(item, (list, tuple)):
                below += item
        if not below:
            return True
        level = below
    return not any(isinstance(item, (dict, list, tuple)) for item in level)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Refused("archive-config", f"has the key {quoted(key)} twice in one mapping")
            seen.add(key)
    return found


def _too_deep(limits: Limits) -> Refused:
    return Refused("archive-too-large", f"is nested more than {limits.json_depth} deep")
