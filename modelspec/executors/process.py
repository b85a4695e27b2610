"""The program of a job as a process of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from modelspec.executors.leash import VARIABLE, Leash
from modelspec.executors.session import kill_session, signal_session

LOG = "log.txt"
_SECONDS = 0.02


class Process:
    """A program in a session of its own; what it prints is added to `log.txt` in its folder.

    Args:
        command: the program and its arguments.
        folder: of the log; it is there.
        environment: variables beside those of this process.
        leash: what the program follows.

    Raises:
        OSError: the program cannot be started.
    """

    def __init__(
        self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], leash: Leash
    ) -> None:
        variables = {**os.environ, **environment}
        ends: tuple[int, ...] = ()
        if sys.platform != "win32":
            ends = (leash.end,)
            variables[VARIABLE] = str(leash.end)
        with (folder / LOG).open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=variables,
                start_new_session=True,
                pass_fds=ends,
            )

    @property
    def pid(self) -> int:
        """Of the program, and of its session."""
        return self._process.pid

    def status(self) -> int | None:
        """How the program ended, negative for a signal; `None` while it runs.

        When it has ended, so has all that it left behind.
        """
        if self._process.returncode is None and self._has_ended():
            kill_session(self.pid)
            self._process.wait()
        return self._process.returncode

    def _has_ended(self) -> bool:
        """Whether it has; it is not reaped, lest somebody else have its number when its session is ended."""
        if not hasattr(os, "waitid"):
            return self._process.poll() is not None
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def wait(self) -> int:
        """How the program ended, when it has."""
        if hasattr(os, "waitid") and self._process.returncode is None:
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._process.wait()
        status = self.status()
        assert status is not None, "it has ended"
        return status

    def terminate(self) -> None:
        """Ask the whole session to end."""
        if self._process.returncode is None:
            signal_session(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End the whole session."""
        if self._process.returncode is None:
            kill_session(self.pid)

    def end(self, *, grace: float) -> int:
        """Ask the whole session to end, end it after `grace` seconds, and say how the program ended.

        With no grace it is not asked.
        """
        if grace > 0:
            self.terminate()
        deadline = time.monotonic() + grace
        while self.status() is None and time.monotonic() < deadline:
            time.sleep(_SECONDS)
        self.kill()
        return self.wait()
