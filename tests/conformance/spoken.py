"""What a document says, said in Python: the twin of every conformance test, made without modelspec.

Nothing here asks the catalog: a class is looked up in Keras' public modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from importlib import import_module
from typing import Any

import keras
import numpy as np

# Where a short name is looked up; the first that has it counts. Others are written in full.
_ROOMS = (
    keras.layers,
    keras.initializers,
    keras.regularizers,
    keras.constraints,
    keras.optimizers,
    keras.optimizers.schedules,
    keras.losses,
    keras.metrics,
    keras.quantizers,
    keras.dtype_policies,
    keras,
)


def python_value(written: Any) -> Any:
    """A value of an argument: objects are made, everything else is itself."""
    match written:
        case dict() if "$literal" in written:
            return written["$literal"]
        case dict() if len(written) == 1 and _is_class(next(iter(written))):
            ((name, arguments),) = written.items()
            return public_class(name)(**python_arguments(arguments or {}))
        case dict():
            return {key: python_value(value) for key, value in written.items()}
        case list():
            return [python_value(value) for value in written]
        case str() if written.startswith(("keras.activations.", "keras.losses.", "keras.metrics.")):
            return public_class(written)
        case _:
            return written


def python_arguments(written: Mapping[str, Any]) -> dict[str, Any]:
    return {name: python_value(value) for name, value in written.items()}


def public_class(name: str) -> Any:
    """The class or function of a short name, or of a full one."""
    if "." in name:
        module, _, short = name.rpartition(".")
        return getattr(import_module(module), short)
    found = next((getattr(room, name) for room in _ROOMS if hasattr(room, name)), None)
    assert found is not None, f"Keras has no {name}"
    return found


def public_operation(name: str) -> Any:
    """`image.resize` of `keras.ops`."""
    return reduce(getattr, name.split("."), keras.ops)


def python_tensors(feed: Any, tensors: Mapping[str, Any]) -> Any:
    """The tensors of a `from`: names looked up in lists and mappings."""
    match feed:
        case str():
            return tensors[feed]
        case list():
            return [python_tensors(item, tensors) for item in feed]
        case {"value": constant, **rest} if not rest:
            return np.array(constant, "float32") if isinstance(constant, list) else constant
        case dict():
            return {key: python_tensors(item, tensors) for key, item in feed.items()}
    raise TypeError(feed)


def python_input(name: str, spec: Any) -> Any:
    """An entry of `inputs`."""
    return keras.Input(tuple(spec), name=name) if isinstance(spec, list) else keras.Input(**spec, name=name)


def _is_class(key: str) -> bool:
    return key.rpartition(".")[2][:1].isupper() and key.rpartition(".")[2].isidentifier()
