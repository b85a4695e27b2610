"""The driver of a sweep: starts runs, hears how they end, and writes all of it down before it goes on."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Literal, Protocol

from modelspec.archive.atomic import WriteError, as_write_errors, write_atomically
from modelspec.archive.write_failures import is_of_full_disk
from modelspec.compiler.sweeping.running import limits
from modelspec.compiler.sweeping.running.interrupts import Interrupts
from modelspec.compiler.sweeping.running.settling import FULL, UNMEASURED, Left, Told, orphaned, settled
from modelspec.executors.protocol import Executor, ExecutorError, Job, Outcome
from modelspec.frozen import dataclass
from modelspec.ledger.folder import RunFolder, SweepFolder
from modelspec.ledger.orders import Order, read_order, write_order
from modelspec.ledger.results import last_lines, read_result
from modelspec.ledger.store import Ledger, LedgerError
from modelspec.ledger.values import RunRow, SweepRow, VariantRow
from modelspec.sweep.values import Sweep
from modelspec.training.folder import read_metrics

_POLL = (0.004, 0.05)  # seconds between two looks at the runs, at least and at most
_PATIENCE = 0.05  # in between, this part of the time for which nothing has happened
_HEARTBEAT = 1.0  # seconds between two notes of how long the sweep has been driven
_GRACE = 20.0  # seconds that runs have to end when they are told to

Why = Literal["done", "stopped", "killed", "interrupted", "wall", "gpu_hours", "disk_free", "failures"]
"""Why a driver ended; `done` where nothing is left to run."""
Kind = Literal["started", "ended", "again"]


class Watch(Protocol):
    """Whoever looks on."""

    def __call__(self, kind: Kind, run: RunRow, variant: VariantRow) -> None:
        """Told that a run was started, has ended, or ended and will be started again."""


class Source(Protocol):
    """Where runs come from."""

    def next(self) -> RunRow | None:
        """A run to be started now; `None` where there is none, or none yet."""

    def told(self, run: RunRow) -> None:
        """Hear what became of a run; one that is to be started again comes back from `next`."""

    def left(self) -> bool:
        """Whether more can come, at once or once what is running has ended."""

    def epoch(self, run: RunRow, line: Mapping[str, object]) -> bool:
        """Hear of an epoch of a running run; whether the run is to be ended, as it promises little."""


@dataclass(frozen=True, slots=True)
class Drive:
    """What a driver works with.

    Args:
        sweep: what was asked for: budget, retries, placement.
        row: what the ledger says of it.
        variants: by number, filled as points are seen through.
        document_of: the text of a run's document, for the folder that the run has.
        command: the program of a run; its folder is the last argument.
        train: whether runs train, or only build.
        settings: what the caller decided, for the runs.
    """

    folder: SweepFolder
    ledger: Ledger
    sweep: Sweep
    row: SweepRow
    variants: Mapping[int, VariantRow]
    document_of: Callable[[VariantRow, RunRow, RunFolder], str]
    command: tuple[str, ...]
    train: bool
    settings: Mapping[str, object]


def recover(ledger: Ledger, folder: SweepFolder, row: SweepRow, *, now: float) -> tuple[RunRow, ...]:
    """Settle the runs that an earlier driver left running: nobody drives them now. Gives those that changed.

    A run that had come to its end is done; the others are started again, and what they kept is gone on from.
    A run that the ledger knows less of than its folder does, as its last notes were lost, is as the folder
    has it.
    """
    found: list[RunRow] = []
    last = min(now, ledger.last_driven())
    for run in ledger.runs():
        at = folder.run(run.folder)
        if run.state == "RUNNING":
            found.append(orphaned(run, left_by(at, run.attempt), row, last=last))
        elif run.state == "PENDING" and (attempt := _attempt_in(at)) > run.attempt:
            found.append(orphaned(replace(run, attempt=attempt), left_by(at, attempt), row, last=last))
    if found:
        ledger.keep(*found)
    return tuple(found)


def _attempt_in(folder: RunFolder) -> int:
    """The attempt that a folder is of; 0 where none was ever laid out there."""
    try:
        return read_order(folder).attempt
    except (OSError, ValueError):
        return 0


def left_by(folder: RunFolder, attempt: int) -> Left:
    """What an attempt left in its folder."""
    result = read_result(folder)
    return Left(
        result if result is not None and result.attempt == attempt else None,
        _lines_in(folder),
        last_lines(folder),
        overwritten=result is not None and result.attempt < attempt,
    )


def _lines_in(folder: RunFolder) -> tuple[Mapping[str, object], ...]:
    """The metrics of a run; a file that cannot be read is as good as none."""
    try:
        return read_metrics(folder)
    except OSError:
        return ()


class Driver:
    """Runs a sweep to its end, or to where it is told to stop.

    Args:
        executor: where the runs run.
        source: where they come from.
        watch: who is told.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        drive: Drive,
        executor: Executor,
        source: Source,
        watch: Watch,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._drive, self._executor, self._source, self._watch = drive, executor, source, watch
        self._clock = clock
        self._running: dict[str, RunRow] = {}
        self._told: dict[str, Told] = {}
        self._seen: dict[str, int] = {}  # epochs of a run that the source has heard of
        self._stopping: Why | None = None
        self._deadline: float | None = None  # until when runs that were told to end may take their time
        self._failed_in_a_row = 0
        before = drive.ledger.runs()
        self._measured = any(run.value is not None for run in before)
        self._spent = sum(run.spent for run in before)
        self._began = self._heartbeat = clock()
        self._changed = time.monotonic()
        self._wall = drive.ledger.wall()
        self._session = drive.ledger.begin_session(socket.gethostname(), os.getpid(), now=self._began)

    def run(self) -> Why:
        """Drive. Whatever happens, no run is left behind when this returns or raises.

        Raises:
            LedgerError: what happened cannot be written down.
            ExecutorError: there is no place to run anything.
            WriteError: a run's folder cannot be made.
        """
        with Interrupts() as interrupts:
            try:
                return self._loop(interrupts)
            except KeyboardInterrupt:
                return "interrupted"
            finally:
                self._leave()

    def _loop(self, interrupts: Interrupts) -> Why:
        while True:
            for outcome in self._executor.poll():
                self._settle(outcome)
            self._heed(interrupts)
            self._heed_limits()
            self._heed_runs()
            if self._stopping is None:
                self._start()
            if not self._running or self._is_overdue():
                if self._stopping is not None:
                    return self._stopping
                if not self._source.left():
                    return "done"
            self._beat()
            time.sleep(min(_POLL[1], max(_POLL[0], _PATIENCE * (time.monotonic() - self._changed))))

    def _leave(self) -> None:
        """End what still runs, and note what became of it; else that is found at the next start."""
        with suppress(KeyboardInterrupt):
            self._executor.close()
        with suppress(KeyboardInterrupt, LedgerError, OSError):
            for key in tuple(self._running):
                self._told.setdefault(key, "cancelled")
                self._settle(Outcome(key, "cancelled", None))
            self._drive.ledger.keep_session(self._session, self._clock())

    def _start(self) -> None:
        drive = self._drive
        while self._executor.capacity() > 0 and self._source.left():
            if not limits.has_room(drive.folder.path, drive.sweep.budget):
                self._stopping = "disk_free"
                return
            run = self._source.next()
            if run is None:
                return
            try:
                self._submit(run)
            except (WriteError, ExecutorError) as error:
                if not is_of_full_disk(error):
                    raise
                self._stopping = "disk_free"
                return

    def _submit(self, run: RunRow) -> None:
        """Start a run: its folder first, then the note that it runs, then the process."""
        drive = self._drive
        run = replace(
            run, state="RUNNING", attempt=run.attempt + 1, started=self._clock(), ended=None, exit=None
        )
        variant, folder = drive.variants[run.variant], drive.folder.run(run.folder)
        prepare(folder, drive, variant, run)
        drive.ledger.keep(run, driven=(self._session, self._clock()))
        self._running[run.folder] = run
        self._seen[run.folder] = len(_lines_in(folder))
        self._changed = time.monotonic()
        job = Job(
            key=run.folder,
            command=(*drive.command, str(folder.path.absolute())),
            folder=folder.path.absolute(),
            environment=_environment(drive.settings),
            resources=dict(drive.sweep.run.resources),
        )
        try:
            self._executor.submit(job)
        except ExecutorError:
            self._told[run.folder] = "cancelled"
            self._settle(Outcome(run.folder, "cancelled", None))
            raise
        self._watch("started", run, variant)

    def _settle(self, outcome: Outcome) -> None:
        run = self._running.get(outcome.key)
        if run is None:
            return
        drive, told, now = self._drive, self._told.get(outcome.key), self._clock()
        left = left_by(drive.folder.run(run.folder), run.attempt)
        full = outcome.status == FULL or limits.is_full(drive.folder.path)
        found = settled(run, outcome, left, drive.row, drive.sweep.on_failure, told=told, now=now, full=full)
        drive.ledger.keep(found, driven=(self._session, now))
        self._changed = time.monotonic()
        self._spent += found.spent - run.spent
        self._tell_epochs(run)
        for table in (self._running, self._told, self._seen):
            table.pop(outcome.key, None)
        self._source.told(found)
        if full and told is None and found.state == "PENDING" and self._stopping is None:
            self._stopping = "disk_free"
        self._count(found)
        kind: Kind = "again" if found.state == "PENDING" else "ended"
        self._watch(kind, found, drive.variants[found.variant])

    def _count(self, run: RunRow) -> None:
        """Stop where nothing but failures comes, or will come."""
        self._measured = self._measured or run.value is not None
        if run.state in ("DONE", "PRUNED"):
            self._failed_in_a_row = 0
        elif run.state == "FAILED":
            self._failed_in_a_row += 1
        most = self._drive.sweep.on_failure.stop_after_consecutive
        futile = most is not None and self._failed_in_a_row >= most
        # An objective that a whole run does not measure has another name, in the next run as in this one.
        misnamed = run.error.get("code") == UNMEASURED and not self._measured
        if (futile or misnamed) and self._stopping is None:
            self._stopping = "failures"

    def _heed(self, interrupts: Interrupts) -> None:
        """Stop, or end all runs, as somebody asks for it."""
        folder = self._drive.folder
        if self._stopping is None and folder.stop.exists():
            self._stopping = "stopped"
        if self._stopping in ("killed", "interrupted"):
            return
        if folder.kill.exists() or interrupts:
            self._stopping = "interrupted" if interrupts else "killed"
            self._cancel_all()

    def _heed_limits(self) -> None:
        if self._stopping not in (None, "stopped", "disk_free", "failures"):
            return
        drive, now = self._drive, self._clock()
        limit = limits.reached(
            drive.sweep.budget,
            self._running.values(),
            wall=self._wall + now - self._began,
            spent=self._spent,
            gpus=dict(drive.sweep.run.resources).get("gpu", 0.0),
            now=now,
        )
        if limit is not None:
            self._stopping = limit
            self._cancel_all()

    def _heed_runs(self) -> None:
        """End runs that take too long, and those that promise little."""
        limit, now = self._drive.sweep.budget.run_timeout, self._clock()
        for key, run in self._running.items():
            told = self._told.get(key)
            if told in ("timeout", "cancelled"):
                continue
            if limit is not None and now - (run.started or now) > limit:
                self._told[key] = "timeout"
                self._executor.cancel(key)
            elif told is None and self._tell_epochs(run):
                with suppress(OSError):  # else it goes on to its end
                    self._drive.folder.run(key).stop.touch()
                    self._told[key] = "pruned"

    def _tell_epochs(self, run: RunRow) -> bool:
        """Tell the source of epochs that it has not heard of; whether the run is to be ended."""
        if self._drive.sweep.prune is None:
            return False
        lines = _lines_in(self._drive.folder.run(run.folder))
        ended = [self._source.epoch(run, line) for line in lines[self._seen.get(run.folder, 0) :]]
        self._seen[run.folder] = len(lines)
        return any(ended)

    def _cancel_all(self) -> None:
        self._deadline = time.monotonic() + _GRACE
        for key in self._running:
            if self._told.get(key) != "timeout":
                self._told[key] = "cancelled"
                self._executor.cancel(key)

    def _is_overdue(self) -> bool:
        return self._deadline is not None and time.monotonic() > self._deadline

    def _beat(self) -> None:
        now = self._clock()
        if now - self._heartbeat >= _HEARTBEAT:
            self._heartbeat = now
            self._drive.ledger.keep_session(self._session, now)


def prepare(folder: RunFolder, drive: Drive, variant: VariantRow, run: RunRow) -> None:
    """Lay out the folder of an attempt. Raises `WriteError`."""
    with as_write_errors(folder.path):
        folder.path.mkdir(parents=True, exist_ok=True)
        folder.stop.unlink(missing_ok=True)
        folder.result.unlink(missing_ok=True)
    text = drive.document_of(variant, run, folder)
    write_atomically(folder.document, text.encode(), durable=False)
    write_order(folder, Order(run.attempt, drive.train, run.seed, variant, drive.settings))


def _environment(settings: Mapping[str, object]) -> dict[str, str]:
    backend = settings.get("backend")
    return {"KERAS_BACKEND": backend} if isinstance(backend, str) else {}
