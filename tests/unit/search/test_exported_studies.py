"""What was tried as a study of Optuna's, read back by Optuna."""

from __future__ import annotations

from pathlib import Path

import pytest

optuna = pytest.importorskip("optuna")

from modelspec.search.exporting import Ended, ExportError, export_study  # noqa: E402

POINTS = (
    Ended((("width", 8), ("lr", 0.1), ("body", "plain")), "done", 0.75, {1: 0.5, 2: 0.75}, {"number": 1}),
    Ended((("width", 16), ("lr", 0.001), ("body", "wide"), ("expand", 2)), "pruned", None, {1: 0.25}),
    Ended((("width", 8), ("lr", 0.01), ("body", "plain")), "failed", None),
)


def test_each_point_is_a_trial_with_its_values_its_steps_and_what_is_known(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'optuna.db'}"
    export_study(address, POINTS, name="net", goal="maximize", log={"lr"})
    study = optuna.load_study(study_name="net", storage=address)
    first, second, third = study.trials
    assert study.direction.name == "MAXIMIZE"
    assert (first.params, first.value, first.intermediate_values) == (
        {"width": 8, "lr": 0.1, "body": "plain"},
        0.75,
        {1: 0.5, 2: 0.75},
    )
    assert first.user_attrs == {"number": 1}
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "PRUNED", "FAIL"]
    assert second.params["expand"] == 2
    assert third.distributions["lr"] == optuna.distributions.FloatDistribution(0.001, 0.1, log=True)
    assert third.distributions["width"] == optuna.distributions.IntDistribution(8, 16)
    assert third.distributions["body"].choices == ("plain", "wide")


def test_a_study_that_is_there_is_left_alone(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'optuna.db'}"
    export_study(address, POINTS, name="net", goal="minimize")
    with pytest.raises(ExportError, match="has a study `net` already"):
        export_study(address, POINTS, name="net", goal="minimize")
    assert len(optuna.load_study(study_name="net", storage=address).trials) == 3


def test_a_database_that_cannot_be_opened_is_told_in_a_line() -> None:
    with pytest.raises(ExportError, match="takes no study") as caught:
        export_study("sqlite:////nowhere/optuna.db", POINTS, name="net", goal="minimize")
    assert "\n" not in str(caught.value)
