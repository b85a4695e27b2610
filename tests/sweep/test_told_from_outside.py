"""A sweep stopped, killed, tried again and tidied by other commands, while it runs and afterwards."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from fake_sweep import command, document, eventually, run_fake, runs_of, said, starts, tell

from modelspec.cli.sweep.folders import status_of
from modelspec.compiler.sweeping.changing.again import run_again
from modelspec.compiler.sweeping.changing.collecting import collect
from modelspec.compiler.sweeping.changing.stopping import ask_to_stop, end_driver
from modelspec.diagnostics import Report, SpecError
from modelspec.ledger.folder import SweepFolder


def written(folder: Path, text: str) -> str:
    (folder.parent / "net.yaml").write_text(text)
    return "net.yaml"


def test_a_sweep_that_is_stopped_ends_its_runs_and_starts_no_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(folder, monkeypatch, all={"seconds": 1.0})
    driver = command(folder, "sweep", "run", written(folder, document(4)), "-o", folder.name, "-q")
    eventually(lambda: starts(folder))
    holder = ask_to_stop(folder, Report())
    assert holder is not None
    assert said(driver)[0] == 0
    assert [run.state for run in runs_of(folder)] == ["DONE", "PENDING", "PENDING", "PENDING"]
    tell(folder, monkeypatch)
    assert run_fake(folder).count("DONE") == 4


def test_a_sweep_that_is_killed_ends_at_once_and_its_run_goes_on_another_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(folder, monkeypatch, all={"seconds": 30.0, "epochs": 300})
    driver = command(folder, "sweep", "run", written(folder, document(2)), "-o", folder.name, "-q")
    metrics = SweepFolder(folder).run("0001").metrics
    eventually(metrics.exists)
    began = time.monotonic()
    assert end_driver(folder, Report()) is True
    assert time.monotonic() - began < 20
    assert said(driver)[0] == 130
    assert [(run.state, run.attempt, run.failures) for run in runs_of(folder)] == [
        ("PENDING", 1, 0),
        ("PENDING", 0, 0),
    ]
    done = len(metrics.read_text().splitlines())
    tell(folder, monkeypatch, all={"epochs": done + 2})
    assert run_fake(folder).count("DONE") == 2
    assert [json.loads(line)["epoch"] for line in metrics.read_text().splitlines()] == [*range(1, done + 3)]


def test_where_nobody_drives_there_is_nobody_to_stop(folder: Path) -> None:
    run_fake(folder, document(1))
    assert ask_to_stop(folder, Report()) is None
    assert end_driver(folder, Report()) is False
    assert not SweepFolder(folder).stop.exists()


def test_what_failed_is_tried_again_from_its_beginning(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(folder, monkeypatch, _2={"do": "fail"})
    assert run_fake(folder, document(3)).count("FAILED") == 1
    note = SweepFolder(folder).run("0002").path / "note"
    note.touch()
    (again,) = run_again(folder, (), Report(), now=time.time())
    assert (again.variant, again.failures, again.error) == (2, 0, {})
    assert not note.exists()
    tell(folder, monkeypatch)
    assert run_fake(folder).count("DONE") == 3
    assert starts(folder) == [(1, None, 1), (2, None, 1), (3, None, 1), (2, None, 2)]


def test_a_variant_is_run_again_by_its_number_with_all_its_seeds(folder: Path) -> None:
    run_fake(folder, document(2, repeats={"seeds": [0, 1]}))
    assert len(run_again(folder, [2], Report(), now=time.time())) == 2
    run_fake(folder)
    assert starts(folder)[-2:] == [(2, 0, 2), (2, 1, 2)]


@pytest.mark.parametrize(
    ("number", "message"),
    [(9, "has no variant #9"), (2, "it is the same as #1"), (3, "it was rejected")],
)
def test_a_number_that_is_not_run_is_told_why(folder: Path, number: int, message: str) -> None:
    space = {"vars.units": [1, 1, 50]}
    run_fake(folder, document(1, space=space, keep=["$(plan.params < 100)"]))
    with pytest.raises(SpecError, match=message) as caught:
        run_again(folder, [number], Report(), now=time.time())
    assert caught.value.diagnostics[0].code == "unknown-variant"


def test_a_sweep_that_is_driven_is_not_tidied_nor_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(folder, monkeypatch, all={"seconds": 30.0})
    driver = command(folder, "sweep", "run", written(folder, document(1)), "-o", folder.name, "-q")
    eventually(lambda: starts(folder))
    for work in (lambda: run_again(folder, (), Report(), now=0.0), lambda: collect(folder, 1, Report())):
        with pytest.raises(SpecError, match=f"process {driver.pid} on .* drives the sweep") as caught:
            work()
        assert status_of(caught.value.diagnostics) == 4
    end_driver(folder, Report())
    said(driver)


def test_models_of_all_but_the_best_are_taken_away_while_the_sweep_goes_on(folder: Path) -> None:
    run_fake(folder, document(4, artifacts={"keep": "best 2", "always": ["run.json"]}))
    at = SweepFolder(folder)
    kept = [run.folder for run in runs_of(folder) if at.run(run.folder).archive.exists()]
    assert kept == ["0001", "0002"]
    assert all(at.run(run.folder).metrics.exists() for run in runs_of(folder))
    assert collect(folder, 1, Report()) == (3, len(b"a model"))
    assert [run.folder for run in runs_of(folder) if at.run(run.folder).archive.exists()] == ["0001"]
