"""Folders of sweeps that the pages speak of, as running them would have left them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modelspec.compiler.sweeping.folders.opening import opened
from modelspec.compiler.sweeping.running.recording import record_points
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report
from modelspec.ledger.folder import SweepFolder
from modelspec.source.files import load_text
from modelspec.sweep.points import grid_size

_SIZE = 23_000  # bytes of a model


def swept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The grid of `net.yaml` in `net.sweep`, every second variant better than the one before."""
    sweep = _begun(folder, values=True)
    for run in sweep.runs.iterdir():
        (run / "model.keras").write_bytes(bytes(_SIZE))


def swept_without_models(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, with the models taken away."""
    _begun(folder, values=True)


def begun_sweep(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep of which nothing has ended yet."""
    _begun(folder, values=False)


def _begun(folder: Path, *, values: bool) -> SweepFolder:
    at = SweepFolder(folder / "net.sweep")
    path, report = folder / "net.yaml", Report()
    loaded = load_text(path, report)
    assert loaded is not None
    text, options = Text(*loaded, path), Options(cpu_only=True)
    with opened(at, text, options, report) as sweep:
        count = grid_size(sweep.swept.sweep.space)
        record_points(sweep.ledger, sweep.swept, text, options, count, report)
        for number, run in enumerate(sweep.ledger.runs()):
            at.run(run.folder).path.mkdir(parents=True)
            if values:
                value = 0.9 + 0.03 * (number % 2) - 0.004 * number
                sweep.ledger.keep(replace(run, state="DONE", value=value, epochs=20, spent=12.0))
    return at
