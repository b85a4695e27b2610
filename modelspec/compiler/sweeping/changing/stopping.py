"""The driver of a sweep told to end, from another process, that may run on another machine."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from modelspec.archive.atomic import as_write_errors
from modelspec.archive.exclusive import Holder, holder_of
from modelspec.diagnostics import Report
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import open_for_reading

_PATIENCE = 60.0  # seconds; a driver gives runs a part of them to end by themselves
_POLL = 0.1


def ask_to_stop(folder: Path, report: Report) -> Holder | None:
    """Have a driver start no more runs; gives who it is, `None` where nobody drives.

    Raises:
        LedgerError: it is no folder of a sweep, or its ledger is damaged.
        WriteError: nothing can be left there.
    """
    at, holder = _driver(folder)
    if holder is not None:
        with as_write_errors(at.stop):
            at.stop.touch()
    return holder


def end_driver(folder: Path, report: Report) -> bool:
    """Have a driver end its runs and itself, and wait until it has; whether there was one.

    Raises:
        SpecError: it does not end.
        LedgerError, WriteError: see `ask_to_stop`.
    """
    at, holder = _driver(folder)
    if holder is None:
        return False
    with as_write_errors(at.kill):
        at.kill.touch()
    end = time.monotonic() + _PATIENCE
    while holder_of(at.lock) is not None:
        if time.monotonic() > end:
            report.fail(
                "driver-deaf",
                f"process {holder.pid} on {holder.host} has not ended in {_PATIENCE:g} s",
                help=f"`kill -9 {holder.pid}` there ends it; nothing that has ended is lost",
            )
        time.sleep(_POLL)
    with suppress(OSError):
        at.kill.unlink()
    return True


def _driver(folder: Path) -> tuple[SweepFolder, Holder | None]:
    at = SweepFolder(folder)
    with open_for_reading(folder):
        return at, holder_of(at.lock)
