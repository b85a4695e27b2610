"""The table of layers that take one tensor and give one, against Keras."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from layer_samples import INPUTS, SAMPLES

from modelspec.catalog.one_tensor import ONE_TENSOR

# What an older Keras does not have stands in the table all the same.
THERE = sorted(name for name in ONE_TENSOR if hasattr(keras.layers, name.rpartition(".")[2]))


def tensor(name: str) -> Any:
    given = INPUTS[name]
    return keras.Input(tuple(given)) if isinstance(given, list) else keras.Input(**given)


def layer(name: str) -> Any:
    return getattr(keras.layers, name.rpartition(".")[2])(**SAMPLES[name].needs)


@pytest.mark.parametrize("name", THERE)
def test_of_one_tensor_it_gives_one(name: str) -> None:
    assert isinstance(layer(name)(tensor(SAMPLES[name].feed)), keras.KerasTensor)


@pytest.mark.parametrize("name", THERE)
def test_of_a_list_of_one_it_makes_nothing_that_makes_sense(name: str) -> None:
    try:
        given = layer(name)([tensor(SAMPLES[name].feed)])
    except Exception:  # whatever a list without a shape raises
        return
    assert not isinstance(given, keras.KerasTensor | list)
