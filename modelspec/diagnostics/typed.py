"""Words of a command line that a message proposes."""

from __future__ import annotations

import shlex
from pathlib import Path


def typed(path: Path | str) -> str:
    """A path as a shell takes it for one word: a name with spaces in quotes."""
    return shlex.quote(str(path))
