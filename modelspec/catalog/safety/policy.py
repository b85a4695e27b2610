"""What the caller, not the document, says of what a document may do."""

from __future__ import annotations

from pathlib import Path

from modelspec.frozen import dataclass

MAX_PARAMS = 100_000_000_000
"""The largest model that is made, or passes an audit, where the caller says nothing."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a document may do.

    Args:
        root: the folder that files must stay inside; `None` for the folder of the text that names them.
        allowed_paths: files and folders outside of it that may be read.
        allow_unsafe: whether objects may run code or open files when they are loaded.
        max_params: the largest model that is made.
        registered: names, besides Keras' own, that classes and functions may have (`acme>Pool`); `None`
            where nobody knows yet, so that Keras is left to find them or not.
    """

    root: Path | None = None
    allowed_paths: tuple[Path, ...] = ()
    allow_unsafe: bool = False
    max_params: int = MAX_PARAMS
    registered: frozenset[str] | None = None


CAUTIOUS = Policy()
"""Of a caller who says nothing."""
