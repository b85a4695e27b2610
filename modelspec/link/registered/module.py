"""A module that the caller allows: what it is called and where it lies, known without importing it."""

from __future__ import annotations

from pathlib import Path

from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Module:
    """A module to import.

    Args:
        name: of the module, dotted; of a Python file, its stem.
        file: the Python file, where one is named instead of a module.
        stamp: changes when its source does, so that it is then imported anew.
    """

    name: str
    file: Path | None
    stamp: str

    @property
    def package(self) -> str:
        """The package it belongs to."""
        return self.name.partition(".")[0]
