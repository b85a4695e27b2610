"""What a sweep may cost, counted over all times that it was driven."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from modelspec.ledger.values import RunRow
from modelspec.sweep.values import Budget

Limit = Literal["wall", "gpu_hours"]
_HOUR = 3600.0
_NOTHING = 1 << 16
"""So few bytes are no room for anything."""


def reached(
    budget: Budget, running: Iterable[RunRow], *, wall: float, spent: float, gpus: float, now: float
) -> Limit | None:
    """The limit of time that a sweep has come to; `None` where there is time left.

    Args:
        running: the runs whose current attempt is not in `spent` yet.
        wall: seconds for which the sweep has been driven.
        spent: seconds of all attempts that have ended.
        gpus: that each run takes.
        now: seconds since 1970.
    """
    if budget.wall is not None and wall >= budget.wall:
        return "wall"
    if budget.gpu_hours is not None and gpus:
        spent += sum(max(0.0, now - run.started) for run in running if run.started is not None)
        if spent * gpus / _HOUR >= budget.gpu_hours:
            return "gpu_hours"
    return None


def has_room(folder: Path, budget: Budget) -> bool:
    """Whether the disk has as much free as the sweep is to leave."""
    return budget.disk_free is None or _free(folder) >= budget.disk_free


def is_full(folder: Path) -> bool:
    """Whether the disk has no room for anything."""
    return _free(folder) < _NOTHING


def _free(folder: Path) -> float:
    """Bytes free; a file system that does not tell is trusted."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return float("inf")
