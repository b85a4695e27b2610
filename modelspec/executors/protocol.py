"""What every executor does: take a job, tell how it ended, end it when told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Literal, Protocol

from modelspec.frozen import dataclass

Cause = Literal["exit", "lost", "cancelled"]


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt of a run.

    Args:
        key: what its outcome is told under.
        command: the program and its arguments; the folder is its last argument.
        folder: of the run. It is in place when the job is submitted, and what is left there is all that comes
            of it. What the program prints is added to `log.txt` there.
        environment: variables beside those of the driver.
        resources: `cpu`, `gpu` (counts) and `memory` (bytes), by name.
    """

    key: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended.

    Args:
        key: of the job.
        cause: `exit` for a program that ended by itself or by a signal; `lost` where the machine it ran on,
            or the engine, went away, which is not the program's fault; `cancelled` as it was told to be.
        status: its exit status, negative for a signal; `None` where nobody knows.
        host: of the machine it ran on, where known.
    """

    key: str
    cause: Cause
    status: int | None
    host: str | None = None


class Executor(Protocol):
    """A place where jobs run. Its calls return at once; none of them waits for a job."""

    def capacity(self) -> int:
        """How many more jobs can be given to it now."""

    def submit(self, job: Job) -> None:
        """Start a job, or put it in the engine's queue.

        Raises:
            ExecutorError: the engine does not take it.
        """

    def poll(self) -> tuple[Outcome, ...]:
        """The jobs that have ended since it was last asked, each once.

        Raises:
            ExecutorError: the engine is gone.
        """

    def cancel(self, key: str) -> None:
        """End a job and all that it has started; its outcome is told by `poll` like any other."""

    def close(self) -> None:
        """End all jobs that still run, with all that they have started, and leave the engine."""


class ExecutorError(Exception):
    """The engine cannot be used; the text says why in one line, lower case.

    Args:
        help: a way out, or `None`.
    """

    def __init__(self, message: str, *, help: str | None = None) -> None:
        super().__init__(message)
        self.help = help
