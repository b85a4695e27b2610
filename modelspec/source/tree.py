"""The tree of a YAML text: scalars, sequences and mappings, each with its place."""

from __future__ import annotations

from modelspec.diagnostics import Place
from modelspec.frozen import dataclass

Primitive = None | bool | int | float | str


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value.

    Args:
        value: read by the rules of YAML 1.2 (a quoted scalar is always a string).
        text: as written, unquoted and unescaped; what a name or a reference reads.
        place: where it stands; at an alias, where the alias is used.
        plain: whether it was written without quotes.
    """

    value: Primitive
    text: str
    place: Place
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping and its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Entries in the order of the text; keys are unique by their `text`, merge keys are resolved."""

    entries: tuple[Entry, ...]
    place: Place

    def get(self, key: str) -> Node | None:
        """The value under `key`, or `None`."""
        entry = self.entry(key)
        return entry.value if entry else None

    def entry(self, key: str) -> Entry | None:
        """The entry whose key reads `key`, or `None`."""
        for entry in self.entries:
            if entry.key.text == key:
                return entry
        return None


Node = Scalar | Sequence | Mapping
