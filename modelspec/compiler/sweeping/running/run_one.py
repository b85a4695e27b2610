"""The program of a run: builds, and trains, what lies in its folder, and leaves there how it ended.

Its exit status: 0 for a run that came to its end, 1 for one that failed and said why in `result.json`, 5
where the disk was full. Whatever else ends it leaves no `result.json` of this attempt.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from modelspec.archive.atomic import WriteError
from modelspec.archive.write_failures import is_of_full_disk
from modelspec.compiler.sweeping.folders.settings import options_from
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source, SpecError
from modelspec.diagnostics.render import render_concise
from modelspec.executors.guard import follow_driver
from modelspec.ledger.folder import RunFolder, write_json
from modelspec.ledger.orders import Order, read_order

FULL = 5
"""The exit status of a run that found the disk full."""
_LOCK_WAIT = 30.0  # seconds for which a process that was ended may still hold the folder
# Whatever else goes wrong goes wrong again.
_TRANSIENT = frozenset({"training-failed", "cannot-write", "run-locked"})


def main(path: Path) -> int:
    """Run what lies in a folder; the exit status."""
    follow_driver()
    try:
        status = _main(path)
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:  # the log, too, lies on the disk
        if not is_of_full_disk(error):
            raise
        os._exit(FULL)
    return status


def _main(path: Path) -> int:
    folder = RunFolder(path)
    order = read_order(folder)
    try:
        _run(folder, order)
    except SpecError as error:
        return _fail(folder, order, error)
    return 0


def _run(folder: RunFolder, order: Order) -> None:
    # With links followed: another process may see the folder under another name.
    at = folder.document.resolve()
    text = at.read_text(encoding="utf-8")
    document = Text(Source(folder.document.name, text, folder=at.parent), "", at)
    options = options_from(order.settings, cpu_only=not order.train)
    if order.train:
        _train(document, options, folder, order)
    else:
        _build(document, options, folder, order)


def _build(document: Text, options: Options, folder: RunFolder, order: Order) -> None:
    from modelspec.compiler.produce import write_archive
    from modelspec.compiler.stages import compile_document

    report = Report()
    built = write_archive(compile_document(document, options, report), folder.archive, report)
    _write_result(
        folder,
        {"attempt": order.attempt, "state": "done", "epochs": 0, "metrics": {}, "bytes": built.size},
    )


def _train(document: Text, options: Options, folder: RunFolder, order: Order) -> None:
    from modelspec.compiler.training.run import train_document
    from modelspec.compiler.training.values import Run

    run = Run(folder.archive, folder.path, resume=True, note={"attempt": order.attempt})
    end = time.monotonic() + _LOCK_WAIT
    while True:
        try:
            train_document(document, options, run, Report())
            return
        except SpecError as error:
            held = any(one.code == "run-locked" for one in error.diagnostics)
            if not held or time.monotonic() > end:
                raise
        # The process of an attempt before, which is being ended.
        time.sleep(0.2)


def _fail(folder: RunFolder, order: Order, error: SpecError) -> int:
    """Say why the run failed, in the log and in its result; the exit status."""
    mistakes = [one for one in error.diagnostics if one.severity == "error"]
    full = is_of_full_disk(error) or any(one.code == "disk-full" for one in mistakes)
    for one in mistakes:
        sys.stderr.write(f"{render_concise(one)}\n")
    if full:
        return FULL
    first = mistakes[0]
    place = f"{first.place}: " if first.place is not None else ""
    _write_result(
        folder,
        {
            "attempt": order.attempt,
            "state": "failed",
            "epochs": 0,
            "error": {"code": first.code, "message": f"{place}{first.message}"},
            "final": first.code not in _TRANSIENT,
        },
    )
    return 1


def _write_result(folder: RunFolder, data: Mapping[str, object]) -> None:
    # Where the driver was ended and another one has begun the run again, the result is that one's.
    with suppress(OSError, ValueError):
        if read_order(folder).attempt != data["attempt"]:
            return
    try:
        write_json(folder.result, data)
    except WriteError as error:
        sys.stderr.write(f"{folder.result}: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(FULL)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
