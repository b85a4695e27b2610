"""What the expansion of every item needs: the document's blocks and models, and a bound on items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from modelspec.diagnostics import Report
from modelspec.language.blocks import Block
from modelspec.language.scope import Scope

MAX_ITEMS = 200_000


class Vocabulary(Protocol):
    """What the language asks of the catalog, which stands to its right."""

    def class_of_identifier(self, identifier: str) -> str | None:
        """The class that a string such as `adam` stands for."""

    def class_names(self) -> tuple[str, ...]:
        """The short names of all classes, for suggestions."""


@dataclass(slots=True)
class Budget:
    """How many items may still be made; shared by all expansions of one document."""

    left: int = MAX_ITEMS


@dataclass(frozen=True, slots=True)
class Context:
    """What the expansion of every item needs.

    Args:
        blocks: the document's blocks.
        models: the keys of the document's models.
        document: the scope of the document, which bodies of blocks and models see.
        vocabulary: the names of Keras' classes.
    """

    blocks: Mapping[str, Block]
    models: frozenset[str]
    document: Scope
    vocabulary: Vocabulary
    report: Report
    budget: Budget = field(default_factory=Budget)
