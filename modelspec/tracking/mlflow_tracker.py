"""MLflow as a tracker: a run for the sweep, and one below it for each run of the sweep."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from modelspec.ledger.values import SweepRow
from modelspec.tracking.protocol import Told, TrackerError

Result = TypeVar("Result")

_PARENT = "mlflow.parentRunId"  # what MLflow's pages nest runs by
_FOLDER, _ATTEMPT = "modelspec.run", "modelspec.attempt"
_AT_ONCE = 500  # metrics in a batch; MLflow takes 1,000
_LONGEST = 500  # characters of a parameter
_STATUSES: Mapping[str, str] = MappingProxyType({"DONE": "FINISHED", "PRUNED": "KILLED", "FAILED": "FAILED"})
# A tracker that is down must not hold a sweep up; MLflow tries for minutes.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}


class MlflowTracker:
    """Tells runs to an MLflow server, or to a database.

    Args:
        address: of the server (`http://…`), or of a database (`sqlite:///mlflow.db`).

    Raises:
        TrackerError: MLflow is not installed, or the address is one that it does not take.
    """

    def __init__(self, address: str) -> None:
        if address.startswith("file:") or "://" not in address:
            raise TrackerError(
                f"`{address}` is no address for MLflow, which no longer keeps runs in plain files",
                help="write `sqlite:///mlflow.db`, or the address of a server",
            )
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        try:
            from mlflow.tracking import MlflowClient
        except ImportError:
            raise TrackerError(
                "MLflow is not installed", help="install it: `pip install 'modelspec[mlflow]'`"
            ) from None
        # It logs each step of making a database.
        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.ERROR)
        self._address = address
        self._client = self._asked(lambda: MlflowClient(tracking_uri=address))
        self._experiment = ""
        self._parent = ""
        self._known: dict[str, str] = {}

    def begin(self, sweep: SweepRow, folder: Path) -> None:
        """Hear of the sweep first. Raises `TrackerError`."""
        self._experiment = self._asked(lambda: self._experiment_of(sweep.name, folder))
        tag = str(folder.resolve())
        found = self._search(f"tags.`{_FOLDER}` = '{_quoted(tag)}'")
        if found:
            self._parent = found[0].info.run_id
        else:
            tags = {_FOLDER: tag, "modelspec.method": sweep.method, "modelspec.version": sweep.version}
            run = self._asked(
                lambda: self._client.create_run(self._experiment, run_name=folder.name, tags=tags)
            )
            self._parent = run.info.run_id
        self._known = {
            run.data.tags.get(_FOLDER, ""): run.data.tags.get(_ATTEMPT, "")
            for run in self._search(f"tags.`{_PARENT}` = '{self._parent}'")
        }

    def tell(self, told: Told) -> None:
        """Hear of a run; one that was told before is passed over. Raises `TrackerError`."""
        run, attempt = told.run, str(told.run.attempt)
        if self._known.get(run.folder) == attempt:
            return
        self._asked(lambda: self._tell(told, attempt))
        self._known[run.folder] = attempt

    def end(self) -> None:
        """Hear that no more is told now. Raises `TrackerError`."""
        if self._parent:
            self._asked(lambda: self._client.set_terminated(self._parent, "FINISHED"))

    def _tell(self, told: Told, attempt: str) -> None:
        from mlflow.entities import Metric, Param

        run, variant = told.run, told.variant
        began = _milliseconds(run.started)
        tags = {_PARENT: self._parent, _FOLDER: run.folder, _ATTEMPT: attempt}
        if run.error:
            tags["modelspec.error"] = str(run.error.get("message", ""))[:_LONGEST]
        made = self._client.create_run(
            self._experiment,
            start_time=began,
            run_name=variant.name if run.seed is None else f"{variant.name} seed {run.seed}",
            tags=tags,
        )
        values = {**dict(variant.values), "seed": run.seed, **_counts(variant.facts)}
        parameters = [
            Param(_key(name), str(value)[:_LONGEST]) for name, value in values.items() if value is not None
        ]
        metrics = [
            Metric(_key(name), value, began + _milliseconds(seconds), epoch)
            for epoch, seconds, name, value in _measured(told.lines)
        ]
        self._client.log_batch(made.info.run_id, params=parameters)
        for at in range(0, len(metrics), _AT_ONCE):
            self._client.log_batch(made.info.run_id, metrics=metrics[at : at + _AT_ONCE])
        if told.document is not None:
            self._client.log_artifact(made.info.run_id, str(told.document))
        self._client.set_terminated(made.info.run_id, _STATUSES[run.state], _milliseconds(run.ended))

    def _experiment_of(self, name: str, folder: Path) -> str:
        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        # A database says nothing of where files go, and the working folder is not where they belong.
        here = None if self._address.startswith("http") else (folder.resolve() / "mlflow").as_uri()
        return str(self._client.create_experiment(name, artifact_location=here))

    def _search(self, wanted: str) -> list[Any]:
        found: list[Any] = []
        page = None
        while True:
            part = self._asked(
                lambda token=page: self._client.search_runs(  # type: ignore[misc]
                    [self._experiment], wanted, page_token=token
                )
            )
            found.extend(part)
            page = part.token
            if not page:
                return found

    def _asked(self, ask: Callable[[], Result]) -> Result:
        with _translated(self._address):
            return ask()


@contextmanager
def _translated(address: str) -> Iterator[None]:
    """A block in which whatever a tracker raises becomes a `TrackerError`: none of it may end a sweep."""
    try:
        yield
    except TrackerError:
        raise
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        text = first if len(first) <= 200 else f"{first[:200]}…"
        raise TrackerError(
            f"MLflow at `{address}` does not answer: {text}",
            help="`modelspec sweep export DIR --mlflow ADDRESS` tells it all runs later",
        ) from None


def _measured(lines: tuple[Mapping[str, Any], ...]) -> Iterator[tuple[int, float, str, float]]:
    """Epoch, seconds from the beginning, name and value of each number."""
    seconds = 0.0
    for number, line in enumerate(lines, 1):
        epoch, took = line.get("epoch", number), line.get("seconds", 0.0)
        seconds += took if isinstance(took, int | float) else 0.0
        for name, value in line.items():
            if name in ("epoch", "seconds") or not isinstance(value, int | float):
                continue
            if math.isfinite(value):
                yield int(epoch), seconds, name, float(value)


def _counts(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: facts[name] for name in ("params", "layers", "hash") if name in facts}


def _milliseconds(seconds: float | None) -> int:
    return 0 if seconds is None else int(seconds * 1000)


def _key(name: str) -> str:
    """A name as MLflow takes it: letters, digits and `_-. /`."""
    return "".join(letter if letter.isalnum() or letter in "_-. /" else "_" for letter in name)


def _quoted(text: str) -> str:
    return text.replace("'", "\\'")
