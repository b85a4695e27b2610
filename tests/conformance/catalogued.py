"""What the catalog of the installed Keras has, from which the conformance tests are generated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from modelspec.catalog.entry import ClassEntry, OperationEntry
from modelspec.catalog.load import installed_keras_version, load_catalog

T = TypeVar("T")

CATALOG = load_catalog(installed_keras_version())


def classes(*families: str) -> tuple[ClassEntry, ...]:
    """Every class of these families."""
    short_names = (*CATALOG.class_names(), *CATALOG._data["classes"])
    found = {entry.name: entry for name in short_names for entry in CATALOG.find(name, families)}
    return tuple(found[name] for name in sorted(found))


def operations() -> tuple[OperationEntry, ...]:
    """Every operation."""
    found = [CATALOG.operation(name) for name in sorted(CATALOG._data["operations"])]
    return tuple(entry for entry in found if entry is not None)


def functions() -> tuple[str, ...]:
    """The full name of every function that an argument can name."""
    return tuple(sorted(CATALOG._data["functions"]))


def row(table: Mapping[str, T], owner: str, argument: str) -> T | None:
    """The row `Class.argument` of a table, else `*.argument`."""
    specific = f"{owner}.{argument}"
    return table.get(specific, table.get(f"*.{argument}"))


def unused_rows(table: Mapping[str, T], entries: Iterable[ClassEntry]) -> set[str]:
    """The rows of a table by argument that no class has: what Keras no longer knows, or a slip."""
    entries = tuple(entries)
    return {
        key
        for key in table
        if not any(
            key.partition(".")[2] in entry.arguments and key.partition(".")[0] in ("*", entry.short)
            for entry in entries
        )
    }
