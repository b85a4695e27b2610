"""What folding has to know of the classes of Keras: how automatic names begin, and what is left out."""

from __future__ import annotations

import re

from modelspec.catalog.lookup import Catalog
from modelspec.decompiler.reduced import PER_DIMENSION
from modelspec.frozen import dataclass
from modelspec.language.handles import handle_of

_RANK = re.compile(r"([123])D(?:Transpose)?$")


@dataclass(frozen=True, slots=True)
class Usual:
    """The value of an argument that is not written."""

    value: object


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The catalog, as far as folding needs it."""

    catalog: Catalog

    def stem(self, key: str) -> str:
        """The automatic name of what a key makes, before it is counted."""
        return handle_of(self.catalog.stem(key))

    def usual(self, key: str, argument: str) -> Usual | None:
        """What an argument is that is not written, in its shortest spelling; `None` where nobody knows."""
        if key.startswith("ops."):
            operation = self.catalog.operation(key.removeprefix("ops."))
            found = operation.arguments.get(argument) if operation is not None else None
        else:
            entries = self.catalog.find(key)
            found = entries[0].arguments.get(argument) if len(entries) == 1 else None
        if found is None or found.required:
            return None
        value = found.default
        rank = _RANK.search(key)
        if (
            argument in PER_DIMENSION
            and isinstance(value, list)
            and rank
            and value == [value[0]] * int(rank[1])
        ):
            value = value[0]
        return Usual(value)

    def order(self, key: str) -> dict[str, int]:
        """The arguments of a class or operation by their position in its signature."""
        if key.startswith("ops."):
            operation = self.catalog.operation(key.removeprefix("ops."))
            names = tuple(operation.arguments) if operation is not None else ()
        else:
            entries = self.catalog.find(key)
            names = tuple(entries[0].arguments) if len(entries) == 1 else ()
        return {name: place for place, name in enumerate(names)}

    def is_class(self, key: str) -> bool:
        """Whether a key is a class of the catalog by its short name."""
        return len(self.catalog.find(key)) == 1
