"""The one place where private names of Keras are read, each with the reason it is needed.

Imported only after `import_keras`. `REASONS` is held against Keras by a test, so a release that renames one
fails there, and not in a user's build.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import numpy as np
from keras.src import backend as keras_backend
from keras.src.api_export import get_name_from_symbol, get_symbol_from_name
from keras.src.backend import config as backend_config
from keras.src.backend.common import global_state
from keras.src.backend.common.keras_tensor import KerasTensor
from keras.src.backend.common.stateless_scope import in_stateless_scope
from keras.src.backend.common.symbolic_scope import in_symbolic_scope
from keras.src.backend.common.variables import Variable as CommonVariable
from keras.src.ops.function import make_node_key
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
        "keras.src.backend.Variable._initialize_with_initializer": "each backend draws in a way of its own",
        "keras.src.backend.Variable.assign": "to see which values are more than what was drawn",
        "keras.src.backend.config._NNX_ENABLED": "to switch NNX off without importing flax",
        "keras.src.backend.common.global_state.get_global_attribute": "what Keras keeps for each thread",
        "keras.src.backend.common.global_state.set_global_attribute": "to start from a clean state",
        "keras.src.backend.common.keras_tensor.KerasTensor": "what a call in the graph gives",
        "keras.src.backend.common.keras_tensor.KerasTensor._keras_history": "which operation made it",
        "keras.src.backend.common.keras_tensor.KerasTensor._keras_mask": "whose operations need names too",
        "keras.src.backend.common.stateless_scope.in_stateless_scope": "whether variables get no value",
        "keras.src.backend.common.symbolic_scope.in_symbolic_scope": "where reading a value is harmless",
        "keras.src.backend.common.variables.Variable.__init__": "to give arrays their value at once",
        "keras.src.backend.common.variables.Variable._dtype": "its own, whatever autocast makes of it",
        "keras.src.backend.common.variables.Variable._initializer": "what an unmade value is drawn by",
        "keras.src.backend.common.variables.Variable._shape": "of plain numbers, on TensorFlow too",
        "keras.src.backend.common.variables.Variable._value": "whether a variable has a value",
        "keras.src.layers.layer.Layer._flatten_layers": "a layer and all inside it",
        "keras.src.layers.preprocessing.normalization.Normalization._broadcast_shape": "of its constants",
        "keras.src.models.functional.Functional._inputs_struct": "the inputs as they were given",
        "keras.src.models.functional.Functional._outputs_struct": "the outputs as they were given",
        "keras.src.models.sequential.Sequential._functional": "the graph of its calls",
        "keras.src.ops.function.Function._nodes": "which calls of a layer are a model's own",
        "keras.src.ops.function.make_node_key": "what `_nodes` holds of each call",
        "keras.src.ops.operation.Operation._inbound_nodes": "what its calls read",
        "keras.src.ops.operation.Operation._outbound_nodes": "to take a call out of the graph again",
        "keras.src.optimizers.base_optimizer.BaseOptimizer._var_key": "TensorFlow's reads the value",
        "keras.src.optimizers.base_optimizer.BaseOptimizer.add_variable_from_reference": "likewise",
        "keras.src.optimizers.optimizer.Optimizer": "the backend's, which the base's two are lent to",
        "keras.src.saving.object_registration.GLOBAL_CUSTOM_NAMES": "to name objects for one build only",
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
        "keras.src.utils.module_utils.tensorflow._available": "to keep TensorFlow unimported",
        "keras.src.utils.naming.to_snake_case": "the names Keras gives",
    }
)

# The first release that has a name, for those that the oldest ones lack; what reads such a name asks for it.
SINCE = MappingProxyType({"keras.src.backend.config._NNX_ENABLED": "3.11"})

# Where Keras keeps the variables of this thread that it has yet to make.
_UNMADE = "uninitialized_variables"

__all__ = [
    "REASONS",
    "SINCE",
    "CommonVariable",
    "CompileLoss",
    "CompileMetrics",
    "KerasTensor",
    "Variable",
    "get_name_from_symbol",
    "get_symbol_from_name",
    "in_stateless_scope",
    "in_symbolic_scope",
    "saving_lib",
    "serialization_lib",
    "to_snake_case",
]


# --- calls and tensors -------------------------------------------------------------------------------


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


def was_called(operation: Any) -> bool:
    """Whether an operation, layer or model has a call in the graph."""
    return bool(getattr(operation, "_inbound_nodes", None))


def last_inputs(operation: Any) -> list[Any]:
    """The tensors that the last call of an operation reads, masks included; none where it was not called."""
    return [*operation._inbound_nodes[-1].input_tensors] if operation._inbound_nodes else []


def layers_in(layer: Any) -> tuple[Any, ...]:
    """A layer and all that are inside it, the outer first."""
    return tuple(layer._flatten_layers())


def calls_in(model: Any) -> Iterator[tuple[Any, list[list[Any]]]]:
    """The operations of a model that is a graph, and the tensors that each of its calls gives, flat.

    Calls stand in the order in which the model's config has them.
    """
    graph = getattr(model, "_functional", None) or model
    kept = getattr(graph, "_nodes", ())
    for operation in getattr(graph, "operations", ()) if kept else ():
        nodes = enumerate(operation._inbound_nodes)
        own = [node for number, node in nodes if make_node_key(operation, number) in kept]
        yield operation, [[*node.output_tensors] for node in own]


def forget_call(operation: Any) -> None:
    """Take an operation's last call out of the graph again, as if it had not happened."""
    if not operation._inbound_nodes:
        return
    node = operation._inbound_nodes.pop()
    for tensor in node.input_tensors:
        before = operation_of(tensor)
        if before is not None and node in before._outbound_nodes:
            before._outbound_nodes.remove(node)


def outputs_as_given(model: Any) -> Any:
    """A functional model's outputs in the structure they were given in; `None` for any other model."""
    return getattr(model, "_outputs_struct", None)


def bare_ends(model: Any) -> tuple[str, ...]:
    """Where a functional model has one tensor instead of a structure, by the word its config has for it."""
    ends = (("input_layers", "_inputs_struct"), ("output_layers", "_outputs_struct"))
    return tuple(word for word, kept in ends if isinstance(getattr(model, kept, None), KerasTensor))


# --- variables ---------------------------------------------------------------------------------------


def has_value(variable: Any) -> bool:
    """Whether a variable holds a value, as opposed to one still to be drawn."""
    return variable._value is not None


def initializer_of(variable: Any) -> Any:
    """The initializer of a variable without value, or `None`."""
    return variable._initializer


def exchange_initializer(variable: Any, initializer: Any) -> Any:
    """Give a variable without value another initializer; the one it had is returned."""
    before, variable._initializer = variable._initializer, initializer
    return before


def draw_value(variable: Any, initializer: Any) -> None:
    """Give a variable the value that `initializer` draws, as its backend does at once outside any scope."""
    variable._initialize_with_initializer(initializer)


def shape_of(variable: Any) -> tuple[int, ...]:
    """The sizes of a variable, as plain numbers."""
    return tuple(int(size) for size in variable._shape)


def dtype_of(variable: Any) -> str:
    """The dtype a variable is kept in, whatever an autocast scope would read it as."""
    return str(variable._dtype)


def flat_layers(layer: Any) -> list[Any]:
    """A layer and all layers inside it, in Keras' order."""
    return list(layer._flatten_layers())


@contextmanager
def adapters_off(model: Any) -> Iterator[list[Any]]:
    """The layers of a model as if LoRA were off; gives the variables of the adapters.

    A layer with LoRA saves its kernel with the adapters' product in it. One of them is zero until it is
    trained, so that is the kernel itself, but computing it takes values.
    """
    layers = [layer for layer in flat_layers(model) if getattr(layer, "lora_enabled", False)]
    adapters = [v for layer in layers for v in layer.variables if v.name.startswith("lora_")]
    for layer in layers:
        layer.lora_enabled = False
    try:
        yield adapters
    finally:
        for layer in layers:
            layer.lora_enabled = True


def set_blank_statistics(layer: Any) -> bool:
    """Give a built `Normalization` the constants of statistics that nobody adapted, if it has no others.

    Keras reads them from its variables. Here they are NumPy's, for the first array that JAX makes costs a
    fifth of a second; no archive holds them.
    """
    if layer.input_mean is not None or not layer.built or has_value(layer.adapt_mean):
        return False
    layer.mean = np.zeros(layer._broadcast_shape, layer.compute_dtype)
    layer.variance = np.ones(layer._broadcast_shape, layer.compute_dtype)
    return True


def variable_methods() -> tuple[tuple[type, str], ...]:
    """What to wrap to see every variable made, read, drawn and assigned: four classes with a name each."""
    # Torch has a `value` of its own.
    definer = next(cls for cls in Variable.__mro__ if "value" in vars(cls))
    return (
        (CommonVariable, "__init__"),
        (definer, "value"),
        (Variable, "_initialize_with_initializer"),
        (Variable, "assign"),
    )


# --- what Keras keeps for each thread and process ----------------------------------------------------


def custom_objects_in_scope() -> Mapping[str, Any]:
    """The custom objects of the scopes that this thread stands in."""
    return global_state.get_global_attribute("custom_objects_scope_dict") or {}


def registered_names() -> dict[Any, str]:
    """The name that each registered object is serialised under: Keras' own table, to be put back by whoever
    changes it.
    """
    names: dict[Any, str] = object_registration.GLOBAL_CUSTOM_NAMES
    return names


def enter_custom_objects(objects: Mapping[str, Any]) -> None:
    """Let the rest of this thread find these custom objects."""
    global_state.set_global_attribute("custom_objects_scope_dict", dict(objects))


@contextmanager
def unmade_forgotten() -> Iterator[None]:
    """Variables that get no value meanwhile are not made by Keras at the end of its next scope either."""
    before = global_state.get_global_attribute(_UNMADE) or []
    global_state.set_global_attribute(_UNMADE, [])
    try:
        yield
    finally:
        global_state.set_global_attribute(_UNMADE, before)


def start_name_counts() -> None:
    """Count this thread's automatic names from the start."""
    global_state.set_global_attribute("object_name_uids", defaultdict(int))


def value_in_scope(variable: Any) -> Any:
    """The value that the stateless scope around has for a variable, or `None`."""
    scope = global_state.get_global_attribute("stateless_scope")
    return scope.get_current_value(variable) if scope is not None else None


@contextmanager
def outside_stateless_scope() -> Iterator[None]:
    """As if no stateless scope were around."""
    before = global_state.get_global_attribute("stateless_scope")
    global_state.set_global_attribute("stateless_scope", None)
    try:
        yield
    finally:
        global_state.set_global_attribute("stateless_scope", before)


@contextmanager
def without_nnx() -> Iterator[None]:
    """Layers and variables are Keras' own, not those of flax."""
    if not hasattr(backend_config, "_NNX_ENABLED"):
        yield
        return
    before = backend_config._NNX_ENABLED
    backend_config._NNX_ENABLED = False
    try:
        yield
    finally:
        backend_config._NNX_ENABLED = before


@contextmanager
def hidden_tensorflow() -> Iterator[None]:
    """Keras takes TensorFlow for not installed, until `show_tensorflow`."""
    module = module_utils.tensorflow
    before = module._available
    module._available = False
    try:
        yield
    finally:
        module._available = before


def show_tensorflow() -> bool:
    """Let Keras look for TensorFlow again within `hidden_tensorflow`; whether it was hidden and is there."""
    module = module_utils.tensorflow
    hidden = module._available is False
    if hidden:
        module._available = None
    return bool(hidden and module.available)


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


# --- the walk that lays out the file -----------------------------------------------------------------
_PASSED_OVER: dict[str, Any] = {}  # by kind of object: all that a new one has


def save_state(model: Any, *, weights_store: Any, assets_store: Any) -> None:
    """Keras' walk over a model, into stores of one's own."""
    saving_lib._save_state(
        model,
        weights_store=weights_store,
        assets_store=assets_store,
        inner_path="",
        visited_saveables=set(),
    )


@contextmanager
def watched_walk(
    watched: Callable[[Any, Callable[[Any], Iterator[Any]]], Iterator[Any]],
) -> Iterator[None]:
    """What `save_state` finds below each saveable passes through `watched`.

    Args:
        watched: given the saveable and Keras' own search below it, it gives what is to be saved.
    """
    search, skipset = saving_lib._walk_saveable, saving_lib.get_attr_skipset

    def remembered(kind: str) -> Any:
        # Keras means to keep these but asks for them under another name than it stores them by.
        if kind not in _PASSED_OVER:
            _PASSED_OVER[kind] = skipset(kind)
        return _PASSED_OVER[kind]

    saving_lib._walk_saveable = lambda saveable: watched(saveable, search)
    saving_lib.get_attr_skipset = remembered
    try:
        yield
    finally:
        saving_lib._walk_saveable, saving_lib.get_attr_skipset = search, skipset
