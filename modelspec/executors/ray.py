"""Jobs as tasks of a Ray cluster. Each is a process beside the worker, so that a crash takes no worker."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from modelspec.executors.engine import LIMIT, EngineExecutor, Fate, first_line, not_installed
from modelspec.executors.node import CANNOT_START, Left, Task, run_task
from modelspec.executors.protocol import ExecutorError, Job

_SECONDS = 5.0
_WORKER_ENDS = 3.0  # seconds, at most


class RayExecutor(EngineExecutor[Any]):
    """Gives jobs to a Ray cluster, or to an instance on this machine.

    A job is a task with `num_cpus` (one unless it asks for another number), `num_gpus` and `memory` as it
    asks. Ray never runs one again by itself.

    Args:
        address: of the cluster, `auto` for the one that this machine is a node of; `None` starts an instance
            here, which ends with the executor.
        parallel: how many jobs the cluster has at a time. More than it has room for wait in its queue.
        options: what else `ray.init` takes.

    Raises:
        ExecutorError: Ray is not installed, or there is no such cluster.
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
            import ray
        except ImportError as error:
            raise not_installed("Ray", "ray") from error
        self._ray = ray
        self._joined = not ray.is_initialized()  # else the caller had joined a cluster, and leaves it
        self._alone = address is None
        if self._joined:
            with _own_signals(), _no_telemetry():
                self._join(address, parallel, dict(options or {}))
        self._run = ray.remote(max_retries=0)(_run)

    def _join(self, address: str | None, parallel: int, options: dict[str, Any]) -> None:
        if address is None:  # as many at a time as processes of this machine would be
            processors = max(parallel, os.cpu_count() or 1)
            options = {"include_dashboard": False, "num_cpus": processors, **options}
        try:
            if address is not None:
                _knock(address)
            self._ray.init(
                address=address or "local", **{"log_to_driver": False, "configure_logging": False, **options}
            )
        except (self._ray.exceptions.RayError, OSError, RuntimeError, ValueError) as error:
            self._ray.shutdown()
            where = f"the cluster at `{address}`" if address else "an instance of Ray"
            raise ExecutorError(
                f"{where} cannot be used: {first_line(error)}",
                help="`ray start --head` starts one" if address else None,
            ) from error

    def _start(self, task: Task, job: Job) -> Any:
        wanted = {"CPU": job.resources.get("cpu", 1), "GPU": job.resources.get("gpu", 0)}
        wanted["memory"] = job.resources.get("memory", 0)
        if self._alone:  # a cluster may still grow
            self._check_room(wanted)
        options = {"num_cpus": wanted["CPU"], "name": f"modelspec {job.key}"}
        if wanted["GPU"]:
            options["num_gpus"] = wanted["GPU"]
        if wanted["memory"]:
            options["memory"] = wanted["memory"]
        try:
            content = self._ray.put(self._content(job))
            return self._run.options(**options).remote(task, [content])
        except (self._ray.exceptions.RayError, OSError, RuntimeError, ValueError) as error:
            raise ExecutorError(f"Ray does not take a run: {first_line(error)}") from error

    def _check_room(self, wanted: Mapping[str, float]) -> None:
        there = self._ray.cluster_resources()
        for name, amount in wanted.items():
            if amount > there.get(name, 0):
                raise ExecutorError(
                    f"a run asks for {amount:g} {name.lower()}, and this machine has {there.get(name, 0):g}",
                    help="ask for less, or give the address of a cluster that has it",
                )

    def _ended(self, handles: dict[str, Any]) -> Collection[str]:
        try:
            ready, _ = self._ray.wait([*handles.values()], num_returns=len(handles), timeout=0)
        except (self._ray.exceptions.RayError, OSError, RuntimeError) as error:
            raise ExecutorError(f"the Ray cluster is gone: {first_line(error)}") from error
        done = {*ready}
        return [key for key, handle in handles.items() if handle in done]

    def _result(self, handle: Any) -> Left | Fate:
        errors = self._ray.exceptions
        try:
            left: Left = self._ray.get(handle)
            return left
        except errors.TaskCancelledError:
            return Fate("cancelled", None)
        except errors.OutOfMemoryError as error:
            # Ray ends the task that grew; it would again.
            return Fate("exit", -signal.SIGKILL, note=str(error))
        except (errors.RayTaskError, errors.RuntimeEnvSetupError) as error:
            return Fate("exit", CANNOT_START, note=str(error))
        except errors.RayError as error:
            return Fate("lost", None, note=first_line(error))

    def _stop(self, handle: Any, *, force: bool) -> None:
        self._ray.cancel(handle, force=force)

    def _leave(self) -> None:
        if self._joined:
            with _own_signals():
                self._ray.shutdown()


def _run(task: Task, content: list[Any]) -> Left:
    """What a worker does. The content is in a list because Ray would fetch it otherwise, needed or not."""
    import ray

    left = run_task(task, lambda: ray.get(content[0]))
    if left.status == -signal.SIGKILL:
        # A worker whose node goes away ends its children before itself, and could still tell of it: as if the
        # program had been at fault.
        time.sleep(_WORKER_ENDS)
    return left


def _knock(address: str) -> None:
    """Try whether somebody listens at an address, which `ray.init` tries for minutes.

    Raises:
        OSError: nobody does.
    """
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS", "auto")
    if address == "auto":
        # Where `ray start` leaves it, by the documentation of `ray.init`.
        latest = Path(os.environ.get("RAY_TMPDIR", "/tmp"), "ray", "ray_current_cluster")
        if not latest.exists():
            raise ConnectionError("no cluster was started on this machine")
        address = latest.read_text(encoding="utf-8").strip()
    host, _, port = address.rpartition("://")[2].partition("/")[0].rpartition(":")
    if port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS).close()


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep what this process does at SIGTERM, which `ray.init` sets anew."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _no_telemetry() -> Iterator[None]:
    """Let an instance that is started here tell nobody of its use, unless the caller decided on it."""
    name = "RAY_USAGE_STATS_ENABLED"
    if name in os.environ:
        yield
        return
    os.environ[name] = "0"
    try:
        yield
    finally:
        del os.environ[name]
