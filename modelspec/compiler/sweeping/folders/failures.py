"""What is wrong with a sweep's folder, or with where its runs are to run, said to the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from modelspec.archive.write_failures import diagnosed_writing
from modelspec.diagnostics import Report, typed
from modelspec.executors.protocol import ExecutorError
from modelspec.ledger.store import LedgerError

# Kind -> code, message, help.
_TEXTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "missing": (
            "no-sweep",
            "`{folder}` is no folder of a sweep: {reason}",
            "`modelspec sweep run SWEEP -o {folder}` begins one",
        ),
        "damaged": (
            "damaged-ledger",
            "`{path}` is damaged: {reason}",
            "`modelspec sweep check {folder} --repair` makes it anew from the folders of the runs",
        ),
        "lost": (
            "damaged-ledger",
            "`{path}` is damaged: {reason}",
            "what the sweep is is lost; what its runs came to lies in `{folder}/runs`,"
            " and `modelspec sweep run SWEEP -o ANOTHER` begins anew",
        ),
        "newer": (
            "newer-ledger",
            "`{path}` was written by another release: {reason}",
            "install the modelspec that the sweep was begun with, or a newer one",
        ),
        "full": (
            "disk-full",
            "the disk is too full for `{path}`",
            "free some space; `modelspec sweep resume {folder}` then goes on, and nothing is lost",
        ),
        "busy": (
            "cannot-write",
            "`{path}` is held by another process: {reason}",
            "find the program that has it open, and try again",
        ),
        "unwritable": (
            "cannot-write",
            "`{path}` cannot be written: {reason}",
            "change the permissions of the folder and what is in it",
        ),
    }
)


@contextmanager
def diagnosed_sweep(folder: Path, report: Report) -> Iterator[None]:
    """A block in which what is wrong with the ledger, the folder or the executor becomes a diagnostic.

    Raises:
        SpecError: instead.
    """
    try:
        with diagnosed_writing(folder, report):
            yield
    except LedgerError as error:
        code, message, help = _TEXTS[error.kind]
        at = error.path.parent
        told = message.format(path=error.path, folder=at, reason=error.reason)
        report.fail(code, told, help=help.format(folder=typed(at)))
    except ExecutorError as error:
        report.fail("no-executor", str(error), help=error.help)
