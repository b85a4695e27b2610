"""The callback that stands between Keras' training and whoever runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from modelspec.link.training.callback_state import Arrays, Plain, put_state, state_of
from modelspec.link.training.seeding import put_seeds, seed_epoch, seeds_of


@dataclass(frozen=True, slots=True)
class Begun:
    """Where training goes on.

    Args:
        epoch: how many epochs are done.
        stopped: whether a callback has ended it.
        callbacks: what each remembered: plain values and arrays.
        seeds: where the generators of layers stood; `None` where they begin.
    """

    epoch: int = 0
    stopped: bool = False
    callbacks: Sequence[tuple[Plain, Arrays]] = ()
    seeds: Sequence[np.ndarray] | None = None


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """What is known after an epoch.

    Args:
        epoch: how many are done.
        metrics: as Keras reports them.
        stopped: whether a callback ends the training here.
        callbacks: what each remembers; made when it is asked for.
        seeds: where the generators of layers stand; likewise.
        model: live, its values those after the epoch.
    """

    epoch: int
    metrics: Mapping[str, float]
    stopped: bool
    callbacks: Callable[[], list[tuple[dict[str, Any], dict[str, np.ndarray]]]]
    seeds: Callable[[], list[np.ndarray]]
    model: Any


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who is told of what.

    Args:
        batch: of each batch: the epoch from 0, how many batches of it are done, and of how many; 0 where
            nobody knows.
        reported: after each epoch, of the names of the metrics, before callbacks look for theirs.
        epoch: of each epoch; true ends the training.
    """

    batch: Callable[[int, int, int], None] = lambda epoch, done, total: None
    reported: Callable[[int, tuple[str, ...]], None] = lambda epoch, names: None
    epoch: Callable[[EpochEnd], bool] = lambda end: False


class Listener(keras.callbacks.Callback):  # type: ignore[misc]
    """Stands first, so that it hears what is reported before another callback misses something in it."""

    def __init__(self, hooks: Hooks) -> None:
        super().__init__()
        self._hooks = hooks

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Tell what is reported."""
        self._hooks.reported(epoch + 1, tuple(logs or ()))


class Watcher(keras.callbacks.Callback):  # type: ignore[misc]
    """Stands last, so that it sees what the other callbacks have made of an epoch.

    Args:
        others: the callbacks of the document, in order.
        begun: where training goes on.
        hooks: who is told.
        seed: of what draws from Python's and NumPy's own generators.
        batches: that are told of the epoch.
    """

    def __init__(
        self, others: Sequence[Any], begun: Begun, hooks: Hooks, *, seed: int, batches: Sequence[Any]
    ) -> None:
        super().__init__()
        self._others = others
        self._begun = begun
        self._hooks = hooks
        self._seed = seed
        self._batches = batches
        self._epoch = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Give the others, which have begun anew, what they remembered."""
        for callback, (plain, arrays) in zip(self._others, self._begun.callbacks, strict=False):
            put_state(callback, plain, arrays)
        if self._begun.seeds is not None:
            put_seeds(self.model, self._begun.seeds)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """What an epoch draws depends on its number, not on what was drawn before."""
        self._epoch = epoch
        for batches in self._batches:
            batches.epoch = epoch
        seed_epoch(self._seed, epoch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Tell how far the epoch is."""
        self._hooks.batch(self._epoch, batch + 1, (self.params or {}).get("steps") or 0)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Tell of an epoch, and end the training where that is asked."""
        end = EpochEnd(
            epoch=epoch + 1,
            metrics={name: float(np.mean(value)) for name, value in (logs or {}).items()},
            stopped=bool(self.model.stop_training),
            callbacks=lambda: [state_of(callback) for callback in self._others],
            seeds=lambda: seeds_of(self.model),
            model=self.model,
        )
        if self._hooks.epoch(end):
            self.model.stop_training = True
