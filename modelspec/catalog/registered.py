"""Classes and functions that modules or the caller register, as the catalog knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any

from modelspec.catalog.entry import ClassEntry, FunctionEntry, read_class
from modelspec.frozen import dataclass

FUNCTION = "function"
"""The family of a registered function in its description."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What a document may name besides Keras' own.

    Args:
        classes: by registered name, `acme>AttentionPool` or a plain custom name.
        functions: likewise.
        refused: the modules under `use`, as written, that the caller has not allowed.
        skipped: those of which nothing is known because the document, or one of them, has other mistakes.
    """

    classes: Mapping[str, ClassEntry] = field(default_factory=lambda: MappingProxyType({}))
    functions: Mapping[str, FunctionEntry] = field(default_factory=lambda: MappingProxyType({}))
    refused: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()

    @property
    def unread(self) -> frozenset[str]:
        """The modules of which nothing is known."""
        return self.refused | self.skipped

    def names(self) -> tuple[str, ...]:
        """Every registered name, sorted."""
        return tuple(sorted({*self.classes, *self.functions}))


def read_registered(
    described: Mapping[str, Mapping[str, Any]],
    *,
    refused: frozenset[str] = frozenset(),
    skipped: frozenset[str] = frozenset(),
) -> Registered:
    """What `link` described, as entries.

    Args:
        described: by registered name: `home`, `class`, `family` and for classes what a harvested class has.
        refused, skipped: see `Registered`.
    """
    functions = {name: data for name, data in described.items() if data["family"] == FUNCTION}
    return Registered(
        MappingProxyType(
            {name: read_class(name, data) for name, data in described.items() if name not in functions}
        ),
        MappingProxyType(
            {name: FunctionEntry(name, (), home=data["home"]) for name, data in functions.items()}
        ),
        refused,
        skipped,
    )


def is_registered_name(text: str) -> bool:
    """Whether a text is spelt as Keras spells registered names (`acme>AttentionPool`)."""
    package, separator, name = text.partition(">")
    return bool(separator and name) and not any(map(str.isspace, text)) and "<" not in package
