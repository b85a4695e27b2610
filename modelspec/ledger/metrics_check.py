"""What is wrong with a run's file of metrics."""

from __future__ import annotations

import json
from typing import Literal

from modelspec.frozen import dataclass
from modelspec.ledger.folder import RunFolder


@dataclass(frozen=True, slots=True)
class Cut:
    """Metrics of which only the first lines are read.

    Args:
        kind: `torn` where its process was ended while it wrote the last line, else `damaged`.
        line: the first that is not read, from 1.
    """

    kind: Literal["torn", "damaged"]
    line: int


def check_metrics(folder: RunFolder) -> Cut | None:
    """Where a run's metrics cannot be read; `None` where all can, or where there are none.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        lines = folder.metrics.read_bytes().split(b"\n")
    except FileNotFoundError:
        return None
    for number, line in enumerate(lines[:-1], 1):
        if not _is_object(line):
            return Cut("damaged", number)
    return Cut("torn", len(lines)) if lines[-1] else None


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
