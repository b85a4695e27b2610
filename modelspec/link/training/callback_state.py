"""What a callback remembers from epoch to epoch, taken out and put back.

Keras has no word for it: the state is every public attribute that is a plain value or an array and that the
constructor was not given. That is all of `EarlyStopping` (`wait`, `best`, `best_weights`, …),
`ReduceLROnPlateau` and `ModelCheckpoint`; a class of one's own is kept in the same way.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

# What Keras, or the callback by itself, sets anew in every training; a log has its head already.
_OF_KERAS = frozenset({"append_header", "model", "monitor_op", "params", "validation_data"})

Plain = Mapping[str, Any]
Arrays = Mapping[str, np.ndarray]


def state_of(callback: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Plain values by attribute, and arrays by attribute, those of a list by `attribute/number`."""
    plain: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    given = _given(type(callback))
    for name, value in vars(callback).items():
        if name.startswith("_") or name in _OF_KERAS or name in given:
            continue
        match value:
            case None | bool() | int() | float() | str():
                plain[name] = _shown(value)
            case np.generic():
                plain[name] = _shown(value.item())
            case np.ndarray() if value.dtype.kind != "O":
                arrays[name] = value
            case list() if value and all(isinstance(item, np.ndarray) for item in value):
                arrays |= {f"{name}/{at}": item for at, item in enumerate(value)}
    return plain, arrays


def put_state(callback: Any, plain: Plain, arrays: Arrays) -> None:
    """Give a callback, whose training has begun, what it remembered."""
    for name, value in plain.items():
        if hasattr(callback, name):
            setattr(callback, name, _read(value))
    lists: dict[str, list[np.ndarray]] = {}
    for name, array in arrays.items():
        owner, slash, _ = name.partition("/")
        if not slash:
            setattr(callback, owner, array)
        else:
            lists.setdefault(owner, []).append(array)
    for name, found in lists.items():
        setattr(callback, name, found)


def _given(cls: type) -> frozenset[str]:
    return frozenset(
        name
        for base in cls.__mro__
        if "__init__" in vars(base) and base is not object
        for name in inspect.signature(base.__init__).parameters  # type: ignore[misc]
    )


# JSON has no infinities, with which Keras' callbacks begin.
_WORDS = {"inf": float("inf"), "-inf": float("-inf"), "nan": float("nan")}


def _shown(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value):
        return {"float": repr(value)}
    return value


def _read(value: Any) -> Any:
    return _WORDS[value["float"]] if isinstance(value, dict) else value
