"""Jobs as processes of this machine, several at a time."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

from modelspec.executors.devices import VISIBLE, Devices
from modelspec.executors.leash import Leash
from modelspec.executors.process import Process
from modelspec.executors.protocol import Cause, ExecutorError, Job, Outcome


@dataclass(slots=True)
class _Running:
    process: Process
    devices: Mapping[str, float]
    deadline: float | None = None  # of one that was told to end: until when it may take its time


class LocalExecutor:
    """Runs each job as a process in a session of its own.

    Args:
        parallel: how many at a time.
        gpus: the devices of this machine, as `CUDA_VISIBLE_DEVICES` has them. A job that asks for `gpu` sees
            as many of them as it asks for, and no other job sees these; a part of one is shared.
        grace: seconds that a job has from SIGTERM to SIGKILL. It is `poll` that looks at the clock.
    """

    def __init__(self, parallel: int, *, gpus: tuple[str, ...] = (), grace: float = 10.0) -> None:
        self._parallel = parallel
        self._devices = Devices(gpus)
        self._grace = grace
        self._leash = Leash()
        self._running: dict[str, _Running] = {}
        self._host = socket.gethostname()

    def capacity(self) -> int:
        """How many more jobs can be given to it now."""
        return max(0, self._parallel - len(self._running))

    def submit(self, job: Job) -> None:
        """Start a job.

        Raises:
            ExecutorError: the program cannot be started, its log cannot be written, or not as many devices
                are free as it asks for.
        """
        assert job.key not in self._running, f"`{job.key}` runs already"
        asked = job.resources.get("gpu", 0)
        devices = self._devices.take(asked)
        if devices is None:
            raise ExecutorError(
                f"a run asks for {asked:g} gpu, and of this machine's {self._devices.free():g} are free",
                help="ask for less, or run fewer in parallel",
            )
        environment = dict(job.environment)
        if devices:
            environment[VISIBLE] = ",".join(devices)
        try:
            process = Process(job.command, folder=job.folder, environment=environment, leash=self._leash)
        except OSError as error:
            self._devices.give_back(devices)
            where = f" (`{error.filename}`)" if error.filename else ""
            reason = (error.strerror or str(error)).lower()
            raise ExecutorError(f"a run cannot be started: {reason}{where}") from error
        self._running[job.key] = _Running(process, devices)

    def poll(self) -> tuple[Outcome, ...]:
        """The jobs that have ended since it was last asked, each once."""
        ended = []
        for key, running in tuple(self._running.items()):
            status = running.process.status()
            if status is None:
                if running.deadline is not None and time.monotonic() >= running.deadline:
                    running.process.kill()
                continue
            del self._running[key]
            self._devices.give_back(running.devices)
            cause: Cause = "exit" if running.deadline is None else "cancelled"
            ended.append(Outcome(key, cause, status, host=self._host))
        return tuple(ended)

    def cancel(self, key: str) -> None:
        """End a job and all that it has started; of one that has ended by itself, `poll` tells just that."""
        running = self._running.get(key)
        if running is None or running.deadline is not None or running.process.status() is not None:
            return
        running.deadline = time.monotonic() + self._grace
        running.process.terminate()

    def close(self) -> None:
        """End all jobs that still run, at once; who wants to give them time cancels them first."""
        for running in self._running.values():
            running.process.kill()
        for running in self._running.values():
            running.process.wait()
        self._running.clear()
        self._leash.close()
