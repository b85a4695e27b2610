"""The executor of a name."""

from __future__ import annotations

from modelspec.executors.local import LocalExecutor
from modelspec.executors.protocol import Executor, ExecutorError


def make_executor(name: str, parallel: int, *, address: str | None = None) -> Executor:
    """The executor of a name. Raises `ExecutorError`."""
    if name != "local":
        raise ExecutorError(f"there is no executor `{name}` yet")
    return LocalExecutor(parallel)
