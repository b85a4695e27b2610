"""Layers for cuDNN as ordinary ones: the formulas of cuDNN and of Keras give the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from modelspec.weights.older.recurrent import conversion, converted_shape, gates_for_cudnn

UNITS, WIDTH, STEPS = 3, 4, 5
NAMES = ("kernel", "recurrent_kernel", "bias")


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def values(gates: int) -> tuple[Any, Any, Any]:
    random = np.random.default_rng(gates)
    shapes = ((WIDTH, gates * UNITS), (UNITS, gates * UNITS), (2 * gates * UNITS,))
    return tuple(random.normal(size=shape) for shape in shapes)  # type: ignore[return-value]


def matrices(kernel: Any, recurrent: Any, bias: Any, gates: int) -> tuple[list[Any], ...]:
    """What cuDNN reads of the flat buffer that Keras 2 handed it: each matrix in rows, one a unit.

    Source: `canonical_to_params` and its calls in the layers `CuDNNLSTM` and `CuDNNGRU` of Keras 2, which
    flatten each gate's part of the kernels as it is: `(units, inputs)` to cuDNN.
    """
    w = [part.reshape(-1).reshape(UNITS, WIDTH) for part in np.hsplit(kernel, gates)]
    r = [part.reshape(-1).reshape(UNITS, UNITS) for part in np.hsplit(recurrent, gates)]
    both = np.split(bias, 2 * gates)
    return w, r, both[:gates], both[gates:]


def cudnn_lstm(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """The formulas of cuDNN's guide for an LSTM, its gates in Keras' order: i, f, c, o."""
    w, r, bw, br = matrices(kernel, recurrent, bias, 4)
    h, c = np.zeros(UNITS), np.zeros(UNITS)
    for step in x:
        i, f, g, o = (w[n] @ step + r[n] @ h + bw[n] + br[n] for n in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return h


def cudnn_gru(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """The formulas of cuDNN's guide for a GRU, its gates in Keras' order: z, r, h."""
    w, r, bw, br = matrices(kernel, recurrent, bias, 3)
    h = np.zeros(UNITS)
    for step in x:
        z = sigmoid(w[0] @ step + r[0] @ h + bw[0] + br[0])
        reset = sigmoid(w[1] @ step + r[1] @ h + bw[1] + br[1])
        new = np.tanh(w[2] @ step + bw[2] + reset * (r[2] @ h + br[2]))
        h = z * h + (1 - z) * new
    return h


def keras_lstm(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    h, c = np.zeros(UNITS), np.zeros(UNITS)
    for step in x:
        i, f, g, o = np.split(step @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return h


def keras_gru(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    h = np.zeros(UNITS)
    for step in x:
        xz, xr, xh = np.split(step @ kernel + bias[0], 3)
        hz, hr, hh = np.split(h @ recurrent + bias[1], 3)
        z, reset = sigmoid(xz + hz), sigmoid(xr + hr)
        h = z * h + (1 - z) * np.tanh(xh + reset * hh)
    return h


@pytest.mark.parametrize(
    ("gates", "theirs", "ours"), [(4, cudnn_lstm, keras_lstm), (3, cudnn_gru, keras_gru)]
)
def test_a_converted_layer_computes_what_the_one_for_cudnn_did(gates: int, theirs: Any, ours: Any) -> None:
    given = values(gates)
    x = np.random.default_rng(1).normal(size=(STEPS, WIDTH))
    made = [conversion(name, gates)(value) for name, value in zip(NAMES, given, strict=True)]
    assert [one.shape for one in made] == [
        converted_shape(name, value.shape, gates) for name, value in zip(NAMES, given, strict=True)
    ]
    np.testing.assert_allclose(ours(x, *made), theirs(x, *given), rtol=1e-12)


@pytest.mark.parametrize(
    ("shapes", "gates"),
    [
        (((4, 12), (3, 12), (24,)), 4),
        (((4, 9), (3, 9), (18,)), 3),
        (((4, 12), (3, 12), (12,)), 0),
        (((4, 9), (3, 9), (2, 9)), 0),
        (((4, 9), (3, 9), (9,)), 0),
        (((4, 3), (3, 3), (6,)), 0),
        (((), (), ()), 0),
    ],
)
def test_the_bias_tells_which_layer_saved_it(shapes: Any, gates: int) -> None:
    assert gates_for_cudnn(*shapes) == gates
