"""What a job's program calls first, so that it does not outlive its driver.

A driver that is killed with SIGKILL cannot end its jobs. So each job has a watcher: a process that is forked
before the program does anything, and ends the whole session when the driver is gone, or when the program is
gone and has left children behind.

Why a process and no thread: a thread waits for the interpreter's lock, which native calls may hold for long,
and is gone together with a program that crashed or ran out of memory, whose children go on. Why not
`PR_SET_PDEATHSIG`: it is sent when the *thread* ends that started the program, and kills the program before
this could end its children.
"""

from __future__ import annotations

import os
import select
import signal
import stat
import sys
from contextlib import suppress

from modelspec.executors.leash import VARIABLE
from modelspec.executors.session import kill_session

_SECONDS = 0.5


def follow_driver() -> str | None:
    """End this program's session when the driver is gone. To be called once, before any thread is started.

    Returns:
        Why the program does not follow a driver, where it does not; `None` where it does.
    """
    given = os.environ.pop(VARIABLE, None)  # the program's own children follow the program
    if given is None:
        return "no driver started this program"
    if sys.platform == "win32":
        return "programs cannot follow their driver on Windows"
    try:
        end = int(given)
        is_pipe = stat.S_ISFIFO(os.fstat(end).st_mode)
    except (ValueError, OSError):
        is_pipe = False
    if not is_pipe:
        return f"`{VARIABLE}` is `{given}`, which is no pipe of this program"
    if os.getsid(0) != os.getpid():
        return "this program leads no session of its own"
    os.set_inheritable(end, False)
    leader = os.getpid()
    try:
        watcher = os.fork()
    except OSError as error:
        return f"no process could be started to watch the driver: {error.strerror}"
    if watcher == 0:
        _watch(leader, end)
    os.close(end)
    return None


def _watch(leader: int, end: int) -> None:
    """Wait until the driver or the leader is gone; ends this process too."""
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        _let_go_of_the_streams()
        poller = select.poll()
        poller.register(end, select.POLLIN)
        while os.getppid() == leader and not poller.poll(_SECONDS * 1000):
            pass
    finally:
        kill_session(leader)


def _let_go_of_the_streams() -> None:
    with suppress(OSError):
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.close(nothing)
