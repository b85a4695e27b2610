"""No run outlives its driver; one that does all the same cannot spoil what comes after it."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from fake_sweep import (
    command,
    document,
    eventually,
    lives,
    run_fake,
    runs_of,
    said,
    session_of,
    starts,
    tell,
)

from modelspec.ledger.folder import SweepFolder


def test_when_the_driver_alone_is_killed_its_runs_and_their_children_are_gone_within_seconds(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "net.yaml").write_text(document(2, run={"parallel": 2}))
    tell(folder, monkeypatch, all={"do": "hang"})
    driver = command(folder, "sweep", "run", "net.yaml", "-o", "sweep")
    noted = [folder / "runs" / name / "child" for name in ("0001", "0002")]
    eventually(lambda: all(path.exists() and path.read_text().count(" ") for path in noted))
    pids = [int(pid) for path in noted for pid in path.read_text().split()]
    assert all(lives(pid) for pid in pids)
    os.kill(driver.pid, signal.SIGKILL)
    driver.communicate()
    eventually(lambda: not any(lives(pid) for pid in pids), seconds=5)
    assert {run.state for run in runs_of(folder)} == {"RUNNING"}
    tell(folder, monkeypatch)
    assert [(run.state, run.attempt, run.failures) for run in run_fake(folder).runs] == [("DONE", 2, 0)] * 2


def test_a_run_that_nobody_ended_goes_on_and_its_result_is_not_that_of_the_next_attempt(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "net.yaml").write_text(document(1))
    tell(folder, monkeypatch, _1_1={"seconds": 2.0, "value": 5.0}, _1_2={"value": 1.0})
    monkeypatch.setenv("FAKE_LOOSE", "1")
    driver = command(folder, "sweep", "run", "net.yaml", "-o", "sweep")
    eventually(lambda: starts(folder))
    os.kill(driver.pid, signal.SIGKILL)
    driver.communicate()
    monkeypatch.delenv("FAKE_LOOSE")
    # The second attempt waits until the first one has left the folder, and goes on from what it has measured.
    (run,) = run_fake(folder).runs
    assert starts(folder) == [(1, None, 1), (1, None, 2)]
    assert (run.state, run.attempt, run.epochs, run.value) == ("DONE", 2, 2, 5.0)
    assert json.loads(SweepFolder(folder).run("0001").result.read_text())["attempt"] == 2


@pytest.mark.slow  # the workers import Keras
def test_when_the_driver_is_killed_while_it_plans_its_workers_are_gone_within_seconds(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELSPEC_CACHE", str(folder.parent / "cache"))
    (folder.parent / "net.yaml").write_text(document(200))
    driver = command(folder, "sweep", "run", "net.yaml", "-o", "sweep")
    eventually(lambda: len(session_of(driver.pid)) > 2)
    time.sleep(2)
    assert starts(folder) == []
    os.kill(driver.pid, signal.SIGKILL)
    driver.communicate()
    eventually(lambda: not session_of(driver.pid), seconds=5)


@pytest.mark.parametrize("state", ["done", "failed", "stopped"])
def test_a_result_that_an_attempt_before_puts_over_the_newest_is_ignored(
    folder: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    tell(folder, monkeypatch, _1_1={"value": 5.0, "late": state})
    (run,) = run_fake(folder, document(1)).runs
    assert (run.state, run.attempt, run.failures, run.lost, run.value) == ("DONE", 2, 0, 1, 5.0)


@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.slow)],
)
def test_a_signal_ends_the_runs_and_the_command_with_status_130(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    (folder.parent / "net.yaml").write_text(document(3, run={"parallel": 2}))
    tell(folder, monkeypatch, _1={}, all={"seconds": 60.0})
    driver = command(folder, "sweep", "run", "net.yaml", "-o", "sweep")
    eventually(lambda: {(2, None, 1), (3, None, 1)} <= {*starts(folder)})
    os.kill(driver.pid, number)
    status, out, err = said(driver)
    assert (status, err) == (130, "")
    assert "1 done, 2 waiting; interrupted: `modelspec sweep resume sweep` goes on" in out
    assert [(run.state, run.failures) for run in runs_of(folder)] == [("DONE", 0), *[("PENDING", 0)] * 2]
    tell(folder, monkeypatch)
    assert [run.state for run in run_fake(folder).runs] == ["DONE"] * 3
    assert len(starts(folder)) == 5
