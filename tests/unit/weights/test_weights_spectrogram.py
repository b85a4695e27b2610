from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from initializer_dicts import built_in

from modelspec.weights.draw import draw
from modelspec.weights.spectrogram import circle

CONFIGS: list[dict[str, object]] = [
    {},
    {"side": "imag", "periodic": True},
    {"window": "hamming", "scaling": "spectrum"},
    {"window": "blackman", "scaling": None, "side": "imag"},
    {"window": "bartlett", "periodic": True},
    {"window": None},
    {"window": [0.5] * 24},
]


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("frequencies", [9, 17])
def test_kernels_are_those_of_keras(config: dict[str, object], frequencies: int) -> None:
    shape = (24, 1, frequencies)
    theirs = np.asarray(keras.initializers.STFT(**config)(shape, "float32"))
    ours = draw(
        built_in("STFT", **config), shape=shape, dtype="float32", seed=0, owner="a", below="0"
    ).array()
    # Keras computes the angles in float32: 24 steps reach 75 radians.
    assert np.abs(ours - theirs).max() < 2e-5


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 100, 513])
def test_a_circle_is_exact_to_the_last_digits(count: int) -> None:
    cosines, sines = circle(count)
    exact = [2 * math.pi * i / count for i in range(count)]
    assert np.abs(cosines - np.cos(exact)).max() < 4e-15
    assert np.abs(sines - np.sin(exact)).max() < 4e-15
