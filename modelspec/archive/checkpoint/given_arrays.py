"""What is handed over in Python as an array: of NumPy, tensors of other libraries, lists of numbers."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from modelspec.archive.member_names import quoted
from modelspec.archive.refusal import Refused

# By PyTorch's name of a dtype that NumPy lacks: one of NumPy's of the same width, to carry the bits across.
_CARRIERS = MappingProxyType({"bfloat16": "int16", "float8_e4m3fn": "uint8", "float8_e5m2": "uint8"})


def as_array(key: object, given: Any) -> np.ndarray[Any, Any]:
    """A value as an array of NumPy with the same bits; copied only where it lies elsewhere.

    A tensor of PyTorch, TensorFlow or JAX and a variable of Keras are what they hold, on whatever device and
    with a gradient or not. No library is imported for it: who has its tensors has imported it.

    Args:
        key: the name it has.
        given: the value.

    Raises:
        Refused: it is no array, with the key and the reason.
    """
    if not isinstance(key, str):
        raise Refused(
            "not-an-array",
            f"have the key {quoted(repr(key))}, which is no text",
            help="give each array a name: `{'dense/kernel': …}`",
        )
    if isinstance(given, Mapping):
        raise Refused(
            "not-an-array",
            f"have a mapping under {quoted(key)}",
            help="join the names to one: `{'dense/kernel': …}`",
        )
    try:
        return _converted(given)
    except MemoryError:
        raise
    except Exception as error:  # whatever the library raises that the value is of
        lines = str(error).strip().splitlines()
        reason = quoted(lines[0]) if lines else quoted(type(error).__name__)
        raise Refused(
            "not-an-array",
            f"have a `{type(given).__name__}` under {quoted(key)} of which there is no array: {reason}",
            help="give numbers in a NumPy array, a dense tensor, or lists that are equally long",
        ) from error


def _converted(given: Any) -> np.ndarray[Any, Any]:
    if _is(given, "keras", "Variable"):
        given = given.value
    if _is(given, "torch", "Tensor"):
        return _of_torch(given)
    if _is(given, "tensorflow", "Tensor") or _is(given, "tensorflow", "Variable"):
        given = given.numpy()
    return np.asarray(given)


def _is(given: Any, library: str, name: str) -> bool:
    cls = getattr(sys.modules.get(library), name, None)
    return isinstance(cls, type) and isinstance(given, cls)


def _of_torch(tensor: Any) -> np.ndarray[Any, Any]:
    held = tensor.detach().cpu().resolve_conj().resolve_neg()
    name = str(held.dtype).removeprefix("torch.")
    if name not in _CARRIERS:
        return np.asarray(held.numpy())
    import ml_dtypes

    bits = held.view(getattr(sys.modules["torch"], _CARRIERS[name])).numpy()
    return np.asarray(bits.view(getattr(ml_dtypes, name)))
