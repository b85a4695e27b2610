"""Arguments without the names of the layers in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from modelspec.catalog.stem import to_snake_case

Json = Any


def without_names(value: Json) -> Json:
    """What is left of arguments when no object in them has a name."""
    return _without(value, lambda name, cls: True)


def without_counted_names(value: Json) -> Json:
    """What is left of arguments when the names go that Keras counts."""
    return _without(value, is_counted)


def is_counted(name: Json, cls: str) -> bool:
    """Whether Keras may have counted the name of an object of a class."""
    stem = re.escape(to_snake_case(cls.rpartition(".")[2].rpartition(">")[2]))
    return isinstance(name, str) and re.fullmatch(rf"(forward_|backward_)?{stem}(_[0-9]+)?", name) is not None


def _without(value: Json, goes: Callable[[Json, str], bool]) -> Json:
    match value:
        case {"class": str(cls), "arguments": Mapping() as arguments}:
            return {"class": cls, "arguments": _bare(arguments, cls, goes)}
        case {"class_name": str(cls), "config": Mapping() as config}:
            return {
                **{key: _without(item, goes) for key, item in value.items()},
                "config": _bare(config, cls, goes),
            }
        case Mapping():
            return {key: _without(item, goes) for key, item in value.items()}
        case list() | tuple():
            return [_without(item, goes) for item in value]
        case _:
            return value


def _bare(arguments: Mapping[str, Json], cls: str, goes: Callable[[Json, str], bool]) -> dict[str, Json]:
    return {
        key: _without(item, goes) for key, item in arguments.items() if key != "name" or not goes(item, cls)
    }
