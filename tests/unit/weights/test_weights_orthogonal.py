from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from initializer_dicts import built_in
from scipy.stats import kstest

from modelspec.weights.draw import draw
from modelspec.weights.exact_product import product, slice_bits, sliced
from modelspec.weights.fills import normals_between
from modelspec.weights.orthogonal import orthonormal_columns


def _orthogonal(shape: tuple[int, ...], owner: str = "a", dtype: str = "float64") -> np.ndarray:
    return draw(built_in("Orthogonal"), shape=shape, dtype=dtype, seed=0, owner=owner, below="0").array()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (7, 7), (300, 140), (140, 300), (3, 3, 20, 130)])
def test_the_shorter_side_is_orthonormal(shape: tuple[int, ...]) -> None:
    matrix = _orthogonal(shape).reshape(-1, shape[-1])
    rows, columns = matrix.shape
    product_ = matrix @ matrix.T if rows < columns else matrix.T @ matrix
    assert np.abs(product_ - np.eye(min(rows, columns))).max() < 1e-14


def test_float32_is_orthonormal_as_far_as_it_can_be() -> None:
    matrix = _orthogonal((300, 140), dtype="float32").astype(np.float64)
    assert np.abs(matrix.T @ matrix - np.eye(140)).max() < 1e-6


def test_it_is_the_factor_of_a_qr_decomposition_of_that_size() -> None:
    """Uniform matrices: first columns uniform on the sphere, signs even, determinants of both kinds."""
    samples = np.stack([_orthogonal((4, 4), owner=str(i)) for i in range(1200)])
    for row in range(4):
        for column in range(4):
            # An entry of a uniform orthogonal 4 x 4 matrix: its square is Beta(1/2, 3/2).
            assert kstest(samples[:, row, column] ** 2, "beta", args=(0.5, 1.5)).pvalue > 1e-4
            assert abs((samples[:, row, column] > 0).mean() - 0.5) < 0.07
    assert abs((np.linalg.det(samples) > 0).mean() - 0.5) < 0.07
    traces = np.trace(samples, axis1=1, axis2=2)
    # Moments of the trace of a uniform orthogonal matrix: those of a standard normal value.
    assert abs(traces.mean()) < 0.15
    assert traces.var() == pytest.approx(1.0, abs=0.15)


def test_blocks_of_reflections_are_the_reflections_one_by_one() -> None:
    rows, columns = 150, 140
    normals = normals_between((1, 2), 0, rows * columns)
    expected = np.eye(rows, columns)
    signs = np.empty(columns)
    for j in reversed(range(columns)):
        vector = normals[j * rows : (j + 1) * rows].copy()
        vector[:j] = 0.0
        sign = -1.0 if vector[j] < 0 else 1.0
        signs[j] = -sign
        vector[j] += sign * np.linalg.norm(vector)
        vector /= np.linalg.norm(vector)
        expected -= 2 * np.outer(vector, vector @ expected)
    found = orthonormal_columns(rows, columns, normals=lambda a, b: normals[a:b], slices=3)
    assert np.abs(found - expected * signs).max() < 1e-13


@given(start=st.integers(0, 50_000), count=st.integers(1, 40_000))
@settings(deadline=None, max_examples=30)
def test_normal_values_can_be_taken_from_any_position(start: int, count: int) -> None:
    whole = normals_between((1, 2), 0, start + count)
    assert np.array_equal(normals_between((1, 2), start, start + count), whole[start:])


@pytest.mark.parametrize("slices", [2, 3])
def test_products_are_exact_to_the_last_slice(slices: int) -> None:
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((40, 700)), 1e-3 * rng.standard_normal((700, 30))
    bits = slice_bits(700)
    found = product(sliced(left, bits=bits, count=slices), sliced(right, bits=bits, count=slices))
    assert np.abs(found - left @ right).max() < 700 * 5.0 * 0.005 * 2.0 ** (-bits * slices + 2) + 1e-15


@pytest.mark.parametrize("terms", [1, 2, 3, 128, 700, 4096, 5000, 1 << 20])
def test_sums_of_slices_never_reach_53_bits(terms: int) -> None:
    assert terms * 2 ** (2 * slice_bits(terms)) <= 2**53


def test_a_zero_matrix_has_a_zero_product() -> None:
    zero = sliced(np.zeros((3, 3)), bits=20, count=2)
    assert np.array_equal(product(zero, zero), np.zeros((3, 3)))
