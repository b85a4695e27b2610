"""A sweep whose driver is killed again and again, until it is done.

A process of its own, without Keras, runs the sweep undisturbed, and then forks a driver for each start. Its
arguments are a folder, in which `net.yaml` lies, and what is to be done each time: `random:SEED` kills the
driver at random times, `step:NUMBER` when it is about to take that step. It prints what came of it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fake_sweep import run_fake

from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.orders import read_order
from modelspec.ledger.results import read_result
from modelspec.ledger.rows import data_of
from modelspec.ledger.store import open_for_reading

# Of a run, what depends on when, where and how often it was started.
FREE = ("attempt", "started", "ended", "spent", "host", "pid", "exit", "lost")
_STEPS = frozenset({"os.mkdir", "os.rename", "os.remove", "os.truncate", "subprocess.Popen"})


def forked(work: Callable[[], bool]) -> int:
    """Start work in a process that leads a session of its own; its number."""
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        os.setsid()
        status = 0 if work() else 1
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def ended(child: int) -> bool:
    """Wait for a process; whether it ended by itself and had what it wanted."""
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0, f"the driver ended with {os.WEXITSTATUS(status)}"
        return True
    return False


def drive(folder: Path) -> bool:
    return run_fake(folder, (folder.parent / "net.yaml").read_text()).why == "done"


def dump(folder: Path) -> dict[str, object]:
    """What the ledger holds, but for what may differ."""
    with open_for_reading(folder) as ledger:
        runs = [data_of(run) for run in ledger.runs()]
        return {
            "variants": [data_of(variant) for variant in ledger.variants()],
            "runs": [{name: value for name, value in run.items() if name not in FREE} for run in runs],
            "planned": ledger.planned(),
        }


def finished(folder: Path) -> list[str]:
    """The runs whose newest attempt has come to its end, by what lies in their folders."""
    runs = [SweepFolder(folder).run(name) for name in sorted(SweepFolder(folder).begun())]
    return [run.path.name for run in runs if read_result(run, read_order(run).attempt) is not None]


def starts() -> list[object]:
    """Number, seed, attempt and time of every start."""
    witness = Path(os.environ["FAKE_WITNESS"])
    found = [json.loads(line) for line in witness.read_text().splitlines()] if witness.exists() else []
    witness.unlink(missing_ok=True)
    return found


def came_of(folder: Path, kills: list[object]) -> dict[str, object]:
    return {"kills": kills, "starts": starts(), "ledger": dump(folder)}


def kill_at_random(folder: Path, seed: int) -> dict[str, object]:
    """Kill the driver at random times, alone or with its process group, until it is done."""
    chance, longest, kills = random.Random(seed), 0.5, []
    while True:
        child = forked(lambda: drive(folder))
        end = time.monotonic() + chance.uniform(0.0, longest)
        while time.monotonic() < end:
            if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                break
            time.sleep(0.005)
        else:
            send = os.killpg if chance.random() < 0.5 and os.getpgid(child) == child else os.kill
            send(child, signal.SIGKILL)
        if ended(child):
            return came_of(folder, kills)
        kills.append({"time": time.time(), "finished": finished(folder)})
        longest *= 1.1


def kill_at_step(folder: Path, number: int) -> dict[str, object]:
    """Kill the driver when it is about to take a step, go on, and tell what came of it."""
    child = forked(lambda: _ends_at(number) and drive(folder))
    killed = not ended(child)
    kills = [{"time": time.time(), "finished": finished(folder)}] if killed else []
    if killed:
        ended(forked(lambda: drive(folder)))
    return came_of(folder, kills)


def _ends_at(number: int) -> bool:
    """Let this process end just before it changes a file or the ledger for the so-manieth time."""
    count = 0

    def step(*_: object) -> None:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_ACCMODE
        if event in _STEPS or opened:
            step()

    def connect(*given: Any, **named: Any) -> sqlite3.Connection:
        connection = connect_as_ever(*given, **named)
        connection.set_trace_callback(step)
        return connection

    connect_as_ever, sqlite3.connect = sqlite3.connect, connect
    sys.addaudithook(hook)
    return True


def main(root: Path, asked: list[str]) -> None:
    # What is planned once is planned without Keras, whose threads no fork takes along.
    ended(forked(lambda: drive(root / "planned")))
    assert drive(root / "undisturbed")
    starts()
    found = {}
    for one in asked:
        way, _, number = one.partition(":")
        kill = {"random": kill_at_random, "step": kill_at_step}[way]
        found[one] = kill(root / one.replace(":", "-"), int(number))
    json.dump({"undisturbed": dump(root / "undisturbed"), "found": found}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
