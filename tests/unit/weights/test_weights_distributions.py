"""Our draws against Keras' own, by two-sample Kolmogorov-Smirnov tests and by moments."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from initializer_dicts import built_in
from scipy.stats import ks_2samp

from modelspec.weights.draw import draw

# Few shapes: JAX compiles each anew.
DENSE, CONV, DEPTHWISE, FLAT = (120, 250), (3, 3, 40, 64), (5, 5, 64, 1), (20_000,)
CASES = [
    ("RandomUniform", {}, DENSE),
    ("RandomUniform", {"minval": 1, "maxval": 4}, CONV),
    ("RandomNormal", {}, DENSE),
    ("RandomNormal", {"mean": 3.0, "stddev": 2}, CONV),
    ("TruncatedNormal", {}, DENSE),
    ("TruncatedNormal", {"mean": -1.0, "stddev": 0.5}, CONV),
    ("VarianceScaling", {}, CONV),
    ("VarianceScaling", {"scale": 0.3, "mode": "fan_out", "distribution": "uniform"}, DENSE),
    ("VarianceScaling", {"mode": "fan_avg", "distribution": "untruncated_normal"}, CONV),
    ("VarianceScaling", {"mode": "fan_out", "distribution": "uniform"}, DEPTHWISE),
    ("GlorotUniform", {}, DENSE),
    ("GlorotUniform", {}, DEPTHWISE),
    ("GlorotUniform", {"input_axes": [0, 2], "output_axes": [1, 3]}, CONV),
    ("GlorotUniform", {"input_axes": [0]}, CONV),
    ("GlorotNormal", {}, CONV),
    ("LecunUniform", {}, CONV),
    ("LecunNormal", {}, DENSE),
    ("HeUniform", {}, FLAT),
    ("HeNormal", {}, CONV),
    ("Orthogonal", {}, (64, 256)),
    ("Orthogonal", {"gain": 2.5}, (4, 4, 4, 256)),
]


def _ours(name: str, config: dict[str, object], shape: tuple[int, ...], **other: object) -> np.ndarray:
    given = {"dtype": "float32", "seed": 0, "owner": "a", "below": "vars/0"} | other
    return draw(built_in(name, **config), shape=shape, **given).array()


@pytest.mark.parametrize(("name", "config", "shape"), CASES)
def test_values_are_distributed_as_those_of_keras(
    name: str, config: dict[str, object], shape: tuple[int, ...]
) -> None:
    theirs = np.asarray(getattr(keras.initializers, name)(**config, seed=3)(shape, "float32"))
    ours = _ours(name, config, shape)
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    assert ks_2samp(ours.ravel(), theirs.ravel()).pvalue > 1e-3
    spread = float(theirs.std())
    assert abs(float(ours.mean()) - float(theirs.mean())) < 5 * spread * (2 / ours.size) ** 0.5
    assert float(ours.std()) == pytest.approx(spread, rel=0.04)
    assert float(np.abs(ours).max()) <= float(np.abs(theirs).max()) * 1.25


@pytest.mark.parametrize("name", ["GlorotUniform", "HeNormal", "RandomNormal", "LecunUniform"])
def test_scalars_of_many_layers_are_distributed_as_one_vector(name: str) -> None:
    scalars = np.array([_ours(name, {}, (), owner=f"layer_{i}") for i in range(1500)])
    assert scalars.shape == (1500,)
    # Of a scalar both fans are 1.
    fans = {} if name == "RandomNormal" else {"input_axes": [], "output_axes": []}
    assert ks_2samp(scalars, _ours(name, fans, (20_000,))).pvalue > 1e-3


def test_truncated_values_stay_within_two_deviations() -> None:
    values = _ours("TruncatedNormal", {"mean": 0.0, "stddev": 1.0}, (1000, 1000))
    assert float(np.abs(values).max()) <= 2.0
    assert float(np.abs(values).max()) > 1.9999
    # The deviation of a standard normal distribution truncated at two.
    assert float(values.std(dtype=np.float64)) == pytest.approx(0.87962566103423978, abs=2e-3)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.1, 0.7), (0.5, 0.5), (1e-3, 1.1e-3)])
def test_uniform_values_reach_the_lower_bound_at_most_and_never_the_upper(
    dtype: str, low: float, high: float
) -> None:
    values = _ours("RandomUniform", {"minval": low, "maxval": high}, (50_000,), dtype=dtype)
    first, end = (np.array(bound, values.dtype) for bound in (low, high))
    assert (values >= first).all()
    assert (values < end).all() or low == high


def test_neighbouring_values_and_layers_are_not_correlated() -> None:
    first = _ours("RandomNormal", {}, (100_000,)).astype(np.float64)
    other = _ours("RandomNormal", {}, (100_000,), owner="b").astype(np.float64)
    for left, right in ((first[1:], first[:-1]), (first[4:], first[:-4]), (first, other)):
        assert abs(np.corrcoef(left, right)[0, 1]) < 0.015


def test_normal_values_have_normal_tails() -> None:
    values = _ours("RandomNormal", {"stddev": 1.0}, (2_000_000,))
    for bound, share in ((1.0, 0.3173105), (2.0, 0.0455003), (3.0, 0.0026998), (4.0, 6.334e-5)):
        expected = share * values.size
        assert abs(int((np.abs(values) > bound).sum()) - expected) < 5 * expected**0.5
    assert (values > 0).mean() == pytest.approx(0.5, abs=2e-3)
