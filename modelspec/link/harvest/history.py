"""Several releases' data merged into one history: since when each name exists, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modelspec.catalog.load import FORMAT
from modelspec.catalog.target import minor_of

Catalogs = Sequence[Mapping[str, Any]]
# Names by the releases that have them.
Presence = dict[str, list[str]]


def merge_history(catalogs: Catalogs) -> dict[str, Any]:
    """The history of releases.

    Args:
        catalogs: what `harvest` gave for each release, the oldest first.

    Returns:
        `releases`; `classes` and `operations` by the newest name, each with `since`, `until` (the last
        release that has it) where it is gone, `names` where an older release knows it by another only,
        and its `arguments` as a timeline; `choices` of arguments likewise, where they are not as old as
        the argument. `functions`, `dtypes` and, by family, `identifiers` are timelines. A timeline has
        `since`: release to names, and `until`: of those that are gone.
    """
    releases = [minor_of(catalog["keras"]) for catalog in catalogs]
    return {
        "format": FORMAT,
        "releases": releases,
        "classes": _classes(catalogs, releases),
        "operations": _operations(catalogs, releases),
        "functions": _timeline(_presence((c["functions"] for c in catalogs), releases), releases),
        "identifiers": {
            family: _timeline(
                _presence((c["identifiers"].get(family, {}) for c in catalogs), releases), releases
            )
            for family in catalogs[-1]["identifiers"]
        },
        "dtypes": _timeline(_presence((c["dtypes"]["names"] for c in catalogs), releases), releases),
    }


def _classes(catalogs: Catalogs, releases: Sequence[str]) -> dict[str, Any]:
    found: dict[str, dict[str, tuple[str, Mapping[str, Any]]]] = {}
    spellings: dict[str, set[str]] = {}
    for release, catalog in reversed(list(zip(releases, catalogs, strict=True))):
        for name, entry in catalog["classes"].items():
            spelt = {name, *entry.get("aliases", ())}
            known = next((key for key, names in spellings.items() if key in spelt or name in names), name)
            spellings[known] = spellings.get(known, set()) | spelt
            found.setdefault(known, {})[release] = (name, entry)
    merged = {}
    for name in sorted(found):
        by_release = {release: entry for release, (_, entry) in found[name].items()}
        arguments = [
            {**entry.get("arguments", {}), **{key: {} for key in entry.get("legacy", ())}}
            for entry in _in_order(by_release, releases)
        ]
        moved = {
            release: known_as
            for release, (known_as, entry) in found[name].items()
            if name not in (known_as, *entry.get("aliases", ()))
        }
        merged[name] = (
            _span(list(by_release), releases)
            | ({"names": {r: moved[r] for r in releases if r in moved}} if moved else {})
            | _members(arguments, releases)
        )
    return merged


def _operations(catalogs: Catalogs, releases: Sequence[str]) -> dict[str, Any]:
    names = sorted({name for catalog in catalogs for name in catalog["operations"]})
    merged = {}
    for name in names:
        by_release = {
            release: catalog["operations"][name]
            for release, catalog in zip(releases, catalogs, strict=True)
            if name in catalog["operations"]
        }
        parameters = [entry.get("parameters", {}) for entry in _in_order(by_release, releases)]
        merged[name] = _span(list(by_release), releases) | _members(parameters, releases)
    return merged


def _in_order(
    by_release: Mapping[str, Mapping[str, Any]], releases: Sequence[str]
) -> list[Mapping[str, Any]]:
    return [by_release.get(release, {}) for release in releases]


def _members(arguments: Sequence[Mapping[str, Any]], releases: Sequence[str]) -> dict[str, Any]:
    """The timeline of arguments, and of those choices that came or went while the argument was there."""
    present = _presence(arguments, releases)
    entry: dict[str, Any] = {"arguments": _timeline(present, releases)} if present else {}
    choices = {}
    for name, having in present.items():
        told = [dict.fromkeys(release.get(name, {}).get("choices", ())) for release in arguments]
        # A release in which the choices are not known says nothing about them.
        knowing = [release for release, known in zip(releases, told, strict=True) if known]
        timeline = _presence(told, releases)
        if having == knowing and any(seen != having for seen in timeline.values()):
            choices[name] = _timeline(timeline, releases)
    return entry | ({"choices": choices} if choices else {})


def _presence(members: Iterable[Iterable[str]], releases: Sequence[str]) -> Presence:
    found: Presence = {}
    for release, names in zip(releases, members, strict=True):
        for name in names:
            found.setdefault(name, []).append(release)
    return found


def _span(having: Sequence[str], releases: Sequence[str]) -> dict[str, str]:
    ordered = [release for release in releases if release in having]
    span = {"since": ordered[0]}
    return span if ordered[-1] == releases[-1] else span | {"until": ordered[-1]}


def _timeline(presence: Presence, releases: Sequence[str]) -> dict[str, Any]:
    since: dict[str, list[str]] = {}
    until: dict[str, str] = {}
    for name in sorted(presence):
        span = _span(presence[name], releases)
        since.setdefault(span["since"], []).append(name)
        if "until" in span:
            until[name] = span["until"]
    ordered = {release: since[release] for release in releases if release in since}
    return {"since": ordered} | ({"until": until} if until else {})
