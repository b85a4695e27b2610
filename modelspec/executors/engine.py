"""What the executors have in common that hand jobs to an engine: the driver's side of `node`."""

from __future__ import annotations

import os
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from modelspec import frozen
from modelspec.executors.files import Content, read_folder, write_files
from modelspec.executors.node import Left, Task
from modelspec.executors.process import LOG
from modelspec.executors.protocol import Cause, ExecutorError, Job, Outcome
from modelspec.executors.wanted import TOKEN, call_off, write_token

LIMIT = 256 * 2**20
_MORE = 5.0  # seconds that a node has for its own part in ending a job

Handle = TypeVar("Handle")


@dataclass(slots=True)
class _Given(Generic[Handle]):
    job: Job
    token: str
    handle: Handle
    deadline: float | None = None  # of one that was told to end: until when it is left to itself


@frozen.dataclass(frozen=True, slots=True)
class Fate:
    """How a task ended of which nothing came back.

    Args:
        note: a line for the log.
    """

    cause: Cause
    status: int | None
    note: str = ""


class EngineExecutor(ABC, Generic[Handle]):
    """Hands jobs to an engine as tasks, and tells what became of them.

    Args:
        parallel: how many jobs the engine has at a time, those that wait in its queue too.
        grace: seconds that a job has from SIGTERM to SIGKILL.
        limit: bytes of the files of a run that travel each way, where a machine does not share its folder.
            The largest stay behind, and the log says which.
        silence: seconds for which `poll` may not be called before jobs take the driver for dead; `None` where
            the engine ends the jobs of a dead driver.
    """

    def __init__(self, parallel: int, *, grace: float, limit: int, silence: float | None = None) -> None:
        self._parallel = parallel
        self._grace = grace
        self._limit = limit
        self._silence = silence
        self._spoke = 0.0
        self._given: dict[str, _Given[Handle]] = {}

    def capacity(self) -> int:
        """How many more jobs can be given to it now."""
        return max(0, self._parallel - len(self._given))

    def submit(self, job: Job) -> None:
        """Put a job in the engine's queue.

        Raises:
            ExecutorError: the engine does not take it, or the folder cannot be used.
        """
        assert job.key not in self._given, f"`{job.key}` runs already"
        folder = job.folder.absolute()
        token = secrets.token_hex(16)
        try:
            write_token(folder, token)
        except OSError as error:
            raise ExecutorError(f"a run cannot be started: {_reason(error)}") from error
        task = Task(
            job.command,
            str(folder),
            token=token,
            limit=self._limit,
            grace=self._grace,
            silence=self._silence,
            environment=dict(job.environment),
        )
        self._given[job.key] = _Given(job, token, self._start(task, job))

    def poll(self) -> tuple[Outcome, ...]:
        """The jobs that have ended since it was last asked, each once.

        Raises:
            ExecutorError: the engine is gone.
        """
        self._say_something()
        handles = {key: given.handle for key, given in self._given.items()}
        told = [self._outcome(self._given.pop(key)) for key in self._ended(handles)] if handles else []
        now = time.monotonic()
        for given in self._given.values():
            if given.deadline is not None and now >= given.deadline:
                given.deadline = now + _MORE
                self._stop(given.handle, force=True)
        return tuple(told)

    def _say_something(self) -> None:
        """Tell the machines that the driver lives, by the time of the tokens."""
        now = time.monotonic()
        if self._silence is None or now < self._spoke + self._silence / 10:
            return
        self._spoke = now
        for given in self._given.values():
            with suppress(OSError):
                os.utime(given.job.folder / TOKEN)

    def _outcome(self, given: _Given[Handle]) -> Outcome:
        key, folder = given.job.key, given.job.folder
        found = self._result(given.handle)
        cancelled = given.deadline is not None
        try:
            (folder / TOKEN).unlink(missing_ok=True)
            if isinstance(found, Left):
                write_files(folder, found.files)
                for name in found.gone:
                    (folder / name).unlink(missing_ok=True)
            if found.note:
                with (folder / LOG).open("a", encoding="utf-8") as log:
                    log.write(f"{found.note}\n")
        except OSError:  # a full disk, as the driver will see
            return Outcome(key, "cancelled" if cancelled else "lost", None)
        match found:
            case Left(status=status, host=host):
                return Outcome(key, "cancelled" if cancelled else "exit", status, host=host)
            case Fate(cause=cause, status=status):
                return Outcome(key, "cancelled" if cancelled else cause, status)

    def cancel(self, key: str) -> None:
        """End a job and all that it has started, or take it out of the queue."""
        given = self._given.get(key)
        if given is not None and given.deadline is None:
            given.deadline = time.monotonic() + self._grace + _MORE
            call_off(given.job.folder, given.token)
            self._stop(given.handle, force=False)

    def close(self) -> None:
        """End all jobs that still run, with all that they have started, and leave the engine."""
        for given in self._given.values():
            call_off(given.job.folder, given.token)
            self._stop(given.handle, force=True)
        self._given.clear()
        self._leave()

    def _content(self, job: Job) -> Content | None:
        """What is in the folder of a job; `None` where it is too much to travel."""
        read = read_folder(job.folder, limit=self._limit, without={TOKEN})
        return None if read.too_large else read.content

    @abstractmethod
    def _start(self, task: Task, job: Job) -> Handle:
        """Hand a task to the engine.

        Raises:
            ExecutorError: it does not take it.
        """

    @abstractmethod
    def _ended(self, handles: dict[str, Handle]) -> Collection[str]:
        """The keys of those that have ended, without waiting for one.

        Raises:
            ExecutorError: the engine is gone.
        """

    @abstractmethod
    def _result(self, handle: Handle) -> Left | Fate:
        """What became of a task that has ended."""

    @abstractmethod
    def _stop(self, handle: Handle, *, force: bool) -> None:
        """Tell the engine to end a task; by force, without waiting for what the node does about it."""

    @abstractmethod
    def _leave(self) -> None:
        """Leave the engine, which has ended all tasks."""


def not_installed(what: str, extra: str) -> ExecutorError:
    """That the library of an engine is not there, and which extra of the project brings it."""
    return ExecutorError(
        f"{what} is not installed", help=f"install it with `pip install 'modelspec[{extra}]'`"
    )


def first_line(error: Exception) -> str:
    """What an engine says, without what it says about it."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _reason(error: OSError) -> str:
    where = f" (`{error.filename}`)" if error.filename else ""
    return f"{(error.strerror or str(error)).lower()}{where}"
