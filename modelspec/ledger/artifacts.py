"""What is kept of runs: of the best all of it, of the others what says what they were and came to."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from modelspec.ledger.folder import RunFolder, SweepFolder
from modelspec.ledger.standings import Standing

KEPT = frozenset({"variant.yaml", "run.json", "result.json", "metrics.jsonl", "log.txt", ".lock"})
"""Of every run; what else there is takes more room than all of these."""


def surplus(ranked: Iterable[Standing], best: int) -> tuple[str, ...]:
    """The folders of runs whose variants have ended, with all of their seeds, and are not among the best.

    A variant that has not ended is left alone, and takes no place: what its first seeds came to says little
    of what it will come to.

    Args:
        ranked: the best first.
        best: how many variants are kept.
    """
    found: list[str] = []
    kept = 0
    for one in ranked:
        if one.state in ("running", "waiting"):
            continue
        if one.value is not None and kept < best:
            kept += 1
        elif one.value is not None or one.state != "done":
            found.extend(run.folder for run in one.runs)
    return tuple(found)


def thin(folder: SweepFolder, names: Iterable[str], *, always: Iterable[str] = ()) -> int:
    """Take away what need not be kept of runs; gives how many bytes that were.

    Args:
        names: of the runs' folders.
        always: files, or patterns of files, that stay besides.
    """
    return sum(_thin(folder.run(name), tuple(always)) for name in names)


def _thin(folder: RunFolder, always: tuple[str, ...]) -> int:
    if not folder.path.is_dir():
        return 0
    # The state names a checkpoint, which goes first where the power goes.
    paths = sorted(folder.path.iterdir(), key=lambda path: (path.name != "state.json", path.name))
    taken = 0
    for path in paths:
        if path.name in KEPT or any(path.match(pattern) for pattern in always):
            continue
        size = _size(path)
        with suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            taken += size
    return taken


def _size(path: Path) -> int:
    paths = path.rglob("*") if path.is_dir() and not path.is_symlink() else (path,)
    total = 0
    for one in paths:
        with suppress(OSError):
            total += one.lstat().st_size
    return total
