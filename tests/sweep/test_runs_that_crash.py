"""A run that crashes harms no other one: it is tried again as often as asked, and says how it ended."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from fake_sweep import command, document, run_fake, runs_of, said, starts, tell

CRASHES = {
    "kill": ({"do": "kill"}, -9, "it was ended by SIGKILL, as the system does where memory runs out"),
    "segfault": ({"do": "segfault"}, -11, "it was ended by SIGSEGV"),
    "exit": ({"do": "exit", "status": 3}, 3, "it ended with exit status 3 and without a result"),
    "memory": ({"do": "memory"}, 1, "it ended with exit status 1 and without a result"),
}


@pytest.mark.parametrize("crash", CRASHES)
def test_a_run_that_always_crashes_is_retried_and_then_has_failed_while_the_others_go_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, crash: str
) -> None:
    deed, status, message = CRASHES[crash]
    tell(folder, monkeypatch, _2=deed)
    ran = run_fake(folder, document(3, on_failure={"retries": 2}, run={"parallel": 2}))
    assert ran.why == "done"
    assert sorted(starts(folder)) == [
        (1, None, 1),
        *((2, None, number) for number in (1, 2, 3)),
        (3, None, 1),
    ]
    first, second, third = ran.runs
    assert (first.state, second.state, third.state) == ("DONE", "FAILED", "DONE")
    assert (second.attempt, second.failures, second.exit) == (3, 3, status)
    assert (second.error["code"], second.error["message"]) == ("crashed", message)


def test_a_run_that_crashes_once_is_done_at_its_second_attempt(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(folder, monkeypatch, _1_1={"do": "kill"}, _3_1={"do": "segfault"})
    ran = run_fake(folder, document(3, on_failure={"retries": 1}))
    assert [(run.state, run.attempt, run.failures) for run in ran.runs] == [
        ("DONE", 2, 1),
        ("DONE", 1, 0),
        ("DONE", 2, 1),
    ]


def test_of_a_run_that_crashed_the_last_fifty_lines_are_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(folder, monkeypatch, _1={"do": "exit", "status": 3})
    (run,) = run_fake(folder, document(1)).runs
    assert str(run.error["log"]).splitlines() == [f"line {number}" for number in range(31, 81)]


def test_a_run_that_is_out_of_memory_says_so_in_its_log(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(folder, monkeypatch, _1={"do": "memory"})
    (run,) = run_fake(folder, document(1)).runs
    assert str(run.error["log"]).endswith("MemoryError")


def test_a_mistake_that_comes_again_is_not_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(folder, monkeypatch, _1={"do": "fail", "final": True}, _2={"do": "fail"})
    ran = run_fake(folder, document(2, on_failure={"retries": 2}))
    assert [(run.state, run.attempt, run.error["code"]) for run in ran.runs] == [
        ("FAILED", 1, "training-failed"),
        ("FAILED", 3, "training-failed"),
    ]


def test_an_objective_that_nothing_measures_costs_one_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = document(4, objective={"metric": "scroe", "goal": "maximize"})
    (folder.parent / "net.yaml").write_text(written)
    status, out, _ = said(command(folder, "sweep", "run", "net.yaml", "-o", "sweep"))
    assert status == 1
    assert "1 failed, 3 waiting; stopped, as nothing but failures came" in out
    assert "  failed: #1: it measured no `scroe`: did you mean `score`?" in out.splitlines()
    assert len(starts(folder)) == 1


def test_an_objective_that_some_runs_measure_ends_no_sweep(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(folder, monkeypatch, _2={"epochs": 0})
    assert [run.state for run in run_fake(folder, document(3)).runs] == ["DONE", "FAILED", "DONE"]
    tell(folder, monkeypatch, _1={"value": math.nan})
    other = folder.with_name("other")
    assert [run.state for run in run_fake(other, document(3)).runs] == ["FAILED", "DONE", "DONE"]


def test_runs_that_fail_for_one_reason_are_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "net.yaml").write_text(document(3))
    tell(folder, monkeypatch, _1={"do": "fail"}, _2={"do": "segfault"}, _3={"do": "fail"})
    _, out, _ = said(command(folder, "sweep", "run", "net.yaml", "-o", "sweep"))
    assert [line.split(":")[:2] for line in out.splitlines()[1:]] == [
        ["  failed", " #1 and 1 more"],
        ["  failed", " #2"],
        ["  `modelspec sweep logs sweep 1` has what #1 printed"],
    ]


def test_the_command_says_which_runs_failed_and_ends_with_status_1(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "net.yaml").write_text(document(3))
    tell(folder, monkeypatch, _2={"do": "segfault"})
    status, out, err = said(command(folder, "sweep", "run", "net.yaml", "-o", "sweep"))
    assert (status, err) == (1, "")
    assert "2 done, 1 failed" in out.splitlines()[0]
    assert "  failed: #2: it was ended by SIGSEGV" in out.splitlines()
    tell(folder, monkeypatch, _1={"do": "kill"})  # what has failed, and what is done, stays so
    assert said(command(folder, "sweep", "resume", "sweep"))[0] == 1
    assert [run.state for run in runs_of(folder)] == ["DONE", "FAILED", "DONE"]
    assert len(starts(folder)) == 3
