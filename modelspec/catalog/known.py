"""Objects that stand in documents again and again, each resolved once.

A residual network has a few kinds of layers and hundreds of layers, and the variants of a sweep have the same
ones. What an object resolves to depends on what it says, not on where it was written; it is kept where
nothing at all was found wrong by then, so that no mistake is told once too seldom.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import field
from typing import Any

from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.language.values import Field, Fields, Items, Object, Plain, Value

Json = Any


@dataclass(frozen=True, slots=True)
class KnownObjects:
    """What is known of objects under one catalog, one policy and the same defaults.

    Args:
        data: by what an object says: its serialization dict.
        held: the identities of those dicts.
        parameters: by identity: how many parameters such a dict stands for at the least. It has been seen
            through, and holds nothing that no document may.
    """

    data: dict[Hashable, dict[str, Json]] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)
    parameters: dict[int, int] = field(default_factory=dict)

    def hold(self, content: Hashable, data: dict[str, Json]) -> None:
        """Know a dict from now on."""
        self.data[content] = data
        self.held.add(id(data))


def may_keep(report: Report) -> bool:
    """Whether what was just found goes for all that say the same: no mistake, and no file."""
    return not report.diagnostics and not report.files


def content_of(fields: tuple[Field, ...]) -> Hashable | None:
    """What arguments say, wherever they are written; `None` where that is not simply told."""
    found = [(one.name, _content(one.value)) for one in fields]
    return None if any(content is None for _, content in found) else tuple(found)


def content_of_defaults(defaults: Mapping[str, tuple[Field, ...]]) -> Hashable | None:
    """The same of the defaults of a document."""
    found = [(name, content_of(fields)) for name, fields in defaults.items()]
    return None if any(content is None for _, content in found) else tuple(found)


def _content(value: Value) -> Hashable | None:
    match value:
        case Plain(value=plain):
            return (type(plain), repr(plain) if isinstance(plain, float) else plain)
        case Items(items=items):
            inner = tuple(map(_content, items))
        case Fields(fields=fields, literal=literal):
            inner = (literal, content_of(fields))
        case Object(cls=cls, args=args, written_bare=bare):
            inner = (cls, bare, content_of(args))
        case _:
            return None
    return None if None in inner else (type(value), inner)
