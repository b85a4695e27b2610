"""Reduced values as plain data that can be compared, hashed and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.catalog.shared_ids import SHARED
from modelspec.decompiler.reduced import Function, Obj, Verbatim

# Where an object came from and how it was built follows from the rest.
_SAYS_NOTHING = frozenset({SHARED, "build_config"})


def plain(value: object) -> Any:
    """A value with its objects as mappings; see `architecture.model.Json`."""
    match value:
        case Obj(entry=entry, args=args):
            return {"class": entry.name, "arguments": plain(args)}
        case Function(name=name):
            return {"function": name}
        case Verbatim(data=data):
            return {"keras": _bare(data)}
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            return value


def _bare(data: object) -> object:
    match data:
        case Mapping():
            return {str(key): _bare(item) for key, item in data.items() if key not in _SAYS_NOTHING}
        case list() | tuple():
            return [_bare(item) for item in data]
        case _:
            return data
