"""The next point of a search: what a tree-structured Parzen estimator makes of all that was tried before.

Nothing is kept from one question to the next. A point follows from the sweep's seed, from its own number and
from what is known of the points before it, so that a search that was ended goes on as if it had not been.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Sequence
from typing import Any

from modelspec.search.dimensions import Chosen, Dimension, Numbers, Positions, chosen_in, dimension_of, taken
from modelspec.search.library import optuna
from modelspec.search.values import Tried
from modelspec.source.tree import Node
from modelspec.sweep.points import chosen_point, random_point
from modelspec.sweep.values import Part, Point, Sweep

CHANCES = 10
"""How many points are known before the others follow from them."""


class Asker:
    """Asks for the points of a sweep.

    Raises:
        MissingLibraryError: Optuna cannot be used.
    """

    def __init__(self, sweep: Sweep) -> None:
        self._optuna = optuna()
        self._sweep = sweep
        self._dimensions = {part.id: dimension_of(part) for part in sweep.space.walk()}
        self._distributions = {
            name: _distribution(self._optuna.distributions, one) for name, one in self._dimensions.items()
        }

    def ask(self, tried: Sequence[Tried], *, again: int = 0) -> Point:
        """The point that follows on those tried, in the order of their numbers; those to start from first.

        Args:
            again: how often it was asked for before; each time another one is found.
        """
        number = len(tried) + 1
        if number <= len(self._sweep.start):
            # As a plan shows it: what such a point leaves out is drawn by chance.
            return random_point(self._sweep, number)
        trial = self._study(tried, _seed(self._sweep.seed, number, again)).ask()

        def choose(part: Part) -> Node | int:
            dimension = self._dimensions[part.id]
            return taken(dimension, _suggested(trial, dimension))

        return chosen_point(self._sweep.space, number, choose)

    def point(self, number: int, tried: Tried) -> Point | None:
        """A point that was tried, made anew of its values; `None` where the space does not have them all."""
        chosen = dict(self._params(tried))
        try:
            return chosen_point(
                self._sweep.space, number, lambda part: taken(self._dimensions[part.id], chosen[part.id])
            )
        except KeyError:
            return None

    def _study(self, tried: Sequence[Tried], seed: int) -> Any:
        # Points that were rejected tell where not to look, but nothing of where it is good.
        chances = CHANCES + sum(one.state == "rejected" for one in tried)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", self._optuna.exceptions.ExperimentalWarning)
            sampler = self._optuna.samplers.TPESampler(
                seed=seed, group=True, constant_liar=True, n_startup_trials=chances
            )
        objective = self._sweep.objective
        study = self._optuna.create_study(
            direction=objective.goal if objective is not None else "maximize", sampler=sampler
        )
        for one in tried:
            study.add_trial(self._trial(one))
        return study

    def _trial(self, tried: Tried) -> Any:
        trial = self._optuna.trial
        states = trial.TrialState
        chosen = dict(self._params(tried))
        known: dict[str, Any]
        match tried.state:
            case "done":
                known = {"value": tried.value}
            case "pruned":
                reached = {} if tried.value is None else {tried.epochs: tried.value}
                known = {"state": states.PRUNED, "intermediate_values": reached}
            case "rejected":
                known = {"state": states.PRUNED, "constraints": {"rejected": 1.0}}
            case "failed":
                known = {"state": states.FAIL}
            case "open":
                known = {"state": states.RUNNING}
        return trial.create_trial(
            params=chosen, distributions={name: self._distributions[name] for name in chosen}, **known
        )

    def _params(self, tried: Tried) -> list[tuple[str, Chosen]]:
        found = chosen_in(self._sweep.space, dict(tried.values), self._dimensions)
        return [(dimension.name, chosen) for dimension, chosen in found]


def _distribution(distributions: Any, dimension: Dimension) -> Any:
    match dimension:
        case Positions(values=values, ordered=True):
            return distributions.IntDistribution(0, len(values) - 1)
        case Positions(values=values):
            return distributions.CategoricalDistribution(tuple(range(len(values))))
        case Numbers(low=low, high=high, whole=True, log=log):
            return distributions.IntDistribution(int(low), int(high), log=log)
        case Numbers(low=low, high=high, log=log):
            return distributions.FloatDistribution(low, high, log=log)


def _suggested(trial: Any, dimension: Dimension) -> Chosen:
    suggested: Chosen
    match dimension:
        case Positions(name=name, values=values, ordered=True):
            suggested = trial.suggest_int(name, 0, len(values) - 1)
        case Positions(name=name, values=values):
            suggested = trial.suggest_categorical(name, tuple(range(len(values))))
        case Numbers(name=name, low=low, high=high, whole=True, log=log):
            suggested = trial.suggest_int(name, int(low), int(high), log=log)
        case Numbers(name=name, low=low, high=high, log=log):
            suggested = trial.suggest_float(name, low, high, log=log)
    return suggested


def _seed(seed: int, number: int, again: int) -> int:
    """Of one question: points do not follow from how many were asked for by one process."""
    key = hashlib.sha256(json.dumps([seed, "bayes", number, again]).encode()).digest()
    return int.from_bytes(key[:4], "big")
