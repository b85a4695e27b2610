"""Runs told to a real MLflow database, and what becomes of a sweep whose tracker is down."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from modelspec.ledger.values import RunRow, SweepRow, VariantRow
from modelspec.tracking.background import Background
from modelspec.tracking.choose import make_tracker
from modelspec.tracking.protocol import Told, TrackerError

SWEEP = SweepRow(
    *(
        "net",
        {},
        "grid",
        0,
        ("vars.width",),
        "",
        (".", "/"),
        {},
        "score",
        "maximize",
        "best",
        "mean",
        (0, 1),
        "0",
    )
)
LINES = (
    {"epoch": 1, "score": 0.5, "seconds": 1.0},
    {"epoch": 2, "score": None, "loss": 0.25, "seconds": 1.0},
)


def told(state: str = "DONE", *, attempt: int = 1, document: Path | None = None) -> Told:
    run = RunRow(3, 1, "0003-seed1", state, attempt, value=0.5, started=1000.0, ended=1002.0)  # type: ignore[arg-type]
    variant = VariantRow(3, "w8", (("vars.width", 8),), "distinct", facts={"params": 42})
    return Told(run, variant, LINES, document)


@pytest.mark.filterwarnings("ignore")  # MLflow's own, of SQLAlchemy and pydantic
def test_a_run_has_its_parameters_its_metrics_by_epoch_and_its_document(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    pytest.importorskip("sqlalchemy")
    from mlflow.tracking import MlflowClient

    address = f"sqlite:///{tmp_path / 'mlflow.db'}"
    (tmp_path / "variant.yaml").write_text("modelspec: 1\n")
    for state, attempt in (("DONE", 1), ("DONE", 1), ("PRUNED", 2)):  # told twice, then once more of another
        tracker = make_tracker("mlflow", address)
        tracker.begin(SWEEP, tmp_path / "net.sweep")
        tracker.tell(told(state, attempt=attempt, document=tmp_path / "variant.yaml"))
        tracker.end()
    client = MlflowClient(tracking_uri=address)
    experiment = client.get_experiment_by_name("net")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert len(client.search_runs([experiment.experiment_id])) == 3  # the sweep's, and one for each attempt
    parent = runs["net.sweep"]
    first = next(
        run
        for run in client.search_runs([experiment.experiment_id])
        if run.data.tags.get("modelspec.attempt") == "1"
    )
    assert first.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert first.info.status == "FINISHED"
    assert first.data.params == {"vars.width": "8", "seed": "1", "params": "42"}
    assert first.data.metrics == {"score": 0.5, "loss": 0.25}
    history = client.get_metric_history(first.info.run_id, "loss")
    assert [(point.step, point.timestamp) for point in history] == [(2, 1_002_000)]
    assert [one.path for one in client.list_artifacts(first.info.run_id)] == ["variant.yaml"]


@pytest.mark.parametrize("address", ["file:///tmp/runs", "runs"])
def test_plain_files_are_refused_with_what_to_write(address: str) -> None:
    with pytest.raises(TrackerError, match="no longer keeps runs in plain files") as caught:
        make_tracker("mlflow", address)
    assert caught.value.help is not None
    assert "sqlite:///" in caught.value.help


def test_without_mlflow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    with pytest.raises(TrackerError, match="not installed") as caught:
        make_tracker("mlflow", "sqlite:///mlflow.db")
    assert caught.value.help == "install it: `pip install 'modelspec[mlflow]'`"


def test_a_server_that_is_down_is_an_error_that_says_where(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    tracker = make_tracker("mlflow", "http://127.0.0.1:9")
    with pytest.raises(TrackerError, match=r"MLflow at `http://127\.0\.0\.1:9` does not answer"):
        tracker.begin(SWEEP, tmp_path)


class Broken:
    """A tracker that takes one run."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def begin(self, sweep: SweepRow, folder: Path) -> None:
        self.heard.append(sweep.name)

    def tell(self, told: Told) -> None:
        if len(self.heard) > 1:
            raise TrackerError("it is down")
        self.heard.append(told.run.folder)

    def end(self) -> None:
        self.heard.append("end")


def test_a_tracker_that_breaks_is_warned_of_once_and_told_no_more(tmp_path: Path) -> None:
    tracker, warned = Broken(), []
    background = Background(lambda: tracker, SWEEP, tmp_path, warn=warned.append)
    for _ in range(5):
        background.tell(told())
    background.end()
    assert tracker.heard == ["net", "0003-seed1"]
    assert [str(error) for error in warned] == ["it is down"]


def test_a_slow_tracker_holds_nothing_up(tmp_path: Path) -> None:
    release, tracker = threading.Event(), Broken()

    def make() -> Broken:
        release.wait(10)
        return tracker

    background = Background(make, SWEEP, tmp_path, warn=lambda error: None)
    background.tell(told())
    assert tracker.heard == []
    release.set()
    background.end()
    assert tracker.heard == ["net", "0003-seed1", "end"]
