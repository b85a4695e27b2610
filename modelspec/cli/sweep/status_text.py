"""How far a sweep is, in a few lines and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelspec.cli.sweep.board_table import best_text, counts_data, entry_data, summary
from modelspec.compiler.sweeping.looking.overview import Seen, points_of
from modelspec.diagnostics import typed
from modelspec.ledger.values import ENDED
from modelspec.report.words import duration_text

if TYPE_CHECKING:
    from modelspec.sweep.values import Sweep

_WIDTH = 9  # of the word in front of a line
_RUNNING = 5  # lines of runs that are under way
_HOUR = 3600


def status_lines(seen: Seen, section: Sweep | None) -> Iterator[str]:
    """What is printed.

    Args:
        section: of the sweep's document; `None` where that cannot be read.
    """
    yield f"{seen.folder.path}: {summary(seen.board)}"
    for word, text in _lines(seen, section):
        yield f"  {word:<{_WIDTH}}{text}"


def _lines(seen: Seen, section: Sweep | None) -> Iterator[tuple[str, str]]:
    yield "runs", _runs_text(seen)
    best = best_text(seen.board)
    if best:
        yield "best", best
    yield "points", _of(seen.planned, points_of(seen, section))
    yield "budget", "; ".join(_budget(seen, section))
    driver = seen.driver
    yield "driver", f"process {driver.pid} on {driver.host}" if driver is not None else "nobody drives it"
    if driver is not None:
        running = [run for run in seen.runs if run.state == "RUNNING"]
        for run in running[:_RUNNING]:
            seed = "" if run.seed is None else f", seed {run.seed}"
            where = f", process {run.pid} on {run.host}" if run.pid is not None else ""
            yield "running", f"#{run.variant}{seed}{where}"
        if len(running) > _RUNNING:
            yield "", f"… and {len(running) - _RUNNING:,} more"
    yield "next", next_step(seen, section)


def _runs_text(seen: Seen) -> str:
    over = sum(run.state in ENDED for run in seen.runs)
    text = f"{over:,} of {len(seen.runs):,} ended"
    cut = [run for run in seen.runs if run.state == "RUNNING"] if seen.driver is None else []
    return f"{text}, {len(cut):,} interrupted" if cut else text


def _of(count: int, limit: int | None) -> str:
    return f"{count:,} of {limit:,} seen through" if limit is not None else f"{count:,} seen through"


def _budget(seen: Seen, section: Sweep | None) -> Iterator[str]:
    budget = section.budget if section is not None else None
    wall = f" of {duration_text(budget.wall)}" if budget is not None and budget.wall is not None else ""
    yield f"driven for {duration_text(seen.wall)}{wall}"
    spent = sum(run.spent for run in seen.runs)
    yield f"runs took {duration_text(spent)}"
    if section is not None and section.budget.gpu_hours is not None:
        yield f"{_gpu_hours(seen, section):.2f} of {section.budget.gpu_hours:g} GPU hours"


def _gpu_hours(seen: Seen, section: Sweep) -> float:
    gpus = dict(section.run.resources).get("gpu", 0.0)
    return sum(run.spent for run in seen.runs) * gpus / _HOUR


def next_step(seen: Seen, section: Sweep | None) -> str:
    """What a user would do now."""
    folder, points = typed(seen.folder.path), points_of(seen, section)
    failed = next((run for run in seen.runs if run.state == "FAILED"), None)
    if seen.driver is not None:
        return f"`modelspec sweep stop {folder}` ends it once the runs under way have ended"
    if any(run.state not in ENDED for run in seen.runs) or (points is not None and seen.planned < points):
        return f"`modelspec sweep resume {folder}` goes on"
    if failed is not None:
        return (
            f"`modelspec sweep logs {folder} {failed.variant}` tells why #{failed.variant} failed, "
            f"`modelspec sweep retry {folder}` has what failed wait again"
        )
    best = seen.board.best
    promote = (
        f", `modelspec sweep promote {folder} {best.variant.number} -o best.yaml` makes the best a document"
        if best is not None
        else ""
    )
    return f"`modelspec sweep show {folder}` compares the variants{promote}"


def status_data(seen: Seen, section: Sweep | None) -> dict[str, object]:
    """How far a sweep is, as JSON values; what is not known, or has no limit, is null."""
    best, driver = seen.board.best, seen.driver
    budget = section.budget if section is not None else None
    return {
        "name": seen.board.sweep.name,
        "metric": seen.board.sweep.metric,
        **counts_data(seen.board),
        "runs": {
            state.lower(): sum(run.state == state for run in seen.runs)
            for state in ("PENDING", "RUNNING", *ENDED)
        },
        "best": None if best is None else entry_data(best),
        "points": {"seen": seen.planned, "total": points_of(seen, section)},
        "budget": {
            "wall": {"spent": seen.wall, "limit": budget.wall if budget is not None else None},
            "gpu_hours": {
                "spent": _gpu_hours(seen, section) if section is not None else None,
                "limit": budget.gpu_hours if budget is not None else None,
            },
        },
        "seconds": sum(run.spent for run in seen.runs),
        "driver": None if driver is None else {"pid": driver.pid, "host": driver.host},
        "next": next_step(seen, section),
    }
