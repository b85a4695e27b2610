"""Sweeps whose runs are the fake trainer's, in this process or in one that a test can kill."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from modelspec.compiler.sweeping.failures import diagnosed_sweep
from modelspec.compiler.sweeping.opening import opened, reopened
from modelspec.compiler.sweeping.running import Ran, run_sweep
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source
from modelspec.executors.local import LocalExecutor
from modelspec.executors.protocol import Executor
from modelspec.ledger.folder import SweepFolder
from modelspec.sweep.values import Placement

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


if __name__ == "__main__":
    target, given, wanted = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    ran = run_fake(target, None if given == "-" else Path(given).read_text())
    sys.exit(0 if ran.why == wanted else 1)
