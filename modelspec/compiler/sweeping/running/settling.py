"""What becomes of a run whose process has ended: done, failed, or to be started again."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from modelspec.diagnostics import nearest
from modelspec.executors.protocol import Outcome
from modelspec.frozen import dataclass
from modelspec.ledger.results import Result, judged, metric_names
from modelspec.ledger.values import RunRow, SweepRow
from modelspec.sweep.values import OnFailure

MAX_LOST = 5
"""How often a run is started again after its machine went away; a run that takes machines down ends."""
FULL = 5
"""The exit status of a run that found the disk full."""
UNMEASURED = "not-measured"
"""The code of a run that came to its end and measured no objective, not even one that is no number."""

Told = Literal["timeout", "pruned", "cancelled"] | None
"""Why a run was told to end, if it was."""


@dataclass(frozen=True, slots=True)
class Left:
    """What an attempt left behind.

    Args:
        result: `None` where it did not come to its end.
        lines: its metrics, one for each epoch.
        log: the end of its log.
        overwritten: whether an attempt before it has left its own result there, maybe over that of this one.
    """

    result: Result | None
    lines: tuple[Mapping[str, Any], ...] = ()
    log: str = ""
    overwritten: bool = False


def settled(
    run: RunRow,
    outcome: Outcome,
    left: Left,
    sweep: SweepRow,
    policy: OnFailure,
    *,
    told: Told,
    now: float,
    full: bool = False,
) -> RunRow:
    """A run after its process has ended.

    Args:
        run: as it was started.
        policy: how often a run that fails is tried again.
        told: why it was told to end.
        now: seconds since 1970.
        full: whether the disk is full, which is not the run's fault, whatever it made of it.
    """
    ended = replace(
        run,
        ended=now,
        spent=run.spent + max(0.0, now - (run.started or now)),
        host=outcome.host or run.host,
        exit=outcome.status,
    )
    result = left.result
    # Whatever it was told: one that has come to its end counts.
    if result is not None and result.state != "failed":
        return _finished(ended, left, sweep)
    if told == "cancelled":
        return replace(ended, state="PENDING")
    if told == "timeout":
        return _failed(ended, _error("timeout", "it took longer than `run_timeout` allows", left), policy)
    if outcome.status == FULL:
        return replace(ended, state="PENDING")
    if result is not None:
        return _failed(ended, {**result.error, "log": left.log}, policy, final=result.final)
    if full:
        return replace(ended, state="PENDING")
    if outcome.cause != "exit" or (outcome.status == 0 and left.overwritten):
        if ended.lost >= MAX_LOST:
            return _failed(ended, _error("lost", "the machine that it ran on went away", left), policy)
        return replace(ended, state="PENDING", lost=ended.lost + 1)
    return _failed(ended, _error("crashed", how_it_ended(outcome.status), left), policy)


def orphaned(run: RunRow, left: Left, sweep: SweepRow, *, last: float) -> RunRow:
    """A run that was running when its driver ended: done if it came to its end, else to be started again.

    Args:
        last: when the driver was last known to live; how long the run went on after that, nobody knows.
    """
    ended = max(last, run.started or last)
    run = replace(run, ended=ended, spent=run.spent + ended - (run.started or ended))
    if left.result is None or left.result.state == "failed":
        return replace(run, state="PENDING")
    return _finished(run, left, sweep)


def _finished(run: RunRow, left: Left, sweep: SweepRow) -> RunRow:
    assert left.result is not None
    epochs = max(left.result.epochs, len(left.lines))
    state: Literal["DONE", "PRUNED"] = "PRUNED" if left.result.state == "stopped" else "DONE"
    if sweep.metric is None:
        return replace(run, state=state, epochs=epochs, metrics=_last(left.lines), error={})
    if lost := lost_epochs(left):
        return _without(run, _error("metrics-lost", lost, left), epochs)
    found = judged(left.lines, sweep.metric, goal=sweep.goal, reduce=sweep.reduce)
    if found is None:
        code = "no-number" if sweep.metric in metric_names(left.lines) else UNMEASURED
        return _without(run, _error(code, _without_value(sweep.metric, left.lines), left), epochs)
    return replace(
        run, state=state, value=found.value, epochs=epochs, metrics=_numbers(found.metrics), error={}
    )


def lost_epochs(left: Left) -> str | None:
    """What metrics of an attempt that came to its end are lost, if any; a function may leave numbers out."""
    if left.result is None or left.result.state == "failed":
        return None
    last = left.lines[-1].get("epoch", left.result.epochs) if left.lines else 0
    if not isinstance(last, int) or last >= left.result.epochs:
        return None
    return f"`metrics.jsonl` ends with epoch {last:,}, and the run with {left.result.epochs:,}"


def _without(run: RunRow, error: Mapping[str, object], epochs: int) -> RunRow:
    """A run that came to its end and has no value: it would have none another time."""
    return replace(
        run,
        state="FAILED",
        failures=run.failures + 1,
        value=None,
        epochs=epochs,
        metrics={},
        error=error,
    )


def _failed(run: RunRow, error: Mapping[str, object], policy: OnFailure, *, final: bool = False) -> RunRow:
    """A run that failed by its own fault: tried again as often as that is allowed."""
    failures = run.failures + 1
    state: Literal["FAILED", "PENDING"] = "FAILED" if final or failures > policy.retries else "PENDING"
    return replace(run, state=state, failures=failures, error=error)


def _error(code: str, message: str, left: Left) -> dict[str, object]:
    return {"code": code, "message": message, "log": left.log}


def how_it_ended(status: int | None) -> str:
    """An exit status in words."""
    if status is None:
        return "it ended, and nobody knows how"
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        why = ", as the system does where memory runs out" if name == "SIGKILL" else ""
        return f"it was ended by {name}{why}"
    return f"it ended with exit status {status} and without a result"


def _last(lines: Iterable[Mapping[str, Any]]) -> Mapping[str, float | None]:
    last: Mapping[str, Any] = {}
    for line in lines:
        last = line
    return _numbers({name: value for name, value in last.items() if name not in ("epoch", "seconds")})


def _numbers(metrics: Mapping[str, Any]) -> dict[str, float | None]:
    """Metrics as the ledger keeps them: what is no number, as JSON has no NaN either, is null."""
    return {
        name: value
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        else None
        for name, value in metrics.items()
    }


def _without_value(metric: str, lines: tuple[Mapping[str, Any], ...]) -> str:
    names = metric_names(lines)
    if metric in names:
        return f"`{metric}` was no number in any epoch"
    near = nearest(metric, names)
    known = f"did you mean `{near}`?" if near else f"measured are {', '.join(f'`{one}`' for one in names)}"
    return f"it measured no `{metric}`" + (f": {known}" if names else "")
