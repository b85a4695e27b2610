"""Every generator that training draws from, seeded, and where those of layers stand.

Keras keeps the state of a layer's generator (`Dropout`) in a variable that it does not save.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

_STATE = "seed_generator_state"


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's, the backend's and Keras' own generators."""
    keras.utils.set_random_seed(seed)


def seed_epoch(seed: int, epoch: int) -> None:
    """Seed what an epoch may draw from outside of the model, so that it depends on the epoch's number alone.

    On torch some layers draw from the backend's own generator (`Dropout`). On the others Keras' generator,
    which seeding anew would replace, may be held by a step that is compiled already.
    """
    mixed = (seed * 1_000_003 + epoch + 1) % 2**32
    if keras.config.backend() == "torch":
        keras.utils.set_random_seed(mixed)
    random.seed(mixed)
    np.random.seed(mixed)


def seeds_of(model: Any) -> list[np.ndarray]:
    """The state of each generator in a model, in Keras' order."""
    return [np.asarray(keras.ops.convert_to_numpy(variable)) for variable in _states(model)]


def put_seeds(model: Any, states: Sequence[np.ndarray]) -> None:
    """Give the generators of a model the states that they had. Raises `ValueError` where it has others."""
    for variable, state in zip(_states(model), states, strict=True):
        variable.assign(state)


def _states(model: Any) -> list[Any]:
    return [variable for variable in model.variables if variable.name.startswith(_STATE)]
