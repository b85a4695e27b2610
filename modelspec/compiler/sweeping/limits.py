"""What a sweep may cost, counted over all times that it was driven."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from modelspec.ledger.values import RunRow
from modelspec.sweep.values import Budget

Limit = Literal["wall", "gpu_hours", "disk_free"]
_HOUR = 3600.0


def reached(budget: Budget, runs: Iterable[RunRow], *, wall: float, gpus: float, now: float) -> Limit | None:
    """The limit of time that a sweep has come to; `None` where there is time left.

    Args:
        wall: seconds for which the sweep has been driven.
        gpus: that each run takes.
        now: seconds since 1970.
    """
    if budget.wall is not None and wall >= budget.wall:
        return "wall"
    if budget.gpu_hours is not None and gpus:
        spent = sum(run.spent + _running(run, now) for run in runs)
        if spent * gpus / _HOUR >= budget.gpu_hours:
            return "gpu_hours"
    return None


def _running(run: RunRow, now: float) -> float:
    return max(0.0, now - run.started) if run.state == "RUNNING" and run.started is not None else 0.0


def has_room(folder: Path, budget: Budget) -> bool:
    """Whether the disk has as much free as the sweep is to leave."""
    if budget.disk_free is None:
        return True
    try:
        return shutil.disk_usage(folder).free >= budget.disk_free
    except OSError:
        return True
