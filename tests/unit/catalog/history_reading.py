"""What the history holds besides what the package asks it: which releases have a thing, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.catalog.history import History, Span


def holds(span: Span, release: str) -> bool:
    """Whether a release (`3.12`) has something; one between two harvested ones if both have it."""
    asked = _numbers(release)
    return _numbers(span.since) <= asked and (span.until is None or asked <= _numbers(span.until))


def choice_span(history: History, class_name: str, argument: str, choice: str) -> Span | None:
    """The releases in which an argument takes a string; the argument's own where nothing says more."""
    choices = history._data["classes"].get(class_name, {}).get("choices", {})
    return _in_timeline(choices.get(argument), choice) or history.of_argument(class_name, argument)


def identifier_span(history: History, family: str, text: str) -> Span | None:
    """The releases in which a family's `get` reads a string."""
    return _in_timeline(history._data["identifiers"].get(family), text)


def dtype_span(history: History, name: str) -> Span | None:
    """The releases that read the name of a dtype or policy."""
    return _in_timeline(history._data["dtypes"], name)


def _in_timeline(timeline: Mapping[str, Any] | None, name: str) -> Span | None:
    for release, names in (timeline or {}).get("since", {}).items():
        if name in names:
            return Span(release, (timeline or {}).get("until", {}).get(name))
    return None


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))
