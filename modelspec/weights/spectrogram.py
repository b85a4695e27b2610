"""Kernels of the short-time Fourier transformation, of `keras.initializers.STFT`.

Keras computes the angles in the variable's dtype, whose rounding grows with the frame's length (to 5e-4 for
2048 steps); here they are exact, and so are sine and cosine to the last bits of float64.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from modelspec.weights.recipes import Spectrogram

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

# Windows that are sums of cosines, by SciPy's names and coefficients.
_COSINE_WINDOWS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {"hann": (0.5, 0.5), "hamming": (0.54, 0.46), "blackman": (0.42, 0.50, 0.08)}
)


def stft_kernel(recipe: Spectrogram, *, frame: int, frequencies: int) -> Floats:
    """The kernel, of shape (frame, 1, frequencies).

    A window other than Hann's, Hamming's and Blackman's is SciPy's, which must be installed.
    """
    period = 2 * (frequencies - 1)
    cosines, sines = circle(period)
    turn = np.outer(np.arange(frame), np.arange(frequencies)) % period
    kernel = cosines[turn] if recipe.side == "real" else -sines[turn]
    if recipe.window is not None:
        window = _window(recipe.window, frame, periodic=recipe.periodic)
        kernel = kernel * window[:, None] / _scale(window, recipe.scaling)
    return kernel[:, None, :]


def circle(count: int) -> tuple[Floats, Floats]:
    """Cosine and sine of `count` equal parts of a turn, by operations that IEEE 754 rounds exactly."""
    parts = np.arange(count)
    quarter = (4 * parts + count // 2) // count
    # What is left of the nearest quarter, at most an eighth of a turn: an exact integer before the division.
    rest = (4 * parts - quarter * count) / (4.0 * count) * (2.0 * math.pi)
    square = rest * rest
    cosine = _series(square, first=0)
    sine = rest * _series(square, first=1)
    quarter = quarter % 4
    return (
        np.choose(quarter, [cosine, -sine, -cosine, sine]),
        np.choose(quarter, [sine, cosine, -sine, -cosine]),
    )


def _series(square: Floats, *, first: int) -> Floats:
    """1 - x^2 / ((n+1)(n+2)) (1 - x^2 / ((n+3)(n+4)) (...)): the cosine for n = 0, sin(x) / x for n = 1."""
    total = np.ones_like(square)
    for n in range(first + 18, first, -2):
        total = 1.0 - square / (n * (n - 1)) * total
    return total


def _window(window: object, frame: int, *, periodic: bool) -> Floats:
    if not isinstance(window, str):
        return np.asarray(window, np.float64)
    if window not in _COSINE_WINDOWS:
        from scipy.signal import get_window  # type: ignore[import-untyped]

        return np.asarray(get_window(window, frame, periodic), np.float64)
    if frame == 1:
        return np.ones(1)
    period = frame if periodic else frame - 1
    cosines, _ = circle(period)
    steps = np.arange(frame)
    total = np.zeros(frame)
    for harmonic, coefficient in enumerate(_COSINE_WINDOWS[window]):
        total += (-1.0) ** harmonic * coefficient * cosines[harmonic * steps % period]
    return total


def _scale(window: Floats, scaling: str | None) -> float:
    # `fsum` rounds once, in whatever order.
    match scaling:
        case "density":
            return math.sqrt(math.fsum((window * window).tolist()))
        case "spectrum":
            return math.fsum(np.abs(window).tolist())
    return 1.0
