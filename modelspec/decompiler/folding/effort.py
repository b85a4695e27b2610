"""How much may be looked at in one document: folding ends where it is used up, wherever it has come to."""

from __future__ import annotations

from dataclasses import dataclass

MOST = 1_000_000
"""Twice what the largest of `keras.applications` needs."""


@dataclass(slots=True)
class Effort:
    """What is left, in items that are looked at; the same in every process, unlike seconds."""

    left: int = MOST

    def spend(self, items: int) -> bool:
        """Take some of it; whether there was any left."""
        self.left -= items
        return self.left > 0
