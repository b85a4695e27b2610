"""What is known of layers, kept while a process runs, and in the cache from one process to the next."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from modelspec import __version__
from modelspec.archive.atomic import WriteError, write_atomically
from modelspec.catalog.load import cache_folder, installed_keras_version
from modelspec.compiler.code_stamp import code_stamp
from modelspec.compiler.layerwise.keys import key_of
from modelspec.compiler.layerwise.values import (
    Known,
    KnownCall,
    KnownCompile,
    KnownInput,
    KnownOptimizer,
    KnownSlots,
    Said,
    Spec,
)

Json = Any

MAX_LAYERS = 20_000
_MAX_FILES = 4
_ROOMS = ("architecture", "catalog", "compiler", "decompiler", "graph", "link", "weights")
_KINDS: Mapping[str, Callable[[Mapping[str, Json]], Known]] = {
    "KnownCall": lambda data: _call(data),
    "KnownInput": lambda data: KnownInput(**data),
    "KnownOptimizer": lambda data: KnownOptimizer(tuple(data["own"]), data["memory"]),
    "KnownSlots": lambda data: KnownSlots(**data),
    "KnownCompile": lambda data: KnownCompile(**data),
}


class KnownLayers:
    """What is known, by key; `None` of what Keras refuses or what cannot be known by itself.

    Args:
        path: the file that it is kept in; `None` to keep nothing.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._values: dict[str, Known | None] = {}
        self._new: dict[str, Json] = {}

    @cached_property
    def _data(self) -> dict[str, Json]:
        return _read(self._path) if self._path is not None else {}

    def __contains__(self, key: str) -> bool:
        return key in self._values or key in self._data

    def get(self, key: str) -> Known | None:
        """What is known under a key that is there."""
        if key not in self._values:
            self._values[key] = _value(self._data[key])
        return self._values[key]

    def put(self, key: str, value: Known | None) -> None:
        """Know something from now on."""
        self._values[key] = value
        self._data[key] = self._new[key] = _json(value)

    def taken(self) -> dict[str, Json]:
        """What is new since it was last taken, as JSON."""
        found, self._new = self._new, {}
        return found

    def learn(self, found: Mapping[str, Json]) -> None:
        """Know what another process found."""
        self._new |= {key: data for key, data in found.items() if key not in self._data}
        self._data.update(found)

    def save(self) -> None:
        """Keep what is new; a folder that cannot be written to is left alone."""
        if self._path is None or not self._new:
            return
        # Another process may have written meanwhile.
        data = _read(self._path) | self._new
        self._new = {}
        for key in list(data)[: max(len(data) - MAX_LAYERS, 0)]:
            del data[key]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, json.dumps(data, separators=(",", ":")).encode(), durable=False)
            others = sorted(self._path.parent.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
            for path in others[:-_MAX_FILES]:
                path.unlink(missing_ok=True)
        except (OSError, WriteError):
            return


def known_layers(*, use_cache: bool) -> KnownLayers:
    """What is known already; of an earlier process too, where the cache may be used."""
    return KnownLayers(cache_folder() / "layers" / f"{_stamp()}.json" if use_cache else None)


@cache
def _stamp() -> str:
    """Of our own code and of Keras."""
    return key_of(code_stamp(rooms=_ROOMS), __version__, installed_keras_version())


def _read(path: Path) -> dict[str, Json]:
    """What a file keeps; what cannot be read counts as absent."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _json(value: Known | None) -> Json:
    if value is None:
        return None
    return [type(value).__name__, _plain(value)]


def _plain(value: Json) -> Json:
    match value:
        case KnownCall() | KnownInput() | KnownOptimizer() | KnownSlots() | KnownCompile() | Said() | Spec():
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _value(data: Json) -> Known | None:
    return None if data is None else _KINDS[data[0]](data[1])


def _call(data: Mapping[str, Json]) -> KnownCall:
    output = data["output"]
    read = {
        "output": Spec(tuple(output["shape"]), output["dtype"]),
        "index": tuple(data["index"]),
        "said": Said(**data["said"]),
        "levelled": Said(**data["levelled"]),
        "variables": tuple((below, tuple(shape), dtype) for below, shape, dtype in data["variables"]),
    }
    return KnownCall(**{**data, **read})
