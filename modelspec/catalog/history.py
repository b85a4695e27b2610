"""Since which release of Keras each name exists, and until which: a reader of the packaged history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

_HISTORY = Path(__file__).parent / "data" / "history.json"


@dataclass(frozen=True, slots=True)
class Span:
    """The releases that have something.

    Args:
        since: the first one of those that were harvested (`3.10`); the oldest may not be the first of all.
        until: the last one, where it is gone from the newest; else `None`.
    """

    since: str
    until: str | None = None


class History:
    """What came and went from release to release.

    Classes are asked for by their canonical name in the newest release or any older one, operations by
    their name below `keras.ops`. A name that no release has gives `None`.

    Args:
        data: what `modelspec.link.harvest --history` wrote.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    @property
    def releases(self) -> tuple[str, ...]:
        """The releases that were harvested, the oldest first."""
        return tuple(self._data["releases"])

    def since_argument(self, class_name: str, argument: str) -> str | None:
        """The first release in which a class takes an argument."""
        span = self.of_argument(class_name, argument)
        return span.since if span is not None else None

    def of_class(self, class_name: str) -> Span | None:
        """The releases that have a class."""
        entry = self._class(class_name)
        return Span(entry["since"], entry.get("until")) if entry is not None else None

    def of_argument(self, class_name: str, argument: str) -> Span | None:
        """The releases in which a class takes an argument, also as a keyword nobody should write."""
        return _in_timeline((self._class(class_name) or {}).get("arguments"), argument)

    def of_operation(self, operation: str) -> Span | None:
        """The releases that have an operation."""
        entry = self._data["operations"].get(operation)
        return Span(entry["since"], entry.get("until")) if entry is not None else None

    def of_parameter(self, operation: str, parameter: str) -> Span | None:
        """The releases in which an operation has a parameter."""
        return _in_timeline(self._data["operations"].get(operation, {}).get("arguments"), parameter)

    def of_function(self, name: str) -> Span | None:
        """The releases that have a public function (`keras.activations.celu`)."""
        return _in_timeline(self._data["functions"], name)

    def _class(self, name: str) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self._data["classes"].get(self._newest_names.get(name, name))
        return found

    @cached_property
    def _newest_names(self) -> Mapping[str, str]:
        """Names that only older releases have, to the newest."""
        return {
            old: newest
            for newest, entry in self._data["classes"].items()
            for old in entry.get("names", {}).values()
        }


@cache
def load_history() -> History:
    """The history that the package has."""
    return History(json.loads(_HISTORY.read_bytes()))


def _in_timeline(timeline: Mapping[str, Any] | None, name: str) -> Span | None:
    for release, names in (timeline or {}).get("since", {}).items():
        if name in names:
            return Span(release, (timeline or {}).get("until", {}).get(name))
    return None
