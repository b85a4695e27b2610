"""What is done with a job on the machine that it runs on, whatever engine brought it there.

The driver's folder may be there too, on a file system that they share: then the program runs in it. Whether
it is, is told by a token (`wanted`). Else what is in the folder travels with the task, and what the program
leaves travels back.
"""

from __future__ import annotations

import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from modelspec import __version__
from modelspec.executors.files import Content, read_folder, write_files
from modelspec.executors.leash import Leash
from modelspec.executors.process import Process
from modelspec.executors.wanted import Wanted, is_of
from modelspec.frozen import dataclass

CANNOT_START = 127  # what a shell says of a command that is not there
_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Task:
    """A job as it travels.

    Args:
        command: its last argument is the folder.
        folder: where the driver has it, in full.
        token: of this attempt.
        limit: bytes of all files that may travel, each way.
        grace: seconds from SIGTERM to SIGKILL.
        silence: seconds for which the driver may be silent; `None` for any.
        python: the driver's interpreter. A machine that has none there takes its own.
        version: of the driver's modelspec.
    """

    command: tuple[str, ...]
    folder: str
    token: str
    limit: int
    grace: float
    silence: float | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str = sys.executable
    version: str = __version__


@dataclass(frozen=True, slots=True)
class Left:
    """What became of a task.

    Args:
        status: of the program, negative for a signal.
        host: of the machine.
        files: those that the program made or changed, where the driver has another folder.
        gone: those that it took away.
        note: a line for the log: why the program was not started, or what could not travel.
    """

    status: int
    host: str
    files: Content = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    note: str = ""


def _goes_on() -> None:
    """Nothing ends a program but itself."""


def run_task(
    task: Task, content: Callable[[], Content | None], *, ends_within: Callable[[], float | None] = _goes_on
) -> Left:
    """Run a task's program to its end, or until it is told to end.

    Args:
        content: gives what is in the driver's folder, `None` where that is too much to travel. It is called
            only where the folder is not here.
        ends_within: seconds that the program has to end, as the engine knows; `None` where it may go on.
            Asked often. An exception that is raised here, as a `KeyboardInterrupt`, ends the program too.
    """
    host, driven = socket.gethostname(), Path(task.folder)
    if task.version != __version__:
        note = f"`{host}` has modelspec {__version__}, and the driver {task.version}: install the same"
        return Left(CANNOT_START, host, note=note)
    match is_of(driven, task.token):
        case None:
            return Left(-signal.SIGTERM, host)
        case True:
            wanted = Wanted(driven, task.token, grace=task.grace, silence=task.silence)
            status, note = _run(task, driven, (ends_within, wanted.ends_within))
            return Left(status, host, note=note)
    sent = content()
    if sent is None:
        note = f"`{host}` does not share the run's folder, and it is larger than {task.limit:,} bytes"
        return Left(CANNOT_START, host, note=note)
    with tempfile.TemporaryDirectory(prefix="modelspec-run-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        write_files(folder, sent)
        status, note = _run(task, folder, (ends_within,))
        read = read_folder(folder, limit=task.limit)
    too_large = [
        f"`{name}` ({size:,} bytes) was too large to be sent from `{host}`" for name, size in read.too_large
    ]
    there = {*read.content, *(name for name, _ in read.too_large)}
    return Left(
        status,
        host,
        files={name: data for name, data in read.content.items() if sent.get(name) != data},
        gone=tuple(sorted({*sent} - there)),
        note="\n".join(filter(None, [note, *too_large])),
    )


def _run(task: Task, folder: Path, enders: tuple[Callable[[], float | None], ...]) -> tuple[int, str]:
    """The status of the program, or why it cannot be started."""
    program, *arguments = task.command[:-1]
    if program == task.python and not Path(program).exists():
        program = sys.executable
    command = (program, *arguments, str(folder))
    with Leash() as leash:
        try:
            process = Process(command, folder=folder, environment=task.environment, leash=leash)
        except OSError as error:
            host = socket.gethostname()
            return CANNOT_START, f"`{program}` cannot be started on `{host}`: {error.strerror}"
        grace = task.grace
        try:
            while process.status() is None:
                told = [seconds for ends_within in enders if (seconds := ends_within()) is not None]
                if told:
                    grace = min(told)
                    break
                time.sleep(_SECONDS)
        finally:
            status = process.status()
            if status is None:
                status = process.end(grace=grace)
    return status, ""
