"""What a run left in its folder: how it ended, and what it measured."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from modelspec.frozen import dataclass
from modelspec.ledger.folder import RunFolder, read_json

LOG_LINES = 50
_LOG_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt ended, in its own words.

    Args:
        state: `stopped` where a file `STOP` ended it before its time.
        epochs: how many were trained.
        error: `code` and `message` of what went wrong.
        final: whether another attempt would fail in the same way.
    """

    attempt: int
    state: Literal["done", "stopped", "failed"]
    epochs: int
    error: Mapping[str, object]
    final: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """The epoch of a run that counts.

    Args:
        value: of the objective.
        metrics: all of that epoch.
    """

    value: float
    metrics: Mapping[str, float | None]


def read_result(folder: RunFolder, attempt: int | None = None) -> Result | None:
    """How an attempt ended; `None` where it did not, was interrupted, or its file is damaged or another's.

    Args:
        attempt: `None` for whichever has left its result there.
    """
    try:
        data = read_json(folder.result)
    except (OSError, ValueError, RecursionError):
        return None
    match data:
        case {"attempt": int(found), "state": "done" | "stopped" | "failed" as state} if (
            attempt is None or found == attempt
        ):
            error = data.get("error")
            epochs = data.get("epochs")
            return Result(
                found,
                state,
                epochs if isinstance(epochs, int) else 0,
                error if isinstance(error, dict) else {},
                final=data.get("final") is True,
            )
        case _:
            return None


def judged(lines: Iterable[Mapping[str, Any]], metric: str, *, goal: str, reduce: str) -> Judged | None:
    """The epoch that counts; `None` where no epoch has a number for the metric."""
    best: Judged | None = None
    for line in lines:
        value = line.get(metric)
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            continue
        better = best is None or (value > best.value if goal == "maximize" else value < best.value)
        if reduce == "last" or better:
            metrics = {name: item for name, item in line.items() if name not in ("epoch", "seconds")}
            best = Judged(float(value), metrics)
    return best


def metric_names(lines: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What was measured, by name."""
    names = dict.fromkeys(name for line in lines for name in line)
    return tuple(name for name in names if name not in ("epoch", "seconds"))


def last_lines(folder: RunFolder, count: int = LOG_LINES) -> str:
    """The end of a run's log."""
    try:
        with folder.log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LOG_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-count:])
