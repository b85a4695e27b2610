"""The normal distribution's quantile function, of operations that IEEE 754 rounds exactly.

Sums, products, quotients and roots are the same on every processor; `exp`, `log` and `erf` are not. So the
function is tabulated by a rational approximation made of those four, and read from the table by cubics.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

UNIT = 2.0**53
"""Tail probabilities are given times this."""

# A probability's binary exponent and the next 7 bits of it choose the cubic: 128 to an octave.
_SPLIT = 7
_OCTAVES = 53
_MANTISSA = 52
_FIRST = (1023 - 1) << _SPLIT  # the segment of 2**-1, the smallest tail
_LOW_BITS = (1 << (_MANTISSA - _SPLIT)) - 1
_ONE_BITS = 1023 << _MANTISSA


def upper_points(tails: Floats) -> Floats:
    """The points that a standard normal value exceeds with given probabilities, within 5e-12.

    Args:
        tails: probabilities times 2**53, from 0.5 to 2**52 (so the points are from 8.2 to 0), any shape.
    """
    table = _table()
    bits = tails.view(np.int64)
    segment = bits >> (_MANTISSA - _SPLIT)
    segment -= _FIRST
    within = bits & _LOW_BITS
    within |= _ONE_BITS
    # From 0 to 1/128: how far the tail lies in its segment, times the power of two it begins with.
    t = within.view(np.float64)
    t -= 1.0
    # `clip` is `take`'s fast way; no segment lies outside.
    points: Floats = table[3].take(segment, mode="clip")
    points *= t
    coefficients = np.empty_like(points)
    for row in (2, 1):
        points += table[row].take(segment, out=coefficients, mode="clip")
        points *= t
    points += table[0].take(segment, out=coefficients, mode="clip")
    return points


@cache
def _table() -> Floats:
    """Coefficients of the cubics through four Chebyshev points each, lowest first, of shape (4, segments)."""
    # cos((2 i + 1) pi / 8), written out: the library's cosine is not the same everywhere.
    nodes = (0.9238795325112867, 0.3826834323650898, -0.3826834323650898, -0.9238795325112867)
    width = 2.0**-_SPLIT
    steps = [(1.0 + node) * (width / 2) for node in nodes]
    # One more than there are, for the tail of 2**52 itself.
    segments = np.arange((_OCTAVES << _SPLIT) + 1, dtype=np.int64)
    begins = ((segments + _FIRST) << (_MANTISSA - _SPLIT)).view(np.float64)
    powers = ((segments >> _SPLIT << _MANTISSA) + ((1023 - 1) << _MANTISSA)).view(np.float64)
    values = [-normal_quantile((begins + powers * step) / UNIT) for step in steps]
    return np.stack(_interpolated(steps, values))


def _interpolated(x: list[float], y: list[Floats]) -> list[Floats]:
    """Coefficients, lowest first, of the polynomials through the points, by Newton's divided differences."""
    count = len(x)
    divided = list(y)
    for order in range(1, count):
        for i in range(count - 1, order - 1, -1):
            divided[i] = (divided[i] - divided[i - 1]) / (x[i] - x[i - order])
    coefficients = [divided[-1]]
    for i in range(count - 2, -1, -1):
        shifted = [np.zeros_like(y[0]), *coefficients]
        coefficients = [
            upper - (x[i] * coefficients[power] if power < len(coefficients) else 0.0)
            for power, upper in enumerate(shifted)
        ]
        coefficients[0] = coefficients[0] + divided[i]
    return coefficients


# Wichura, "Algorithm AS 241: the percentage points of the normal distribution", 1988: PPND16, lowest first.
_CENTRE = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)
_SHOULDER = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
_FAR = (
    (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)


def normal_quantile(probability: Floats) -> Floats:
    """The standard normal distribution's quantile function, within some 1e-15 of its value.

    Args:
        probability: above 0 and at most 0.51.
    """
    below = 0.5 - probability
    r = np.sqrt(-natural_log(probability))
    return np.where(
        below <= 0.425,
        -below * _ratio(_CENTRE, 0.180625 - below * below),
        -np.where(r <= 5.0, _ratio(_SHOULDER, r - 1.6), _ratio(_FAR, r - 5.0)),
    )


def natural_log(x: Floats) -> Floats:
    """The natural logarithm of positive numbers, within some 1e-16 of its value."""
    mantissa, exponent = np.frexp(x)
    low = mantissa < 0.7071067811865476
    mantissa = np.where(low, 2.0 * mantissa, mantissa)
    exponent = exponent - low
    s = (mantissa - 1.0) / (mantissa + 1.0)
    square = s * s
    # log((1 + s) / (1 - s)) = 2 s (1 + s^2 / 3 + s^4 / 5 + ...), with |s| at most 0.172.
    series = _polynomial([1.0 / odd for odd in range(1, 25, 2)], square)
    return exponent * 0.6931471805599453 + 2.0 * s * series


def _ratio(parts: tuple[tuple[float, ...], tuple[float, ...]], r: Floats) -> Floats:
    return _polynomial(parts[0], r) / _polynomial(parts[1], r)


def _polynomial(coefficients: tuple[float, ...] | list[float], x: Floats) -> Floats:
    result = np.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        result = result * x + coefficient
    return result
