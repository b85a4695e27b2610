"""A ledger made anew from what lies in the folders of the runs."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from modelspec.archive.atomic import as_write_errors
from modelspec.compiler.sweeping.changing.checking import corrected
from modelspec.compiler.sweeping.folders.opening import base_of, driven
from modelspec.compiler.sweeping.running.driving import left_by, recover
from modelspec.compiler.sweeping.running.settling import orphaned
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.ledger.folder import RunFolder, SweepFolder
from modelspec.ledger.orders import Order, read_order
from modelspec.ledger.rows import digest_of, row_of
from modelspec.ledger.store import LedgerError, create, open_for_writing
from modelspec.ledger.sweep_file import read_sweep, write_sweep
from modelspec.ledger.values import RunRow, SweepRow, VariantRow, folder_name
from modelspec.source.network import is_on_network
from modelspec.sweep.moved import moved_text

_BESIDE = ("", "-wal", "-shm", "-journal")
_MAX_WALL = 1e10  # seconds; more is damage


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done.

    Args:
        runs: that were restored, or corrected.
        moved: the damaged ledger's new name; `None` where the ledger was sound.
    """

    runs: tuple[RunRow, ...]
    moved: Path | None = None


@dataclass(frozen=True, slots=True)
class _Saved:
    """What can be read of a damaged ledger, besides what the folders have."""

    sweep: SweepRow | None = None
    wanted: int | None = None
    wall: float = 0.0


def repair(folder: SweepFolder, report: Report) -> Repaired:
    """Put right what the ledger of a sweep says, as far as the folders of its runs know it.

    A ledger that is damaged is moved aside and made anew: runs that left a result are restored with it, the
    others wait again; points that have no folder are seen through at the next start. A sound one is
    corrected.

    Raises:
        SpecError: another process drives the sweep.
        LedgerError: what the sweep is cannot be read anywhere, or a ledger cannot be written.
        WriteError: the damaged one cannot be moved.
    """
    with driven(folder, report):
        try:
            return Repaired(_correct(folder))
        except LedgerError as error:
            if error.kind != "damaged":
                raise
            return _make_anew(folder, error)


def _correct(folder: SweepFolder) -> tuple[RunRow, ...]:
    with open_for_writing(folder, network=is_on_network(folder.path)) as ledger:
        row = ledger.sweep()
        ledger.variants()
        write_sweep(folder, row, wanted=ledger.wanted())
        found = (*recover(ledger, folder, row, now=time.time()), *corrected(folder, ledger))
        ledger.keep(*found)
        return found


def _make_anew(folder: SweepFolder, damage: LedgerError) -> Repaired:
    saved = _saved(folder.ledger)
    try:
        row, wanted = read_sweep(folder)
    except (OSError, ValueError):
        if saved.sweep is None:
            raise LedgerError(
                "lost", folder.ledger, f"{damage.reason}, and `{folder.sweep.name}` cannot be read"
            ) from None
        row, wanted = saved.sweep, saved.wanted
    write_sweep(folder, row, wanted=wanted)  # before the last copy of it is moved
    found = tuple(_restored(folder, row))
    moved = _move_aside(folder)
    create(folder, row)
    variants = {variant.number: variant for variant, _ in found}
    with open_for_writing(folder, network=is_on_network(folder.path), complete=False) as ledger:
        ledger.add(variants.values(), (run for _, run in found), planned=0)
        ledger.keep_sweep(row, wanted=wanted)
        if saved.wall:
            session = ledger.begin_session("", 0, now=0.0)
            ledger.keep_session(session, saved.wall)
    return Repaired(tuple(run for _, run in found), moved)


def _restored(folder: SweepFolder, row: SweepRow) -> list[tuple[VariantRow, RunRow]]:
    """The runs that have a folder; one that cannot be read is put aside, and begun anew another time."""
    base, found = base_of(folder, row), []
    for name in sorted(folder.begun()):
        at = folder.run(name)
        order = _order(at, name)
        if order is None:
            with as_write_errors(at.order):
                at.order.replace(_free_name(at.order))
            continue
        found.append((_variant(at, order, base), _run(at, order, row)))
    return found


def _order(at: RunFolder, name: str) -> Order | None:
    try:
        order = read_order(at)
    except (OSError, ValueError):
        return None
    return order if folder_name(order.variant.number, order.seed) == name else None


def _variant(at: RunFolder, order: Order, base: Path) -> VariantRow:
    # Of one of several seeds, the document is not as it was: planning gives it again, or the next seed's.
    try:
        text = at.document.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return replace(order.variant, document="")
    return replace(order.variant, document=moved_text(text, at.path.resolve(), base))


def _run(at: RunFolder, order: Order, row: SweepRow) -> RunRow:
    left = left_by(at, order.attempt)
    run = RunRow(order.variant.number, order.seed, at.path.name, attempt=order.attempt)
    if left.result is None:
        return run
    ended = at.result.stat().st_mtime
    spent = sum(_seconds(line) for line in left.lines)
    run = replace(run, started=ended - spent, ended=ended)
    if left.result.state == "failed":
        error = {**left.result.error, "log": left.log}
        return replace(run, state="FAILED", failures=order.attempt, spent=spent, error=error)
    return orphaned(replace(run, state="RUNNING"), left, row, last=ended)


def _seconds(line: Mapping[str, object]) -> float:
    value = line.get("seconds")
    return float(value) if isinstance(value, int | float) else 0.0


def _move_aside(folder: SweepFolder) -> Path | None:
    """Give the damaged ledger, and what belongs to it, another name; `None` where it is not there."""
    moved = _free_name(folder.ledger)
    with as_write_errors(folder.ledger):
        for end in _BESIDE:
            path = folder.ledger.with_name(f"{folder.ledger.name}{end}")
            if path.exists():
                path.replace(moved.with_name(f"{moved.name}{end}"))
    return moved if moved.exists() else None


def _free_name(path: Path) -> Path:
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    names = (f"{path.name}.corrupt-{now}{end}" for end in ("", *(f"-{count}" for count in range(1, 1000))))
    return next(path.with_name(name) for name in names if not path.with_name(name).exists())


def _saved(path: Path) -> _Saved:
    """What a damaged ledger still says of its sweep."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)) as connection:
            text, wanted, digest = connection.execute("SELECT data, wanted, digest FROM sweep").fetchone()
            (wall,) = connection.execute("SELECT SUM(last - started) FROM session").fetchone()
            if digest != digest_of([text]):
                return _Saved()
            return _Saved(
                row_of(SweepRow, json.loads(text)),
                wanted if isinstance(wanted, int) else None,
                float(wall) if isinstance(wall, int | float) and 0 < wall < _MAX_WALL else 0.0,
            )
    except (sqlite3.Error, ValueError, TypeError, OverflowError):
        return _Saved()
