"""What every release fills in itself, and since when the rest exists: the data of `data/portable.json`.

`python -m modelspec.link.harvest.portable` wrote it, from Keras releases that it tried.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from modelspec.catalog.target import Version

_DATA = Path(__file__).parent / "data" / "portable.json"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Habits:
    """How the releases read and write one class. Dates are positions in `Portable.releases`.

    Args:
        since: when it came.
        omits: the keys that every release fills in itself, each with the written form that is filled in.
        keys: those that came later, each with when.
        words: by argument: the words that it takes only since some release.
        call: the parameters of its call that came later.
    """

    since: int
    omits: Mapping[str, object]
    keys: Mapping[str, int]
    words: Mapping[str, Mapping[str, int]]
    call: Mapping[str, int]


class Portable:
    """What is known of the releases.

    Args:
        data: as it was merged.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self.releases: tuple[str, ...] = tuple(data["releases"])
        self.compile = _habits(data["compile"])

    def habits(self, data: Mapping[str, object]) -> Habits | None:
        """Of the class of a serialization dict; `None` for a registered class and for one not known."""
        if data.get("registered_name") not in (None, data.get("class_name")):
            return None
        name = f"{data.get('module')}.{data.get('class_name')}"
        for section in ("classes", "operations"):
            found = self._data[section].get(name)
            if found is not None:
                return _habits(found)
        return None

    def is_operation(self, data: Mapping[str, object]) -> bool:
        """Whether a serialization dict is one of an operation beside layers."""
        return f"{data.get('module')}.{data.get('class_name')}" in self._data["operations"]

    def string_since(self, text: str, family: str) -> int:
        """Since when a text stands for an object of a family; one that is not dated was always there."""
        return int(self._data["strings"].get(family, _NOTHING).get(text, 0))

    def position(self, version: Version) -> int:
        """The newest release that is known of and not newer than `version`; the oldest if there is none.

        A key that came between two known releases is taken to have come with the later one.
        """
        known = [numbers(release)[: max(len(version), 2)] for release in self.releases]
        return max((at for at, release in enumerate(known) if release <= version), default=0)


def numbers(version: str) -> Version:
    """(3, 15, 1) of `3.15.1`."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


@cache
def load_portable() -> Portable:
    """The packaged data."""
    return Portable(json.loads(_DATA.read_bytes()))


def _habits(data: Mapping[str, Any]) -> Habits:
    return Habits(
        since=data.get("since", 0),
        omits=data.get("omits", _NOTHING),
        keys=data.get("keys", _NOTHING),
        words=data.get("words", _NOTHING),
        call=data.get("call", _NOTHING),
    )
