"""The numbers by which Keras marks one object that stands in several places of a dict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Any

SHARED = "shared_object_id"


def unshared(data: Mapping[str, Json]) -> dict[str, Json]:
    """An object's dict without its own number."""
    return {key: value for key, value in data.items() if key != SHARED}


def small_ids(data: Json) -> Json:
    """Shared ids as 1, 2, … in the order they appear; one that appears once says nothing and goes."""
    counts: dict[object, int] = {}
    _count(data, counts)
    numbers: dict[object, int] = {}
    return _renumber(data, counts, numbers)


def _count(data: Json, counts: dict[object, int]) -> None:
    match data:
        case dict():
            if SHARED in data:
                counts[data[SHARED]] = counts.get(data[SHARED], 0) + 1
            for value in data.values():
                _count(value, counts)
        case list():
            for item in data:
                _count(item, counts)


def _renumber(data: Json, counts: Mapping[object, int], numbers: dict[object, int]) -> Json:
    match data:
        case dict():
            number = None
            if counts.get(data.get(SHARED), 0) > 1:
                number = numbers.setdefault(data[SHARED], len(numbers) + 1)
            found = {key: _renumber(value, counts, numbers) for key, value in data.items() if key != SHARED}
            return found if number is None else {**found, SHARED: number}
        case list():
            return [_renumber(item, counts, numbers) for item in data]
        case _:
            return data
