"""Names of tensors and variables inside a message: a foreign file may call them anything, at any length."""

from __future__ import annotations

from modelspec.diagnostics.shown import shown

LONGEST_NAME = 200
"""Letters of a name that are shown and compared; a path of many models inside each other has fewer."""


def named(name: str) -> str:
    """A name in backticks, shortened, with what steers a terminal escaped."""
    return f"`{shown(name, limit=LONGEST_NAME)}`"
