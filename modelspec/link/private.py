"""The one place where private names of Keras are read, each with the reason it is needed.

Imported only after `import_keras`. `REASONS` is held against Keras by a test, so a release that renames one
fails there, and not in a user's build.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from keras.src import backend as keras_backend
from keras.src.api_export import get_name_from_symbol, get_symbol_from_name
from keras.src.backend import config as backend_config
from keras.src.backend.common import global_state
from keras.src.backend.common.keras_tensor import KerasTensor
from keras.src.backend.common.stateless_scope import in_stateless_scope
from keras.src.backend.common.symbolic_scope import in_symbolic_scope
from keras.src.backend.common.variables import Variable as CommonVariable
from keras.src.ops.operation import Operation
from keras.src.optimizers.base_optimizer import BaseOptimizer
from keras.src.optimizers.optimizer import Optimizer
from keras.src.saving import object_registration, saving_lib, serialization_lib
from keras.src.trainers.compile_utils import CompileLoss, CompileMetrics
from keras.src.utils import module_utils
from keras.src.utils.naming import to_snake_case

# The class whose objects Keras makes on the backend it runs on.
Variable = keras_backend.Variable

REASONS = MappingProxyType(
    {
        "keras.src.api_export.get_name_from_symbol": "the public name of a class",
        "keras.src.api_export.get_symbol_from_name": "the class of a public name",
        "keras.src.backend.Variable": "the backend's own variable class, to watch what is made and read",
        "keras.src.backend.config._NNX_ENABLED": "to switch NNX off without importing flax",
        "keras.src.backend.common.global_state.get_global_attribute": "the caller's custom objects",
        "keras.src.backend.common.global_state.set_global_attribute": "to start from a clean state",
        "keras.src.backend.common.keras_tensor.KerasTensor": "its history tells which operation made it",
        "keras.src.backend.common.stateless_scope.in_stateless_scope": "whether variables get no value",
        "keras.src.backend.common.symbolic_scope.in_symbolic_scope": "where reading a value is harmless",
        "keras.src.backend.common.variables.Variable.__init__": "to give arrays their value at once",
        "keras.src.backend.common.variables.Variable._value": "whether a variable has a value",
        "keras.src.backend.common.variables.Variable._initializer": "what an unmade value is drawn by",
        "keras.src.optimizers.base_optimizer.BaseOptimizer._var_key": "TensorFlow's reads the value",
        "keras.src.ops.operation.Operation": "the base of layers and ops",
        "keras.src.saving.object_registration.GLOBAL_CUSTOM_OBJECTS": "which names are registered",
        "keras.src.saving.saving_lib._save_state": "the walk that lays out the HDF5 file",
        "keras.src.saving.saving_lib._walk_saveable": "when it only looks at attributes",
        "keras.src.saving.saving_lib.get_attr_skipset": "what it passes over, found once per type",
        "keras.src.saving.saving_lib.H5IOStore": "the walk takes no other store of variables",
        "keras.src.saving.saving_lib.DiskIOStore": "the walk takes no other store of assets",
        "keras.src.saving.serialization_lib.SafeModeScope": "no lambda is read, whatever the flag",
        "keras.src.saving.serialization_lib.ObjectSharingScope": "the same object twice stays one object",
        "keras.src.saving.serialization_lib.record_object_after_deserialization": "to hand over models",
        "keras.src.saving.serialization_lib.record_object_after_serialization": "to keep ids apart",
        "keras.src.trainers.compile_utils.CompileLoss": "whether losses fit the outputs",
        "keras.src.trainers.compile_utils.CompileMetrics": "whether metrics fit the outputs",
        "keras.src.utils.module_utils.tensorflow": "to keep TensorFlow unimported",
        "keras.src.utils.naming.to_snake_case": "the names Keras gives",
    }
)

__all__ = [
    "REASONS",
    "CommonVariable",
    "CompileLoss",
    "CompileMetrics",
    "KerasTensor",
    "Operation",
    "Variable",
    "backend_config",
    "get_name_from_symbol",
    "get_symbol_from_name",
    "global_state",
    "in_stateless_scope",
    "in_symbolic_scope",
    "keras_backend",
    "module_utils",
    "object_registration",
    "saving_lib",
    "serialization_lib",
    "to_snake_case",
]


def operation_of(tensor: Any) -> Any:
    """The operation that gave a `KerasTensor`; `None` for one that no operation gave."""
    history = getattr(tensor, "_keras_history", None)
    return history.operation if history is not None else None


def node_of(tensor: Any) -> Any:
    """The node of the call that gave a `KerasTensor`."""
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def mask_of(tensor: Any) -> Any:
    """The mask that goes with a tensor, or `None`."""
    return getattr(tensor, "_keras_mask", None)


def forget_call(operation: Any) -> None:
    """Take an operation's last call out of the graph again, as if it had not happened."""
    if not operation._inbound_nodes:
        return
    node = operation._inbound_nodes.pop()
    for tensor in node.input_tensors:
        before = operation_of(tensor)
        if before is not None and node in before._outbound_nodes:
            before._outbound_nodes.remove(node)


@contextmanager
def plain_optimizers() -> Iterator[None]:
    """Optimizers are built as on every backend: TensorFlow's ask each variable for its value first."""
    names = ("_var_key", "add_variable_from_reference")
    for name in names:
        setattr(Optimizer, name, getattr(BaseOptimizer, name))
    try:
        yield
    finally:
        for name in names:
            delattr(Optimizer, name)


def has_value(variable: Any) -> bool:
    """Whether a variable holds a value, as opposed to one still to be drawn."""
    return variable._value is not None


def initializer_of(variable: Any) -> Any:
    """The initializer of a variable without value, or `None`."""
    return variable._initializer
