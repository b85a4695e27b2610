"""How many examples of a property are tried: a third in every run, all of them on demand."""

from __future__ import annotations

import os

VARIABLE = "MODELSPEC_EXAMPLES"


def tried(count: int) -> int:
    """So many where `MODELSPEC_EXAMPLES` is `all`, else a third, but no fewer than five."""
    return count if os.environ.get(VARIABLE) == "all" else max(5, count // 3)
