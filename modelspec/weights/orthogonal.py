"""Matrices with orthonormal columns, uniform among all such, as a product of random reflections.

The factor Q of a matrix of normal values (with R's diagonal positive, as Keras makes it) is the product of
the reflections that take the columns to the axes; these are reflections of independent normal vectors, so
they can be drawn as such and no matrix need be factored.
Source: Stewart, "The efficient generation of random orthogonal matrices", 1980.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from modelspec.weights.exact_product import product, slice_bits, sliced

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_BLOCK = 128
_TILE = 512


def orthonormal_columns(
    rows: int, columns: int, *, normals: Callable[[int, int], Floats], slices: int
) -> Floats:
    """A random matrix with orthonormal columns.

    Args:
        rows: at least as many as columns.
        columns: how many.
        normals: gives standard normal values from a position to another; column `j` takes those from
            `j * rows` on.
        slices: of the factors in products, see `exact_product`: two give 1e-11, three all of float64.
    """
    result = np.eye(rows, columns)
    signs = np.empty(columns)
    # From the last block to the first: so far only the rows and columns from `begin` on are not as in `eye`.
    for begin in reversed(range(0, columns, _BLOCK)):
        end = min(begin + _BLOCK, columns)
        drawn = normals(begin * rows, end * rows).reshape(end - begin, rows)
        vectors, signs[begin:end] = _reflectors(drawn.T[begin:].copy())
        _reflect(vectors, result[begin:, begin:], slices=slices)
    result *= signs
    return result


def _reflectors(columns: Floats) -> tuple[Floats, Floats]:
    """Unit vectors of the reflections that take column `j`, from row `j` on, to axis `j`; and the signs.

    Args:
        columns: of shape (rows, b), overwritten by the vectors.
    """
    count = columns.shape[1]
    columns *= np.tri(*columns.shape)
    across = np.arange(count)
    heads = columns[across, across]
    norms = np.sqrt(_column_sums(columns * columns))
    signs = np.where(heads < 0.0, -1.0, 1.0)
    # Away from zero, so that nothing cancels.
    columns[across, across] = heads + signs * norms
    columns /= np.sqrt(2.0 * norms * (norms + np.abs(heads)))
    return columns, -signs


def _column_sums(matrix: Floats) -> Floats:
    """Sums by halves: an order of our own, where NumPy's may depend on the processor. Overwrites `matrix`."""
    rows = matrix.shape[0]
    while rows > 1:
        half = rows // 2
        matrix[:half] += matrix[rows - half : rows]
        rows -= half
    total: Floats = matrix[0].copy()
    return total


def _reflect(vectors: Floats, matrix: Floats, *, slices: int) -> None:
    """Apply H1 H2 ... Hb to a matrix in place, Hj = I - 2 v v' for the unit vector v in column j.

    The product is I - V T V', with T triangular and inv(T) = I / 2 + the upper part of V' V.
    """
    rows, count = vectors.shape
    long = partial(sliced, bits=slice_bits(rows), count=slices)
    short = partial(sliced, bits=slice_bits(count), count=slices)
    tall = long(vectors)
    triangle = _inverse(np.triu(product(tall.transposed, tall), 1) + 0.5 * np.eye(count))
    weighted = product(short(vectors), short(triangle))
    heavy = short(weighted)
    for begin in range(0, matrix.shape[1], _TILE):
        tile = matrix[:, begin : begin + _TILE]
        onto = product(tall.transposed, long(tile))
        tile -= product(heavy, short(onto))


def _inverse(triangle: Floats) -> Floats:
    """The inverse of an upper triangular matrix whose diagonal is 1/2, row by row from below."""
    count = triangle.shape[0]
    result = np.eye(count)
    for row in range(count - 1, -1, -1):
        result[row] *= 2.0
        result[:row] -= triangle[:row, row, None] * result[row]
    return result
