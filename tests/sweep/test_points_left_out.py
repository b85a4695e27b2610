"""A point that cannot be built starts no process; where nothing but failures comes, the sweep stops."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_sweep import command, document, run_fake, said, starts, tell

from modelspec.diagnostics import SpecError
from modelspec.ledger.store import open_for_reading

NET = """\
modelspec: 1
vars: {units: 1, size: 2}
inputs: {x: [2]}
layers:
  - Dense: {units: 8}
  - Reshape: {target_shape: [$size, 4]}
  - Flatten
  - Dense: {units: $units}
compile: {optimizer: sgd, loss: mse}
train: {data: {file: data.npz, x: x, y: y}, fit: {epochs: 2}}
sweep:
  method: grid
  space:
    vars.units: [1, 2, 3, 4, -5]
    vars.size: [2, 3]
  keep: [$(plan.params < 55)]
  objective: {metric: score, goal: maximize}
"""


def test_points_that_cannot_be_built_are_counted_with_place_and_values_and_not_started(folder: Path) -> None:
    (folder.parent / "net.yaml").write_text(NET)
    ran = run_fake(folder, NET)
    assert (ran.count("DONE"), len(ran.runs)) == (3, 3)
    assert [number for number, _, _ in starts(folder)] == [1, 3, 5]
    reasons = {one.number: one.reasons for one in ran.variants if one.state == "rejected"}
    assert sorted(reasons) == [2, 4, 6, 7, 8, 9, 10]
    assert reasons[7] == (
        "net.yaml:16:10: error[not-kept]: `$(plan.params < 55)` does not hold: plan.params is 60",
    )
    assert all(reason.startswith("net.yaml:6:") for reason in reasons[2])
    assert reasons[9] == (
        "net.yaml:8:20: error[keras-refused]: `Dense` cannot be made: received an invalid value for `units`,"
        " expected a positive integer. Received: units=-5",
    )
    with open_for_reading(folder) as ledger:
        kept = {one.number: one.values for one in ledger.variants()}
    assert kept[9] == (("vars.units", -5), ("vars.size", 2))
    status, out, err = said(command(folder, "sweep", "run", "net.yaml", "-o", "sweep"))
    assert (status, err) == (0, "")
    assert "3 done, 7 rejected" in out


def test_where_no_point_can_be_built_that_is_said_before_anything_is_started(folder: Path) -> None:
    written = NET.replace("plan.params < 55", "plan.params < 3")
    with pytest.raises(SpecError) as caught:
        run_fake(folder, written)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == (
        "nothing-left",
        "none of the 10 points that were looked at can be built",
    )
    # Points that are left out for one reason, each with its own values, are told once.
    assert sum(int(note.partition(": ")[0]) for note in found.notes) == 10
    assert starts(folder) == []
    with pytest.raises(SpecError):
        run_fake(folder)
    assert not (folder / "runs").exists()


def test_after_so_many_failures_in_a_row_it_stops(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(folder, monkeypatch, all={"do": "kill"}, _2={})
    written = document(9, on_failure={"stop_after_consecutive": 3, "retries": 1})
    ran = run_fake(folder, written)
    assert (ran.why, ran.count("FAILED"), ran.count("DONE"), ran.count("PENDING")) == ("failures", 4, 1, 4)
    assert [number for number, _, _ in starts(folder)] == [1, 1, 2, 3, 3, 4, 4, 5, 5]
    # Gone on with, it counts anew.
    assert run_fake(folder).count("FAILED") == 7
