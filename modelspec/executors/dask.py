"""Jobs as tasks of a Dask cluster. Each is a process beside the worker, so that a crash takes no worker."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from modelspec.executors.engine import LIMIT, EngineExecutor, Fate, first_line, not_installed
from modelspec.executors.files import Content
from modelspec.executors.node import CANNOT_START, Left, Task, run_task
from modelspec.executors.protocol import ExecutorError, Job


class DaskExecutor(EngineExecutor[Any]):
    """Gives jobs to a Dask cluster, or to threads of this process that each wait for one.

    A worker runs as many jobs as it has threads. A job that asks for `gpu` goes where workers have so much of
    the resource `GPU`. When a worker goes away, Dask runs its jobs on another one by itself, where they go
    on, three times by default; only then are they lost.

    Args:
        address: of the scheduler; `None` for this process alone.
        parallel: how many jobs the cluster has at a time. More than it has room for wait in its queue.
        options: what else `distributed.Client` takes.

    Raises:
        ExecutorError: Dask is not installed, or there is no such scheduler.
    """

    def __init__(
        self,
        address: str | None,
        parallel: int,
        *,
        grace: float = 10.0,
        limit: int = LIMIT,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(parallel, grace=grace, limit=limit)
        try:
            import distributed
        except ImportError as error:
            raise not_installed("Dask", "dask") from error
        self._cluster = None
        try:
            if address is None:
                self._cluster = distributed.LocalCluster(
                    n_workers=1, threads_per_worker=parallel, processes=False, dashboard_address=":0"
                )
            self._client = distributed.Client(
                **{"address": self._cluster or address, "set_as_default": False, **(options or {})}
            )
        except (OSError, RuntimeError, TypeError, ValueError) as error:
            raise ExecutorError(
                f"Dask cannot be used: {first_line(error)}",
                help=f"is there a scheduler at `{address}`?" if address else None,
            ) from error

    def _start(self, task: Task, job: Job) -> Any:
        gpus = job.resources.get("gpu", 0)
        try:
            return self._client.submit(
                _run,
                task,
                self._content(job),
                key=f"modelspec-{job.key}-{task.token}",
                resources={"GPU": gpus} if gpus else None,
                pure=False,
                retries=0,
            )
        except (OSError, RuntimeError, ValueError) as error:
            raise ExecutorError(f"Dask does not take a run: {first_line(error)}") from error

    def _ended(self, handles: dict[str, Any]) -> Collection[str]:
        if self._client.status == "closed":
            raise ExecutorError("the Dask scheduler is gone")
        return [key for key, future in handles.items() if future.done()]

    def _result(self, handle: Any) -> Left | Fate:
        import distributed

        match handle.status:
            case "finished":
                left: Left = handle.result()
                return left
            case "error":
                error = handle.exception()
                if isinstance(error, distributed.scheduler.KilledWorker):
                    return Fate("lost", None, note=first_line(error))
                return Fate("exit", CANNOT_START, note=str(error))
            case status:  # `cancelled` by nobody here is what the scheduler forgot
                return Fate("lost", None, note=f"Dask says: {status}")

    def _stop(self, handle: Any, *, force: bool) -> None:
        # Dask takes a task for ended as soon as it is cancelled, whatever its thread still does. So a program
        # ends by its token first.
        if force:
            handle.cancel()

    def _leave(self) -> None:
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def _run(task: Task, content: Content | None) -> Left:
    """What a worker does, in a thread."""
    import distributed

    worker = distributed.get_worker()
    key = worker.get_current_task()

    def ends_within() -> float | None:
        """No time at all when the scheduler has taken the task back, as it does when the driver is gone."""
        state = worker.state.tasks.get(key)
        return None if state is not None and state.state == "executing" else 0.0

    return run_task(task, lambda: content, ends_within=ends_within)
