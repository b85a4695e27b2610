from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri

from modelspec.weights.fills import standard_normal
from modelspec.weights.quantile import UNIT, natural_log, normal_quantile, upper_points

RNG = np.random.default_rng(0)
# Even over the probabilities, and even over their logarithms.
TAILS = np.concatenate(
    [
        RNG.random(200_000) * 2**52 + 0.5,
        2.0 ** RNG.uniform(-1, 52, 200_000),
        2.0 ** np.arange(-1, 53),
        np.nextafter(2.0 ** np.arange(0, 53), 0),
    ]
).clip(0.5, 2.0**52)


def test_points_are_the_quantiles_of_the_normal_distribution() -> None:
    assert np.abs(upper_points(TAILS) + ndtri(TAILS / UNIT)).max() < 5e-12


def test_the_function_under_the_table_is_exact_to_the_last_digits() -> None:
    probability = TAILS / UNIT
    assert np.abs(normal_quantile(probability) - ndtri(probability)).max() < 2e-14


def test_the_logarithm_is_exact_to_the_last_digits() -> None:
    x = np.exp(RNG.uniform(-40, 3, 10_000))
    exact = np.array([math.log(value) for value in x])
    assert np.abs(natural_log(x) - exact).max() < 2e-14


def test_extreme_words_give_finite_values_of_both_signs() -> None:
    words = np.array([0, 1, 2**64 - 1, 2**64 - 2], np.uint64)
    values = standard_normal(words.copy())
    assert np.allclose(values[:2], [8.292361075813597, -8.292361075813597])
    assert np.abs(values[2:]).max() < 1e-11
    truncated = standard_normal(words.copy(), truncated=True)
    assert np.allclose(truncated[:2], [2.0, -2.0])
    assert np.abs(truncated).max() <= 2.0


def test_points_grow_as_tails_shrink() -> None:
    tails = np.sort(TAILS)
    assert np.diff(upper_points(tails)).max() < 1e-11
