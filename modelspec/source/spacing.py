"""A `:` with a bracket close behind it: to YAML, `Dense:{units` is one word."""

from __future__ import annotations

import re

_GLUED = re.compile(r"[A-Za-z_$][A-Za-z0-9_.>$-]*:(?=[\[{])")


def glued_key(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the first such key with its `:` stands between `start` and `end`."""
    found = _GLUED.search(text, start, end)
    return found.span() if found else None
