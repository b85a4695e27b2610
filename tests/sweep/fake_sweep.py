"""Sweeps whose runs are the fake trainer's: driven in this process, or by the command `modelspec sweep`.

As a script it is that command, with the fake trainer for the real one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from modelspec.compiler.sweeping.folders.failures import diagnosed_sweep
from modelspec.compiler.sweeping.folders.opening import opened, reopened
from modelspec.compiler.sweeping.running.run import Ran, run_sweep
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source
from modelspec.executors.local import LocalExecutor
from modelspec.executors.protocol import Executor
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.values import RunRow
from modelspec.sweep.values import Placement

Found = TypeVar("Found")
FAKE = (sys.executable, str(Path(__file__).with_name("fake_trainer.py")))


def document(count: int, **settings: object) -> str:
    """A sweep of so many small models, which differ in a number of units.

    Args:
        settings: more keys of the section `sweep`.
    """
    sweep = {
        "method": "grid",
        "space": {"vars.units": {"int": [1, count], "step": 1}},
        "objective": {"metric": "score", "goal": "maximize"},
        **settings,
    }
    return json.dumps(
        {
            "modelspec": 1,
            "vars": {"units": 1},
            "inputs": {"x": [2]},
            "layers": [{"Dense": {"units": "$units"}}],
            "compile": {"optimizer": "sgd", "loss": "mse"},
            "train": {"data": {"file": "data.npz", "x": "x", "y": "y"}, "fit": {"epochs": 2}},
            "sweep": sweep,
        }
    )


def local(placement: Placement) -> Executor:
    return LocalExecutor(placement.parallel, grace=0.5)


def nobody(kind: str, run: object, variant: object) -> None:
    """Watch nothing."""


def run_fake(
    folder: Path,
    written: str | None = None,
    *,
    executor_of: Callable[[Placement], Executor] = local,
    clock: Callable[[], float] | None = None,
    most: int | None = None,
) -> Ran:
    """Run a sweep with the fake trainer, or go on with the one that lies in the folder.

    Args:
        written: the document; `None` to go on from the folder alone.
    """
    report, at = Report(), SweepFolder(folder)
    more = {} if clock is None else {"clock": clock}
    with diagnosed_sweep(folder, report):
        if written is None:
            with reopened(at, report) as found:
                return run_sweep(found, executor_of, report, command=FAKE, watch=nobody, most=most, **more)
        path = folder.parent / "net.yaml"
        text = Text(Source("net.yaml", written, folder=path.parent), "", path)
        with opened(at, text, Options(cpu_only=True), report) as found:
            return run_sweep(found, executor_of, report, command=FAKE, watch=nobody, most=most, **more)


def starts(folder: Path) -> list[tuple[int, int | None, int]]:
    """Number, seed and attempt of each start, in the order of the starts."""
    witness = folder.parent / "witness"
    lines = witness.read_text().splitlines() if witness.exists() else []
    return [tuple(json.loads(line)[:3]) for line in lines]


def tell(folder: Path, monkeypatch: pytest.MonkeyPatch, **deeds: object) -> None:
    """Tell the trainer what to do: by the number of a variant (`_3`) and attempt (`_3_1`), or for `all`."""
    plan = {key.lstrip("_").replace("_", "/").replace("all", "*"): deed for key, deed in deeds.items()}
    (folder.parent / "plan").write_text(json.dumps(plan))
    monkeypatch.setenv("FAKE_PLAN", str(folder.parent / "plan"))


def runs_of(folder: Path) -> tuple[RunRow, ...]:
    """The runs that the ledger knows."""
    with open_for_reading(folder) as ledger:
        return ledger.runs()


def command(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `modelspec` with the fake trainer, beside the sweep's folder, as a process group of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(
        [sys.executable, __file__, *arguments],
        cwd=folder.parent,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def said(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """How a command ended, and what it said."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def eventually(ask: Callable[[], Found], *, seconds: float = 20.0) -> Found:
    """The first answer that is true; fails where there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(0.01)
    return found


def lives(pid: int) -> bool:
    """Whether a process is there, and more than a record of its end."""
    try:
        return Path("/proc", str(pid), "stat").read_bytes().rpartition(b") ")[2][:1] not in (b"Z", b"X")
    except OSError:
        return False


def session_of(leader: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for path in Path("/proc").iterdir():
        with suppress(ValueError, OSError):
            if os.getsid(int(path.name)) == leader and lives(int(path.name)):
                found.append(int(path.name))
    return found


if __name__ == "__main__":
    from modelspec.cli import main

    run_sweep.__kwdefaults__["command"] = FAKE
    main()
