"""Names found by a pattern as people write one on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from modelspec.catalog.reference import FAMILY_ORDER, Name
from modelspec.diagnostics import nearest

_GLOB = frozenset("*?[")


def find_names(
    names: Iterable[Name], pattern: str | None, *, families: Sequence[str] = ()
) -> tuple[Name, ...]:
    """The names that a pattern finds, whatever their case.

    Args:
        pattern: with `*`, `?` and `[abc]`, or one of the names that something has; `None` for all.
        families: only what can stand for one of these; none for all families.
    """
    wanted = frozenset(families)
    folded = pattern.lower() if pattern is not None else None
    return tuple(
        name
        for name in names
        if (not wanted or wanted & frozenset(name.families)) and (folded is None or _fits(name, folded))
    )


def near_pattern(names: Iterable[Name], pattern: str, *, families: Sequence[str] = ()) -> str | None:
    """What was most likely meant by a pattern that finds nothing: a name, or a wider pattern."""
    candidates = find_names(names, None, families=families)
    if not _is_glob(pattern):
        near = nearest(pattern, (text for name in candidates for text in _texts(name)))
        if near is not None:
            return near
    wider = f"*{pattern.strip('*')}*"
    return wider if wider != pattern and find_names(candidates, wider) else None


def by_family(names: Iterable[Name]) -> dict[str, tuple[Name, ...]]:
    """Names by the family each can stand for first, families in their order."""
    found: dict[str, list[Name]] = {}
    for name in names:
        found.setdefault(name.families[0], []).append(name)
    return {family: tuple(found[family]) for family in FAMILY_ORDER if family in found}


def _fits(name: Name, folded: str) -> bool:
    if _is_glob(folded):
        # The strings and aliases of something are found with it: a glob asks for what things are called.
        return any(fnmatchcase(text.lower(), folded) for text in (name.written, name.full))
    return any(text.lower() == folded for text in _texts(name))


def _texts(name: Name) -> tuple[str, ...]:
    return (name.written, name.full, *name.others)


def _is_glob(text: str) -> bool:
    return not _GLOB.isdisjoint(text)
