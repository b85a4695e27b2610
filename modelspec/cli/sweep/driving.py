"""What the verbs that drive a sweep share: options, the line that shows how far it is, and how it ended."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from modelspec.cli.common import Output, print_json
from modelspec.cli.run import Outcome

if TYPE_CHECKING:
    from modelspec.compiler.sweeping.folders.opening import Opened
    from modelspec.compiler.sweeping.running.driving import Kind
    from modelspec.compiler.sweeping.running.run import Ran
    from modelspec.compiler.values import Progress
    from modelspec.diagnostics import Report
    from modelspec.ledger.values import RunRow, SweepRow, VariantRow

Command = TypeVar("Command", bound=Callable[..., Any])

STATUSES = {
    "other-sweep": 2,
    "damaged-ledger": 3,
    "newer-ledger": 3,
    "sweep-locked": 4,
    "disk-full": 5,
}
"""Exit statuses of their own, by the code of what is wrong."""

EXIT_STATUSES = """\
Exit status: 0 all done, 1 some runs failed, 2 the folder holds another sweep,
3 its ledger is damaged, 4 another process drives it, 5 a budget is spent or
the disk is full, 130 interrupted."""
"""What a verb that drives says of them in its help."""
_INTERRUPTED = 130  # as shells have it
_SPENT = 5
_SHOWN = 3


def placement_options(command: Command) -> Command:
    """The options of the verbs that run something."""
    for option in reversed(
        (
            click.option(
                "--executor",
                type=click.Choice(["local", "ray", "slurm", "dask"]),
                help="Where runs are run (default: as `run` says, or here).",
            ),
            click.option(
                "--address",
                metavar="ADDRESS",
                help="Of the Ray or Dask cluster (`auto`, host:port); `local` to try Slurm here.",
            ),
            click.option(
                "--parallel", type=click.IntRange(min=1), metavar="N", help="How many runs at once."
            ),
            click.option(
                "--max-variants",
                "most",
                type=click.IntRange(min=1),
                metavar="N",
                help="Run the first so many points now, and the others another time.",
            ),
        )
    ):
        command = option(command)
    return command


@contextmanager
def _ended_by_terminate() -> Iterator[None]:
    """SIGTERM ends a driver as Ctrl-C does: its runs first."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def drive(
    opened: Opened,
    report: Report,
    progress: Progress,
    *,
    executor: Any,
    address: str | None,
    parallel: int | None,
    most: int | None,
) -> Ran:
    """Run what is left of an open sweep."""
    from modelspec.compiler.sweeping.running.run import run_sweep
    from modelspec.executors.choose import make_executor

    written = opened.swept.sweep.run
    placement = replace(
        written,
        executor=executor or written.executor,
        parallel=parallel or written.parallel,
        address=address or written.address,
    )
    shown = _Shown(opened, progress)
    with _ended_by_terminate():
        return run_sweep(
            opened,
            lambda chosen: make_executor(
                chosen.executor,
                chosen.parallel,
                address=chosen.address,
                resources=dict(chosen.resources),
                folder=opened.folder.path.absolute() / "slurm",
                options=dict(chosen.options),
            ),
            report,
            placement=placement,
            most=most,
            watch=shown.told,
            progress=progress,
        )


class _Shown:
    """How far a sweep is, in the words of a progress line."""

    def __init__(self, opened: Opened, progress: Progress) -> None:
        self._row, self._progress, self._ledger = opened.row, progress, opened.ledger
        self._running: set[str] = set()
        self._ended: dict[str, bool] | None = None  # whether it failed, by folder
        self._most = _most(opened)
        self._total = 0
        self._best: tuple[float, str] | None = None

    def told(self, kind: Kind, run: RunRow, variant: VariantRow) -> None:
        """Hear of a run."""
        if self._ended is None:
            self._begin()
            assert self._ended is not None
        if kind == "started":
            self._running.add(run.folder)
        else:
            self._running.discard(run.folder)
            if kind == "ended":
                self._ended[run.folder] = run.state == "FAILED"
            self._take(run, variant)
        self._progress(self._text(self._ended), len(self._ended), max(self._total, len(self._ended)))

    def _begin(self) -> None:
        """Look at what there is already, once."""
        from modelspec.ledger.values import ENDED

        names = {variant.number: variant for variant in self._ledger.variants()}
        runs = self._ledger.runs()
        self._ended = {run.folder: run.state == "FAILED" for run in runs if run.state in ENDED}
        self._total = max(len(runs), self._most)
        for run in runs:
            self._take(run, names[run.variant])

    def _take(self, run: RunRow, variant: VariantRow) -> None:
        if run.value is None or run.state != "DONE":
            return
        sign = 1 if self._row.goal == "maximize" else -1
        if self._best is None or sign * run.value > sign * self._best[0]:
            self._best = (run.value, variant.name)

    def _text(self, ended: Mapping[str, bool]) -> str:
        parts = [f"{len(ended):,} of {self._total:,} runs ended", f"{len(self._running)} running"]
        failed = sum(ended.values())
        if failed:
            parts.append(f"{failed:,} failed")
        if self._best is not None:
            parts.append(f"best {self._row.metric} {self._best[0]:.4g} ({self._best[1]})")
        return ", ".join(parts)


def _most(opened: Opened) -> int:
    """How many runs a search may come to, whose points are not known before."""
    sweep = opened.swept.sweep
    points = sweep.budget.variants if sweep.method == "bayes" else None
    return (points or 0) * max(1, len(opened.row.seeds))


def finish(name: str, folder: Path, outcome: Outcome[tuple[SweepRow, Ran]], output: Output) -> None:
    """Print how a sweep ended, and exit."""
    if output.form == "json":
        print_json(outcome.data | (_data(folder, *outcome.result) if outcome.result is not None else {}))
    elif outcome.result is not None and not output.quiet:
        for line in _lines(name, folder, *outcome.result):
            click.echo(line)
    raise SystemExit(_status(outcome))


def _lines(name: str, folder: Path, row: SweepRow, ran: Ran) -> Iterator[str]:
    from modelspec.diagnostics import typed
    from modelspec.ledger.standings import standings

    counts = [(ran.count("DONE"), "done")]
    counts += [(ran.count(state), text) for state, text in (("PRUNED", "pruned"), ("FAILED", "failed"))]
    counts += [(ran.count("PENDING"), "waiting")]
    counts += [
        (sum(one.state == state for one in ran.variants), state) for state in ("duplicate", "rejected")
    ]
    told = ", ".join(f"{count:,} {text}" for count, text in counts if count or text == "done")
    yield f"{name} -> {folder}  {told}{_WHY[ran.why].format(folder=typed(folder))}"
    ranked = [one for one in standings(row, ran.variants, ran.runs) if one.value is not None]
    for place, one in enumerate(ranked[:_SHOWN], 1):
        spread = f" ± {one.deviation:.2g}" if one.deviation is not None else ""
        yield f"  {place}. {one.variant.name} (#{one.variant.number})  {row.metric} {one.value:.4g}{spread}"
    failed = _failed(ran)
    for message, runs in failed[:_SHOWN]:
        more = f" and {len(runs) - 1:,} more" if len(runs) > 1 else ""
        yield f"  failed: #{runs[0].variant}{more}: {message}"
    if len(failed) > _SHOWN:
        left = sum(len(runs) for _, runs in failed[_SHOWN:])
        yield f"  … and {left:,} for other reasons: `modelspec sweep show {typed(folder)}`"
    if failed and ran.why != "failures":
        first = failed[0][1][0].variant
        yield f"  `modelspec sweep logs {typed(folder)} {first}` has what #{first} printed"


def _failed(ran: Ran) -> list[tuple[str, list[RunRow]]]:
    """The runs that failed, by what they say of it, the commonest first."""
    found: dict[str, list[RunRow]] = {}
    for run in ran.runs:
        if run.state == "FAILED":
            found.setdefault(str(run.error.get("message", "")), []).append(run)
    return sorted(found.items(), key=lambda item: -len(item[1]))


_WHY = {
    "done": "",
    "stopped": "; stopped: `modelspec sweep resume {folder}` goes on",
    "killed": "; killed: `modelspec sweep resume {folder}` goes on",
    "interrupted": "; interrupted: `modelspec sweep resume {folder}` goes on",
    "wall": "; the budget of time (`wall`) is spent",
    "gpu_hours": "; the budget of `gpu_hours` is spent",
    "disk_free": "; the disk is too full: free some space, `modelspec sweep resume {folder}` goes on",
    "failures": "; stopped, as nothing but failures came: `modelspec sweep logs {folder} NUM` tells why",
}


def _data(folder: Path, row: SweepRow, ran: Ran) -> dict[str, object]:
    from modelspec.ledger.standings import standings

    ranked = [one for one in standings(row, ran.variants, ran.runs) if one.value is not None]
    return {
        "folder": str(folder),
        "ended": ran.why,
        **{state.lower(): ran.count(state) for state in ("DONE", "PRUNED", "FAILED", "PENDING")},
        **{state: sum(one.state == state for one in ran.variants) for state in ("duplicate", "rejected")},
        "metric": row.metric,
        "best": None
        if not ranked
        else {
            "number": ranked[0].variant.number,
            "name": ranked[0].variant.name,
            "value": ranked[0].value,
            "deviation": ranked[0].deviation,
        },
    }


def _status(outcome: Outcome[tuple[SweepRow, Ran]]) -> int:
    for item in outcome.diagnostics:
        if item.severity == "error" and item.code in STATUSES:
            return STATUSES[item.code]
    if outcome.result is None:
        return outcome.status
    ran = outcome.result[1]
    if ran.why in ("interrupted", "killed"):
        return _INTERRUPTED
    if ran.why in ("wall", "gpu_hours", "disk_free"):
        return _SPENT
    return 1 if ran.count("FAILED") else 0
