"""What several releases have shown, as one: which keys may be left out, and since when the others exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modelspec.link.harvest.portable.omission import ALWAYS_WRITTEN

FORMAT = 1

# Left out only where some release does not know it: else it is better read than guessed.
_DATED_ONLY = frozenset({"seed"})
_KEPT = ALWAYS_WRITTEN | _DATED_ONLY

Release = Mapping[str, Any]


def merge(releases: Iterable[Release]) -> dict[str, Any]:
    """One table of several releases.

    A key may be left out where every release that takes it has shown so, with the same written form. Dates
    are positions in `releases`, the oldest first; what has been there from the first is not dated.

    Returns:
        `releases`: their versions; `classes`, `operations`: by the name in an archive, `since`, `omits` (key
        to written form), `keys` and `words` (key to since when); `compile` likewise; `strings`: by family.
    """
    ordered = sorted(releases, key=lambda release: _numbers(release["keras"]))
    return {
        "format": FORMAT,
        "releases": [release["keras"] for release in ordered],
        "classes": _section(ordered, "classes"),
        "operations": _section(ordered, "operations"),
        "compile": _entry([release["compile"] for release in ordered], ordered),
        "strings": {
            family: dates
            for family in sorted({family for release in ordered for family in release["strings"]})
            if (dates := _dates([release["strings"].get(family, ()) for release in ordered], 0))
        },
    }


def _section(releases: Sequence[Release], section: str) -> dict[str, Any]:
    names = sorted({name for release in releases for name in release[section]})
    return {name: _entry([release[section].get(name) for release in releases], releases) for name in names}


def _entry(found: Sequence[Mapping[str, Any] | None], releases: Sequence[Release]) -> dict[str, Any]:
    """One class in every release; `None` where it is not there."""
    since = next(position for position, one in enumerate(found) if one is not None)
    here = [(one, release) for one, release in zip(found, releases, strict=True) if one is not None]
    accepted = [() if one is None else one["accepts"] for one in found]
    dated = {
        argument: _dates(
            [() if one is None else one["words"].get(argument, ()) for one in found],
            _first(accepted, argument, since),
        )
        for argument in _tried_everywhere([one for one, _ in here])
    }
    keys = {} if any(one.get("open") for one, _ in here) else _dates(accepted, since)
    entry = {
        "since": since,
        "omits": _omits(here, keys),
        "keys": keys,
        "words": {argument: dates for argument, dates in dated.items() if dates},
        "call": _dates([() if one is None else one.get("call", ()) for one in found], since),
    }
    return {key: value for key, value in entry.items() if value}


def _tried_everywhere(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """The arguments that have taken some word in every release they exist in; of others no date is known."""
    return sorted(
        argument
        for argument in {argument for one in found for argument in one.get("words", {})}
        if all(argument in one["words"] for one in found if argument in one["accepts"])
    )


def _omits(here: Sequence[tuple[Mapping[str, Any], Release]], dated: Mapping[str, int]) -> dict[str, object]:
    """The keys that every release fills in itself with one and the same."""
    found = {}
    for key in sorted({key for one, _ in here for key in one["omits"]}):
        if key in _DATED_ONLY and key not in dated:
            continue
        taking = [(one, release) for one, release in here if key in one["accepts"]]
        forms = [
            normal(shown[key], release["classes"])
            for one, release in taking
            # A release that takes a key and never writes it has shown its default all the same.
            for shown in (one.get("unwritten", {}), one["omits"])
            if key in shown
        ]
        if len(forms) == len(taking) and len({json.dumps(form, sort_keys=True) for form in forms}) == 1:
            found[key] = forms[0]
    return found


def normal(value: Any, classes: Mapping[str, Any]) -> Any:
    """A written form in which the objects inside leave out what their own release fills in."""
    match value:
        case {"module": str(module), "class_name": str(name), "config": dict() as config}:
            omits = classes.get(f"{module}.{name}", {}).get("omits", {})
            kept = {key: normal(inner, classes) for key, inner in config.items()}
            return {
                "module": module,
                "class_name": name,
                "config": {
                    key: inner
                    for key, inner in kept.items()
                    if key not in omits or key in _KEPT or inner != normal(omits[key], classes)
                },
                "registered_name": value.get("registered_name"),
            }
        case dict():
            return {key: normal(inner, classes) for key, inner in value.items()}
        case list():
            return [normal(inner, classes) for inner in value]
        case _:
            return value


def _dates(found: Sequence[Iterable[str]], since: int) -> dict[str, int]:
    """The names that came after `since`, each with when it came."""
    names = sorted({name for names in found for name in names})
    dates = {name: _first(found, name, since) for name in names}
    return {name: date for name, date in dates.items() if date > since}


def _first(found: Sequence[Iterable[str]], name: str, otherwise: int) -> int:
    return next((position for position, names in enumerate(found) if name in names), otherwise)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
