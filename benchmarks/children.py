"""Cold processes, timed: every figure of the table is that of a process that had nothing in memory before."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

Name = TypeVar("Name")

ROOT = Path(__file__).parent.parent
SCRIPTS = Path(__file__).parent / "scripts"


class ChildError(Exception):
    """A process that was to be measured ended otherwise than it should have."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process to start.

    Args:
        arguments: of this very Python.
        cache: the folder of modelspec's cache; `None` where there is no modelspec in it.
        fresh: whether the cache is emptied before each start.
        backend: what `KERAS_BACKEND` says; empty for nothing.
        status: how it has to end.
        removes: a file that is taken away before each start.
    """

    arguments: tuple[str, ...]
    cache: Path | None = None
    fresh: bool = False
    backend: str = ""
    status: int = 0
    removes: Path | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """How one process went.

    Args:
        seconds: wall-clock, from its start to its end.
        processor: seconds that all of its threads computed.
        peak: the most memory it held, in bytes.
        said: what it wrote.
    """

    seconds: float
    processor: float
    peak: int
    said: str


@dataclass(slots=True)
class Series:
    """The runs of one child."""

    runs: list[Run] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """The median of the times."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def processor(self) -> float:
        """The median of the processor's times."""
        return statistics.median(run.processor for run in self.runs)

    @property
    def told(self) -> float:
        """The median of the numbers that the processes wrote in their last lines."""
        return statistics.median(float(run.said.split()[-1]) for run in self.runs)

    @property
    def peak(self) -> int:
        """The largest of the peaks, in bytes."""
        return max(run.peak for run in self.runs)


def modelspec(*arguments: str) -> tuple[str, ...]:
    """The command line as this Python runs it."""
    return ("-m", "modelspec", *arguments)


def script(name: str, *arguments: str) -> tuple[str, ...]:
    """One of `benchmarks/scripts`."""
    return (str(SCRIPTS / f"{name}.py"), *arguments)


def side_by_side(children: Mapping[Name, Child], *, runs: int) -> dict[Name, Series]:
    """Run the children in turn, `runs` times each, after a first turn that is not counted.

    In turn, so that what else the machine does meets all of them alike; the first turn brings their files
    into the system's memory.
    """
    series = {name: Series() for name in children}
    for turn in range(runs + 1):
        for name, child in children.items():
            run = run_child(child)
            if turn:
                series[name].runs.append(run)
    return series


def run_child(child: Child) -> Run:
    """Start a process, wait for its end, and say what it took.

    Raises:
        ChildError: it ended with another status than it should.
    """
    if child.cache is not None and child.fresh:
        shutil.rmtree(child.cache, ignore_errors=True)
    if child.removes is not None:
        child.removes.unlink(missing_ok=True)
    with tempfile.TemporaryFile() as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *child.arguments],
            env=environment(child),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode(errors="replace")
        if process.returncode != child.status:
            raise ChildError(f"{' '.join(child.arguments)} ended with {process.returncode}:\n{said[-2_000:]}")
    # Linux counts in units of 1,024 bytes, macOS in bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak, said)


def imported(child: Child) -> frozenset[str]:
    """The top packages that a child imports, by Python's own list; not timed."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *child.arguments],
        env=environment(child),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    names = (
        line.rpartition("|")[2].strip()
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    )
    return frozenset(name.partition(".")[0] for name in names)


def environment(child: Child) -> dict[str, str]:
    """The caller's environment without what would change a measurement, with the child's own settings.

    Python keeps what it compiled, though the caller may forbid it: an installed package is compiled before
    its first run, and so is Keras here.
    """
    left_out = (
        "KERAS_BACKEND",
        "KERAS_HOME",
        "MODELSPEC_CACHE",
        "MODELSPEC_DEBUG",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPATH",
    )
    env = {key: value for key, value in os.environ.items() if key not in left_out}
    env["PYTHONPATH"] = str(ROOT)
    if child.cache is not None:
        env["MODELSPEC_CACHE"] = str(child.cache)
    if child.backend:
        env["KERAS_BACKEND"] = child.backend
    return env
