"""One sweep comes to the same wherever it runs, as it was planned, and from each variant's document alone."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "executors"))
from engines import ENGINES
from fake_sweep import document, local, nobody, run_fake, runs_of, starts, tell

import modelspec
from modelspec.compiler.stages import check_document
from modelspec.compiler.sweeping.folders.opening import opened
from modelspec.compiler.sweeping.planning.facts import facts_of
from modelspec.compiler.sweeping.planning.plan import plan_sweep
from modelspec.compiler.sweeping.running.run import run_sweep
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.values import RunRow
from modelspec.training.folder import read_metrics

MIXED = {"run": {"parallel": 2}, "repeats": {"seeds": [0, 1]}, "on_failure": {"retries": 1}}
HEAVY = ("ray", "dask", "slurm")


def without_times(run: RunRow) -> RunRow:
    """What a run came to, but for when and where."""
    return replace(run, started=None, ended=None, spent=0.0, host=None, pid=None)


def ledger_of(folder: Path) -> list[RunRow]:
    return [without_times(run) for run in runs_of(folder)]


@pytest.mark.parametrize(
    "engine",
    [pytest.param(name, marks=pytest.mark.slow) if name in HEAVY else name for name in ENGINES],
)
def test_every_executor_comes_to_the_ledger_of_this_machine(
    engine: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    tell(
        folder,
        monkeypatch,
        _2_1={"do": "exit", "status": 3},  # once: tried again
        _3={"do": "exit", "status": 4},  # always: has failed
        _4={"do": "fail", "final": True},
    )
    run_fake(folder, document(5, **MIXED))
    wanted = ledger_of(folder)
    elsewhere = tmp_path / "elsewhere" / "sweep"
    elsewhere.parent.mkdir()
    (elsewhere.parent / "data.npz").write_bytes((tmp_path / "data.npz").read_bytes())
    with ENGINES[engine](tmp_path / "engine") as make:
        run_fake(elsewhere, document(5, **MIXED), executor_of=lambda placement: make(placement.parallel))
    assert ledger_of(elsewhere) == wanted


def text_of(folder: Path, written: str) -> Text:
    path = folder.parent / "net.yaml"
    path.write_text(written)
    return Text(Source("net.yaml", written, folder=path.parent), "", path)


def test_what_is_run_is_what_was_planned(folder: Path) -> None:
    written = document(6, space={"vars.units": [3, 1, 3, 2, 9]}, keep=["$(plan.params < 20)"])
    planned = plan_sweep(text_of(folder, written), Options(cpu_only=True), Report())
    assert [one.state for one in planned.variants] == [
        *("distinct", "distinct", "duplicate", "distinct", "rejected")
    ]
    run_fake(folder, written)
    assert [number for number, _, _ in starts(folder)] == [
        one.point.number for one in planned.variants if one.state == "distinct"
    ]
    with open_for_reading(folder) as ledger:
        rows = ledger.variants()
    assert [(row.number, row.name, row.state, row.duplicate_of, row.values) for row in rows] == [
        (one.point.number, one.name, one.state, one.duplicate_of, one.point.values)
        for one in planned.variants
    ]
    assert [row.fingerprint for row in rows] == [
        one.facts.built if one.facts is not None and one.state != "rejected" else ""
        for one in planned.variants
    ]


def test_the_document_of_a_run_by_itself_comes_to_the_same(folder: Path, tmp_path: Path) -> None:
    written = document(2, objective={"metric": "loss", "goal": "minimize"})
    report = Report()
    with opened(SweepFolder(folder), text_of(folder, written), Options(cpu_only=True), report) as found:
        ran = run_sweep(found, local, report, watch=nobody)
        known = found.swept.known
    assert [run.state for run in ran.runs] == ["DONE", "DONE"], [run.error for run in ran.runs]
    at = SweepFolder(folder).run(ran.runs[1].folder)
    alone = modelspec.train(at.document, tmp_path / "alone.keras", root=tmp_path)
    (line,) = [line for line in read_metrics(at) if line["epoch"] == 2]
    assert alone.metrics["loss"] == line["loss"]
    assert (tmp_path / "alone.keras").read_bytes() == at.archive.read_bytes()
    source = Source("variant.yaml", at.document.read_text(), folder=at.path)
    options = Options(cpu_only=True, root=tmp_path)
    checked = check_document(Text(source, "", at.document), options, Report())
    facts = facts_of(checked, options, Report(), known)
    assert (facts.exact, facts.built) == (ran.variants[1].facts["hash"], ran.variants[1].fingerprint)
