"""How a name is written in a document: a few lines of YAML with what is required."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from modelspec.catalog.reference import OPERATION, ArgumentReference, Reference
from modelspec.catalog.stem import to_snake_case
from modelspec.language.words import INPUT_CLASSES

_UNKNOWN = "…"

# Values that one would write, by the argument's name.
_OF_NAME: Mapping[str, str] = MappingProxyType(
    {
        "axes": "-1",
        "boundaries": "[1000, 2000]",
        "cells": "[{LSTMCell: {units: 8}}, {LSTMCell: {units: 8}}]",
        "decay_rate": "0.5",
        "decay_steps": "1000",
        "dims": "[2, 1]",
        "drop_path_rate": "0.1",
        "equation": '"abc,cd->abd"',
        "factor": "0.2",
        "filters": "16",
        "fn": "mean_squared_error",
        "first_decay_steps": "1000",
        "height": "64",
        "height_factor": "0.2",
        "init_values": "1.0e-6",
        "initial_learning_rate": "0.001",
        "input_dim": "1000",
        "kernel_size": "3",
        "num_bins": "64",
        "num_classes": "10",
        "num_heads": "4",
        "num_key_value_heads": "2",
        "num_query_heads": "4",
        "output_shape": "[null, 8]",
        "padding": "1",
        "rate": "0.5",
        "precision": "0.5",
        "projection_dim": "64",
        "recall": "0.5",
        "scale": "0.5",
        "sensitivity": "0.5",
        "specificity": "0.5",
        "stddev": "0.1",
        "subscripts": '"abc,cd->abd"',
        "target_class_ids": "[1]",
        "target_shape": "[4, 4]",
        "width": "64",
        "width_factor": "0.2",
    }
)
# A value of each kind, the plainest first.
_OF_KIND: Mapping[str, str] = MappingProxyType(
    {"int": "8", "float": "0.5", "bool": "true", "list": "[2, 2]", "str": _UNKNOWN, "mapping": "{}"}
)
_OF_FAMILY: Mapping[str, str] = MappingProxyType(
    {
        "layer": "{LSTM: {units: 8, return_sequences: true}}",
        "cell": "{LSTMCell: {units: 8}}",
        "activation": "relu",
        "initializer": "he_normal",
        "regularizer": "{L2: {l2: 0.01}}",
        "constraint": "{MaxNorm: {}}",
        "loss": "mse",
        "metric": "{AUC: {}}",
        "optimizer": "{Adam: {}}",
        "schedule": "0.001",
        "dtype_policy": "float16",
    }
)

# Where an object of a family stands; `%` is the object.
_ARGUMENT_OF: Mapping[str, str] = MappingProxyType(
    {
        "activation": "activation: %",
        "initializer": "kernel_initializer: %",
        "regularizer": "kernel_regularizer: %",
        "constraint": "kernel_constraint: %",
        "loss": "compile: {loss: %}",
        "metric": "compile: {metrics: [%]}",
        "optimizer": "compile: {optimizer: %}",
        "schedule": "compile: {optimizer: {Adam: {learning_rate: %}}}",
        "dtype_policy": "dtype: %",
        "cell": "- RNN: {cell: %}",
        "model": "model: %",
    }
)
_ITEMS = frozenset({"layer", OPERATION})


def example_of(reference: Reference) -> str:
    """YAML that names it, the arguments that it needs given.

    A value that nothing is known of is `…`. Tensors of a layer that needs several are read by name.
    """
    name = reference.name
    family = name.families[0]
    if name.written in INPUT_CLASSES:
        return "inputs: {image: [28, 28, 1]}"
    if family == OPERATION:
        return _operation(reference)
    arguments = ", ".join(
        f"{argument.name}: {_value(argument)}" for argument in reference.arguments if argument.required
    )
    if family in _ITEMS:
        return _item(reference, arguments)
    written = _as_object(reference, arguments)
    return _ARGUMENT_OF.get(family, "%").replace("%", written)


def _item(reference: Reference, arguments: str) -> str:
    name = reference.name.written
    tensors = [tensor for tensor, required in reference.call.items() if required]
    reads = f"\n  from: {{{', '.join(f'{t}: {_UNKNOWN}' for t in tensors)}}}" if len(tensors) > 1 else ""
    if arguments:
        return f"- {name}: {{{arguments}}}{reads}"
    return f"- {name}:{reads}" if reads else f"- {name}"


def _operation(reference: Reference) -> str:
    """The arguments under the key, the tensors by the names of their parameters."""
    needed = [argument for argument in reference.arguments if argument.required]
    unknown = [arg for arg in needed if not arg.kinds and arg.family is None]
    tensors = [arg for arg in unknown if "tensor" in arg.about.lower()]
    variadic = any(argument.name.startswith("*") for argument in reference.arguments)
    if not tensors and not variadic:
        tensors = unknown[:1]  # what an operation is about comes first
    given = ", ".join(f"{arg.name}: {_value(arg)}" for arg in needed if arg not in tensors)
    item = f"- {reference.name.written}: {{{given}}}" if given else f"- {reference.name.written}"
    reads = ["a", "b"] if reference.takes_sequence or variadic else [tensor.name for tensor in tensors]
    if reference.takes_sequence and len(tensors) > 1:
        named = ", ".join(f"{tensor.name}: [{_UNKNOWN}]" for tensor in tensors)
        return f"{item}{'' if given else ':'}\n  from: {{{named}}}"
    if len(reads) < 2:
        return item
    return f"{item}{'' if given else ':'}\n  from: [{', '.join(reads)}]"


def _as_object(reference: Reference, arguments: str) -> str:
    """The shortest spelling: a string where Keras takes one and nothing is required."""
    name = reference.name
    if not arguments and reference.strings:
        return _plainest(reference)
    if reference.is_function:
        return name.full
    return f"{{{name.written}: {{{arguments}}}}}"


def _plainest(reference: Reference) -> str:
    """The string that is most like the name, of those that Keras takes."""
    written = reference.name.written
    likely = (written if reference.is_function else to_snake_case(written), written.lower())
    return next((text for text in likely if text in reference.strings), reference.strings[0])


def _value(argument: ArgumentReference) -> str:
    if argument.name in _OF_NAME:
        return _OF_NAME[argument.name]
    if argument.choices:
        return argument.choices[0]
    if argument.family is not None:
        return _OF_FAMILY.get(argument.family, _UNKNOWN)
    return next((_OF_KIND[kind] for kind in argument.kinds), _UNKNOWN)
