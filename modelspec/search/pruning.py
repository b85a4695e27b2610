"""Runs that promise little, told by how others stood after as many epochs."""

from __future__ import annotations

from typing import Any, Literal

from modelspec.search.library import optuna
from modelspec.sweep.values import Objective, Prune

Ended = Literal["done", "pruned", "failed"]
_CHANCES = 5  # runs that come to their end before the median of them says anything
# Which runs Hyperband holds against each other follows from the study's name and the number of the run.
_NAME = "sweep"


class Pruner:
    """Judges runs after each epoch.

    Args:
        epochs: of a run that comes to its end, where the sweep does not say `max_epochs`; `None` where that
            is not known before the first one has.

    Raises:
        MissingLibraryError: Optuna cannot be used.
    """

    def __init__(self, prune: Prune, objective: Objective, *, epochs: int | None) -> None:
        library = optuna()
        self._states = library.trial.TrialState
        self._objective = objective
        self._study = library.create_study(
            study_name=_NAME,
            direction=objective.goal,
            sampler=library.samplers.RandomSampler(seed=0),
            pruner=_pruner(library.pruners, prune, prune.max_epochs or epochs),
        )
        self._trials: list[Any] = []
        self._reached: dict[int, tuple[int, float]] = {}  # of a run, the last epoch and what counts of it

    def epoch(self, number: int, epoch: int, *, value: float) -> bool:
        """Hear what a run measured; whether it is to be ended.

        Args:
            number: of the run, from 0; each seed has its own.
            epoch: from 1; one that was told before, and is trained again, says nothing new.
        """
        before = self._reached.get(number)
        if before is not None and epoch <= before[0]:
            return False
        if before is not None and self._objective.reduce == "best":
            value = self._better(before[1], value)
        self._reached[number] = (epoch, value)
        trial = self._trial(number)
        trial.report(value, epoch)
        return bool(trial.should_prune())

    def ended(self, number: int, how: Ended, value: float | None) -> None:
        """Hear that a run has ended, and with which objective; nothing more is told of it."""
        trial = self._trial(number)
        if how == "done" and value is not None:
            self._study.tell(trial, value)
        else:
            self._study.tell(trial, state=self._states.PRUNED if how == "pruned" else self._states.FAIL)

    def _trial(self, number: int) -> Any:
        while len(self._trials) <= number:
            self._trials.append(self._study.ask())
        return self._trials[number]

    def _better(self, one: float, other: float) -> float:
        return max(one, other) if self._objective.goal == "maximize" else min(one, other)


def _pruner(pruners: Any, prune: Prune, epochs: int | None) -> Any:
    match prune.by:
        case "hyperband":
            most = "auto" if epochs is None else max(epochs, prune.min_epochs)
            return pruners.HyperbandPruner(min_resource=prune.min_epochs, max_resource=most)
        case "median":
            return pruners.MedianPruner(n_startup_trials=_CHANCES, n_warmup_steps=prune.min_epochs)
