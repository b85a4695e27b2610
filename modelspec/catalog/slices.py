"""The key of a slice as Keras serialises it for `GetItem`.

Source of the format: `keras.src.saving.serialization_lib`, `__slice__` and `__ellipsis__`.
"""

from __future__ import annotations

from typing import Any

Json = Any


def slice_key(entries: tuple[object, ...]) -> Json:
    """What stands between the brackets: one entry by itself, several as a list."""
    keys = [_entry(entry) for entry in entries]
    return keys[0] if len(keys) == 1 else keys


def _entry(entry: object) -> Json:
    match entry:
        case slice():
            bounds = {"start": entry.start, "stop": entry.stop, "step": entry.step}
            return {"class_name": "__slice__", "config": bounds}
        case _ if entry is Ellipsis:
            return {"class_name": "__ellipsis__", "config": {}}
        case _:
            return entry
