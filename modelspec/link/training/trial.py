"""What a function that trains a model itself is given of the run that it is part of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from modelspec.link.training.watcher import Begun, EpochEnd, Hooks, Watcher


class Trial:
    """A run, as the caller's own training function sees it.

    Attributes:
        folder: the run's own, for whatever the function writes.
        seed: of the run; Keras', NumPy's and Python's generators are seeded by it.

    Args:
        epoch: told of each epoch's number, from 1, and of its metrics.
        asked_to_stop: whether the run is to end.
    """

    def __init__(
        self,
        folder: Path,
        *,
        seed: int,
        epoch: Callable[[int, Mapping[str, float]], None],
        asked_to_stop: Callable[[], bool],
    ) -> None:
        self.folder = folder
        self.seed = seed
        self._epoch = epoch
        self._asked_to_stop = asked_to_stop

    def report(self, epoch: int, **metrics: Any) -> None:
        """Add a line to the run's metrics: `trial.report(1, loss=0.3)`; epochs are counted from 1."""
        self._epoch(int(epoch), {name: float(np.mean(value)) for name, value in metrics.items()})

    @property
    def should_stop(self) -> bool:
        """Whether somebody has asked the run to end."""
        return self._asked_to_stop()

    def callbacks(self) -> list[Any]:
        """For `Model.fit`: what reports each epoch, and ends the training where that is asked."""

        def told(end: EpochEnd) -> bool:
            self._epoch(end.epoch, end.metrics)
            return self._asked_to_stop()

        return [Watcher((), Begun(), Hooks(epoch=told), seed=self.seed, batches=())]
