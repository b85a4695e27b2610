"""Jobs of a Slurm cluster, through submitit; with its `local` cluster, processes of this machine."""

from __future__ import annotations

import math
import signal
import subprocess
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelspec.executors.engine import LIMIT, EngineExecutor, Fate, first_line, not_installed
from modelspec.executors.node import CANNOT_START, Left, Task, run_task
from modelspec.executors.protocol import ExecutorError, Job

_DAY = 24 * 60
_OFTEN, _SELDOM = 0.05, 2.0  # seconds between two looks: at files of this machine, at those of the cluster
_LATE = 15.0  # seconds until a network file system shows what was written on another machine
# What Slurm calls the end of a job that left no result, by `sacct(1)`; any other end is the cluster's.
_STATES: Mapping[str, Fate] = {
    "CANCELLED": Fate("cancelled", None, note="Slurm says: CANCELLED"),
    "OUT_OF_MEMORY": Fate("exit", -signal.SIGKILL, note="Slurm says: OUT_OF_MEMORY"),
    "TIMEOUT": Fate("exit", None, note="Slurm says: TIMEOUT"),
    "DEADLINE": Fate("exit", None, note="Slurm says: DEADLINE"),
    "FAILED": Fate("exit", None, note="Slurm says: FAILED"),
}


@dataclass(slots=True)
class _Sent:
    """A job of submitit's, and when it was first seen to be over."""

    job: Any
    over: float | None = None


class SlurmExecutor(EngineExecutor[_Sent]):
    """Gives jobs to Slurm, each with the processors, GPUs and memory that it asks for.

    The machines share a file system with this one. A job that is preempted goes back into the queue. It ends
    when the driver is silent for longer than `silence`, or has started another attempt in the same folder.

    Args:
        folder: for what submitit writes, on the shared file system.
        cluster: `slurm`; `local` for processes of this machine; `None` for `slurm` where it is there.
        parallel: how many jobs are in the queue or run at a time.
        silence: seconds for which `poll` may not be called.
        options: what else `submitit.AutoExecutor.update_parameters` takes, as `slurm_partition`. A job has a
            day unless `timeout_min` is among them.

    Raises:
        ExecutorError: submitit is not installed, there is no Slurm, or an option is wrong.
    """

    def __init__(
        self,
        folder: Path,
        cluster: str | None,
        parallel: int,
        *,
        grace: float = 10.0,
        limit: int = LIMIT,
        silence: float = 300.0,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(parallel, grace=grace, limit=limit, silence=silence)
        try:
            import submitit
        except ImportError as error:
            raise not_installed("submitit", "slurm") from error
        try:
            self._engine = submitit.AutoExecutor(folder=folder.absolute(), cluster=cluster)
            self._engine.update_parameters(**{"timeout_min": _DAY, **(options or {})})
        except (AssertionError, NameError, OSError, RuntimeError, ValueError) as error:
            raise ExecutorError(f"Slurm cannot be used: {first_line(error)}") from error
        self._submitit = submitit
        self._looked = 0.0
        self._is_local = self._engine.cluster == "local"
        self._ending: list[Any] = []  # processes of this one, which are children of its until somebody asks

    def _start(self, task: Task, job: Job) -> _Sent:
        try:
            self._engine.update_parameters(**_parameters(job))
            return _Sent(self._engine.submit(_run, task))
        except (
            self._submitit.core.utils.FailedJobError,
            self._submitit.core.utils.FailedSubmissionError,
            subprocess.SubprocessError,
            OSError,
            RuntimeError,
            ValueError,
        ) as error:
            raise ExecutorError(f"Slurm does not take a run: {first_line(error)}") from error

    def _ended(self, handles: dict[str, _Sent]) -> Collection[str]:
        now = time.monotonic()
        if now < self._looked + (_OFTEN if self._is_local else _SELDOM):
            return ()
        self._looked = now
        return [key for key, sent in handles.items() if self._is_over(sent)]

    def _is_over(self, sent: _Sent) -> bool:
        if not sent.job.done():
            return False
        now = time.monotonic()
        if sent.over is None:
            sent.over = now
        return sent.job.paths.result_pickle.exists() or now - sent.over >= (0 if self._is_local else _LATE)

    def _result(self, handle: _Sent) -> Left | Fate:
        job = handle.job
        if not job.paths.result_pickle.exists():
            state = job.state.split()[0].strip("+").upper() if job.state else "UNKNOWN"
            return _STATES.get(state, Fate("lost", None, note=f"Slurm says: {state}"))
        error = job.exception()
        if error is not None:
            return Fate("exit", CANNOT_START, note=str(error))
        left: Left = job.result()
        return left

    def _stop(self, handle: _Sent, *, force: bool) -> None:
        if not self._is_local:
            handle.job.cancel(check=False)
        elif force:  # else it ends by its token, which takes no longer and lets it heed SIGTERM
            handle.job.cancel(check=False)
            self._ending.append(handle.job)

    def _leave(self) -> None:
        deadline = time.monotonic() + _LATE
        while not all(job.done() for job in self._ending) and time.monotonic() < deadline:
            time.sleep(0.05)


def _parameters(job: Job) -> dict[str, Any]:
    """What a job asks for, in submitit's words."""
    found: dict[str, Any] = {"name": f"modelspec-{job.key}", "cpus_per_task": _whole(job, "cpu") or 1}
    if job.resources.get("gpu"):
        found["gpus_per_node"] = _whole(job, "gpu")
    if job.resources.get("memory"):
        found["mem_gb"] = job.resources["memory"] / 2**30
    return found


def _whole(job: Job, name: str) -> int:
    return math.ceil(job.resources.get(name, 0))


def _run(task: Task) -> Left:
    """What a machine of the cluster does."""
    left = run_task(task, lambda: None)
    if left.status == -signal.SIGUSR2:
        # Slurm tells all processes of a job that it is to be preempted. This one puts it back into the queue
        # when it comes to it, which never returns.
        time.sleep(_LATE)
    return left
