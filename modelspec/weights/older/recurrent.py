"""Kernels and biases of the layers that Keras 2 had for cuDNN, as the ordinary ones have them.

Source: `_convert_rnn_weights` of `keras.saving.legacy.hdf5_format` in Keras 2. As there, the bias tells which
layer saved them: the one for cuDNN has a bias of the inputs and one of the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Array = npt.NDArray[Any]
    Shape = tuple[int, ...]

_LSTM, _GRU = 4, 3


def gates_for_cudnn(kernel: Shape, recurrent: Shape, bias: Shape) -> int:
    """How many gates a layer has that was one for cuDNN; 0 for any other.

    Args:
        kernel: shape of the kernel of the inputs.
        recurrent: shape of that of the state.
        bias: shape of the bias.
    """
    if len(kernel) != 2 or len(recurrent) != 2 or len(bias) != 1 or kernel[1] != recurrent[1]:
        return 0
    units = recurrent[0]
    for gates in (_LSTM, _GRU):
        if recurrent[1] == gates * units and bias[0] == 2 * gates * units:
            return gates
    return 0


def converted_shape(name: str, shape: Shape, gates: int) -> Shape:
    """The shape of a variable that `conversion` makes."""
    if name != "bias":
        return shape
    return (2, shape[0] // 2) if gates == _GRU else (shape[0] // 2,)


def conversion(name: str, gates: int) -> Callable[[Array], Array]:
    """What makes a variable of an ordinary layer of one for cuDNN.

    Args:
        name: `kernel`, `recurrent_kernel` or `bias`.
        gates: of the layer, 4 or 3.
    """
    make = _WAYS[name]
    return lambda values: np.ascontiguousarray(make(values, gates))


def _kernel(values: Array, gates: int) -> Array:
    """Each gate's kernel lies transposed, in Fortran's order."""
    return np.hstack([part.T.reshape(part.shape, order="F") for part in np.hsplit(values, gates)])


def _recurrent(values: Array, gates: int) -> Array:
    return np.hstack([part.T for part in np.hsplit(values, gates)])


def _bias(values: Array, gates: int) -> Array:
    """An LSTM adds its biases up; a GRU that resets after the product keeps both."""
    both = values.reshape(2, -1)
    return both if gates == _GRU else np.asarray(both[0] + both[1])


_WAYS: Mapping[str, Callable[[Array, int], Array]] = MappingProxyType(
    {"kernel": _kernel, "recurrent_kernel": _recurrent, "bias": _bias}
)
