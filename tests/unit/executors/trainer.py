"""A run without Keras: does what its first argument says, in the folder that is its last one.

Run as a program. Its children and itself write their numbers into the folder, where a test looks for them.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from modelspec.executors.guard import follow_driver

REASON = follow_driver()
FOLDER = Path(sys.argv[-1])
SLEEP = [sys.executable, "-S", "-E", "-c", "import time; time.sleep(60)"]


def told(name: str, text: object) -> None:
    """A file that is whole when it is there."""
    (FOLDER / f"{name}.part").write_text(str(text))
    (FOLDER / f"{name}.part").rename(FOLDER / name)


def exits() -> None:
    sys.exit(int(sys.argv[2]))


def leaves() -> None:
    os._exit(3)


def crashes() -> None:
    ctypes.string_at(0)


def is_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def tells() -> None:
    print("printed")
    print("complained", file=sys.stderr)
    told("told", "\n".join([os.environ.get("TOLD", ""), os.environ.get("CUDA_VISIBLE_DEVICES", "")]))


def travels() -> None:
    """Reads what it was given, takes a file away, leaves a result and a larger file."""
    told("result.json", (FOLDER / "given").read_text())
    (FOLDER / "passing").unlink()
    (FOLDER / "model.keras").write_bytes(bytes(5000))


def waits() -> None:
    told("pid", os.getpid())
    time.sleep(60)


def is_stubborn() -> None:
    """Ignores SIGTERM, and so does its child."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(SLEEP)
    told("child", child.pid)
    waits()


def leaves_a_child() -> None:
    told("child", subprocess.Popen(SLEEP).pid)
    os._exit(0)


def leaves_a_child_in_a_group_of_its_own() -> None:
    told("child", subprocess.Popen(SLEEP, process_group=0).pid)
    waits()


def holds_the_lock() -> None:
    """A native call that does not let go of the interpreter's lock."""
    told("child", subprocess.Popen(SLEEP).pid)
    told("pid", os.getpid())
    ctypes.PyDLL(None).sleep(60)


print(f"pid {os.getpid()}; follows its driver: {REASON or 'yes'}", flush=True)
globals()[sys.argv[1]]()
