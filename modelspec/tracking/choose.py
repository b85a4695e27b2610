"""The tracker of a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from modelspec.tracking.protocol import Tracker


def _mlflow(address: str) -> Tracker:
    from modelspec.tracking.mlflow_tracker import MlflowTracker

    return MlflowTracker(address)


_TRACKERS: Mapping[str, Callable[[str], Tracker]] = MappingProxyType({"mlflow": _mlflow})


def make_tracker(name: str, address: str) -> Tracker:
    """The tracker of a name. Raises `TrackerError`."""
    return _TRACKERS[name](address)
