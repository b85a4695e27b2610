"""The session of a job: its program and all that this has started, ended together.

A program is started as the leader of a session of its own, so that one signal reaches it and its children,
and a Ctrl-C at the driver's terminal reaches neither.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

_PASSES = 5


def signal_session(leader: int, number: int) -> None:
    """Send a signal to all processes of a session; those that have ended meanwhile are no error."""
    if sys.platform == "win32":
        with suppress(OSError):
            os.kill(leader, signal.SIGTERM)  # which ends the process there, and no child of it
        return
    for process in _of_other_groups(leader):
        with suppress(OSError):
            os.kill(process, number)
    with suppress(OSError):
        os.killpg(leader, number)


def kill_session(leader: int) -> None:
    """End all processes of a session at once, the caller too where it is one of them."""
    if sys.platform == "win32":
        signal_session(leader, signal.SIGTERM)
        return
    for _ in range(_PASSES):  # one that is not of the leader's group may start another meanwhile
        found = _of_other_groups(leader)
        for process in found:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        if not found:
            break
    with suppress(OSError):
        os.killpg(leader, signal.SIGKILL)


def _of_other_groups(leader: int) -> tuple[int, ...]:
    """The processes of a session that left their leader's group; none where there is no `/proc`."""
    found = []
    with suppress(OSError):
        for entry in os.scandir("/proc"):
            with suppress(OSError, ValueError):
                process = int(entry.name)
                if os.getsid(process) == leader != os.getpgid(process):
                    found.append(process)
    return tuple(found)
