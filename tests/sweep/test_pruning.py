"""Runs that promise little are ended while they run, and do not rank."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from fake_sweep import command, document, eventually, run_fake, runs_of, tell

from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.standings import standings
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.values import RunRow, SweepRow
from modelspec.sweep.values import Objective, Prune
from modelspec.training.folder import read_metrics

pytest.importorskip("optuna")

from modelspec.compiler.sweeping.running.pruning import Pruning
from modelspec.compiler.sweeping.running.queue import Queue
from modelspec.search.pruning import Pruner

EPOCHS = 8
# So short that all runs are held against each other: longer ones are divided, some judged later than others.
HYPERBAND = {"by": "hyperband", "min_epochs": 3, "max_epochs": EPOCHS}
RUNS_ON = {"epochs": EPOCHS}
# In its third epoch it waits to be ended.
ENDS = {"epochs": EPOCHS, "patient": 3}


def trained(folder: Path) -> dict[int, int]:
    """Epochs of each variant's run."""
    return {run.variant: len(read_metrics(SweepFolder(folder).run(run.folder))) for run in runs_of(folder)}


def test_runs_of_a_grid_that_promise_little_are_ended_and_do_not_rank(folder, monkeypatch):
    tell(folder, monkeypatch, all=ENDS, _1=RUNS_ON)  # each is worse than the one before
    ran = run_fake(folder, document(8, prune=HYPERBAND))
    assert (ran.why, [run.state for run in ran.runs]) == ("done", ["DONE", *["PRUNED"] * 7])
    assert trained(folder) == {1: EPOCHS} | dict.fromkeys(range(2, 9), 3)
    assert [run.value for run in ran.runs[1:]] == [pytest.approx(3 / EPOCHS / n) for n in range(2, 9)]
    with open_for_reading(folder) as ledger:
        ranked = standings(ledger.sweep(), ledger.variants(), ledger.runs())
    assert [(one.variant.number, one.value) for one in ranked[:2]] == [(1, 1.0), (2, None)]


def test_runs_drawn_by_chance_are_ended_too_and_where_less_is_better_the_higher_ones(folder, monkeypatch):
    best = {1: {**RUNS_ON, "value": 0.01}, 5: {**RUNS_ON, "value": 0.001}}
    tell(folder, monkeypatch, all=ENDS, _1=best[1], _5=best[5])
    goal = {"metric": "score", "goal": "minimize", "reduce": "last"}
    drawn = {"method": "random", "budget": {"variants": 7}, "space": {"vars.units": {"int": [1, 99]}}}
    ran = run_fake(folder, document(7, objective=goal, prune=HYPERBAND, **drawn))
    assert {run.variant: run.state for run in ran.runs if run.state != "PRUNED"} == {1: "DONE", 5: "DONE"}
    assert {run.epochs for run in ran.runs} == {3, EPOCHS}


def test_the_seeds_of_a_point_are_judged_one_by_one(folder, monkeypatch):
    tell(folder, monkeypatch, all=ENDS, _1=RUNS_ON)
    ran = run_fake(folder, document(3, prune=HYPERBAND, repeats={"seeds": [4, 2], "aggregate": "mean"}))
    assert [run.state for run in ran.runs] == ["DONE", "DONE", *["PRUNED"] * 4]


def test_after_a_crash_what_was_measured_before_counts(folder, monkeypatch):
    (folder.parent / "net.yaml").write_text(document(7, prune={"by": "median", "max_epochs": EPOCHS}))
    tell(folder, monkeypatch, all=RUNS_ON, _7={"epochs": EPOCHS, "seconds": 99.0})
    driver = command(folder, "sweep", "run", "net.yaml", "-o", str(folder), "-q")
    at = SweepFolder(folder).run("0007")
    eventually(at.order.exists, seconds=60)
    os.kill(driver.pid, signal.SIGKILL)
    driver.communicate()
    tell(folder, monkeypatch, all=RUNS_ON, _7={**ENDS, "patient": 1})
    ran = run_fake(folder)
    # The first attempt may have measured an epoch before it was gone with its driver.
    assert ran.runs[6].state == "PRUNED"
    assert ran.runs[6].epochs in (1, 2)


def test_a_run_that_was_judged_right_before_a_crash_is_ended_after_its_next_epoch():
    row = SweepRow("net", {}, "grid", 0, (), "", ("", ""), {}, "score", "maximize", "last", "mean", (), "0")
    runs = [RunRow(number, None, f"000{number}", state="DONE", value=0.9) for number in range(1, 7)]
    waiting = RunRow(7, None, "0007")
    lines = {run.folder: [{"epoch": epoch, "score": 0.1 * epoch} for epoch in (1, 2, 3)] for run in runs}
    lines["0007"] = [{"epoch": 1, "score": 0.01}, {"epoch": 2, "score": None}]

    def judge(known: list[dict[str, object]]) -> Pruning:
        pruner = Pruner(Prune("median", 1, 3), Objective("score", "maximize", "last"), epochs=None)
        kept = lines | {"0007": known}
        return Pruning(Queue([waiting]), pruner, row, [*runs, waiting], lambda run: kept[run.folder])

    judged = judge(lines["0007"])
    assert judged.next() == waiting
    assert judged.epoch(waiting, {"epoch": 2, "score": 0.9})
    assert not judge([]).epoch(waiting, {"epoch": 2, "score": 0.9})
    assert not judge([]).epoch(waiting, {"epoch": 1, "loss": 0.0})


def test_a_search_takes_what_a_run_had_come_to_when_it_was_ended(folder, monkeypatch):
    slow = {**RUNS_ON, "seconds": 0.6, "peak": {"vars.units": 200}}
    tell(folder, monkeypatch, all=slow)
    space = {"method": "bayes", "space": {"vars.units": {"int": [1, 400]}}, "budget": {"variants": 14}}
    ran = run_fake(folder, document(1, prune=HYPERBAND, run={"parallel": 3}, **space))
    states = [run.state for run in ran.runs]
    assert ran.why == "done"
    assert states.count("PRUNED") >= 2
    assert states.count("PRUNED") + states.count("DONE") == 14
