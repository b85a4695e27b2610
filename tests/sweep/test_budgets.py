"""What a sweep may cost is counted over all times that it is driven, and kept to."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from fake_sweep import command, document, eventually, lives, run_fake, runs_of, said, starts, tell
from scripted import TICK, Scripted

from modelspec.compiler.sweeping.running.run import Ran
from modelspec.ledger.store import open_for_reading


def run_scripted(folder: Path, written: str | None, executor: Scripted) -> Ran:
    return run_fake(folder, written, executor_of=lambda _: executor, clock=executor.clock)


def test_the_time_for_which_it_is_driven_ends_it_and_is_counted_from_one_driver_to_the_next(
    folder: Path,
) -> None:
    written = document(9, budget={"wall": "45m"})
    first = Scripted(1000.0)
    ran = run_scripted(folder, written, first)
    assert (ran.why, first.begun) == ("wall", ["0001", "0002", "0003"])
    assert [run.state for run in ran.runs[:4]] == ["DONE", "DONE", "PENDING", "PENDING"]
    assert 2700 <= first.now - 1_000_000 <= 2700 + 2 * TICK
    second = Scripted(1000.0, now=first.now + 86_400)  # a day later
    assert run_scripted(folder, None, second).why == "wall"
    assert second.begun == []
    # What it may cost can be changed, and what it has cost stays.
    third = Scripted(1000.0, now=second.now)
    ran = run_scripted(folder, document(9, budget={"wall": "80m"}), third)
    assert (ran.why, third.begun) == ("wall", ["0003", "0004", "0005"])
    assert [run.state for run in ran.runs[:6]] == ["DONE"] * 4 + ["PENDING"] * 2
    with open_for_reading(folder) as ledger:
        assert 4800 <= ledger.wall() <= 4800 + 4 * TICK


def test_the_hours_of_devices_are_those_of_all_attempts_that_were_made(folder: Path) -> None:
    of_two = {"parallel": 2, "resources": {"gpu": 2}}
    first = Scripted(1800.0, parallel=2)
    ran = run_scripted(folder, document(9, budget={"gpu_hours": 3}, run=of_two), first)
    # Two runs at once, two devices each: two hours for the first two, and then one more.
    assert (ran.why, ran.count("DONE"), ran.count("PENDING")) == ("gpu_hours", 2, 7)
    assert first.begun == ["0001", "0002", "0003", "0004"]
    spent = sum(run.spent for run in ran.runs)
    assert 5400 <= spent <= 5400 + 6 * TICK
    second = Scripted(1800.0, parallel=2, now=first.now)
    assert run_scripted(folder, None, second).why == "gpu_hours"
    assert second.begun == []


def test_so_many_variants_are_run_however_often_it_is_gone_on_with(folder: Path) -> None:
    written = document(6, budget={"variants": 3})
    assert run_fake(folder, written, most=2).count("DONE") == 2
    assert len(run_fake(folder, written).runs) == 3
    assert run_fake(folder).count("DONE") == 3
    assert [number for number, _, _ in starts(folder)] == [1, 2, 3]


def test_a_run_that_takes_too_long_ends_with_all_it_has_started_though_it_is_deaf(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(folder, monkeypatch, _1={"do": "hang"})
    before = time.monotonic()
    ran = run_fake(folder, document(2, budget={"run_timeout": "2s"}, run={"parallel": 2}))
    took = time.monotonic() - before
    assert [run.state for run in ran.runs] == ["FAILED", "DONE"]
    (run, _) = ran.runs
    assert (run.error["code"], run.exit, run.attempt) == ("timeout", -9, 1)
    assert run.error["message"] == "it took longer than `run_timeout` allows"
    assert 2.0 <= run.spent <= took
    pids = [int(pid) for pid in (folder / "runs" / "0001" / "child").read_text().split()]
    assert len(pids) == 2
    eventually(lambda: not any(lives(pid) for pid in pids), seconds=1)
    assert took < 2.0 + 0.5 + 5.0  # the limit, the grace, and a busy machine


def test_a_killed_driver_s_time_counts_and_the_command_says_that_the_budget_is_spent(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "net.yaml").write_text(document(2, budget={"wall": "5s"}))
    tell(folder, monkeypatch, all={"seconds": 60.0})
    driver = command(folder, "sweep", "run", "net.yaml", "-o", "sweep")
    eventually(lambda: starts(folder))
    time.sleep(2.5)
    os.kill(driver.pid, signal.SIGKILL)
    driver.communicate()
    with open_for_reading(folder) as ledger:
        assert 1.5 <= ledger.wall() <= 5.0
    status, out, err = said(command(folder, "sweep", "resume", "sweep"))
    assert (status, err) == (5, "")
    assert "the budget of time (`wall`) is spent" in out
    with open_for_reading(folder) as ledger:
        assert 5.0 <= ledger.wall() <= 7.0
    assert [run.failures for run in runs_of(folder)] == [0, 0]
    assert all(run.spent >= 1.5 for run in runs_of(folder)[:1])
