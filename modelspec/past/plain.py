"""What Keras 2 wrote of values that are no JSON, as plain values."""

from __future__ import annotations

from typing import Any

Json = Any


def plain(value: Json) -> Json:
    """A value without the wrappings of Keras 2; what is inside is not looked at.

    Source: `json_utils.get_json_type` and `_encode_tuple` of Keras 2.15, and `func_load` of Keras 2.2.
    """
    match value:
        case {"class_name": "TensorShape" | "__tuple__", "items": items}:
            return items
        case {"class_name": "__tuple__", "config": items} | {
            "class_name": "__tuple__",
            "config": {"value": items},
        }:
            return items
        case {"type": "ndarray", "value": inner}:
            return inner
        case {"class_name": "__numpy__" | "__tensor__", "config": {"value": inner}}:
            return inner
        case {"class_name": "__ellipsis__"}:
            return {"class_name": "__ellipsis__", "config": {}}
        case {"class_name": "__bytes__", "value": str(text)}:
            return text
        case _:
            return value
