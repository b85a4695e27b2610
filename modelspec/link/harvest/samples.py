"""A value for each required argument, in config form, so that every class can be tried."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _object(module: str, name: str, config: dict[str, object]) -> dict[str, object]:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


_DENSE = _object("keras.layers", "Dense", {"units": 2, "name": "inner"})
_ADAM = _object("keras.optimizers", "Adam", {"name": "inner"})

# `Class.argument` first, then `*.argument`; the former also for optional ones without which nothing is made.
SAMPLES: Mapping[str, object] = MappingProxyType(
    {
        "*.activation": "relu",
        "*.axes": 1,
        "*.backup_dir": "backup",
        "*.boundaries": [10, 20],
        "*.cell": _object("keras.layers", "LSTMCell", {"units": 2, "name": "inner"}),
        "*.cells": [_object("keras.layers", "LSTMCell", {"units": 2, "name": "inner"})],
        "*.decay_rate": 0.5,
        "*.decay_steps": 10,
        "*.default_optimizer": _ADAM,
        "*.dims": [1],
        "*.directory": "checkpoints",
        "*.equation": "ab,bc->ac",
        "*.factor": 0.25,
        "*.filters": 2,
        "*.filename": "log.csv",
        "*.filepath": "best.keras",
        "*.first_decay_steps": 10,
        "*.fn": {
            "module": "keras.metrics",
            "class_name": "function",
            "config": "mean_squared_error",
            "registered_name": "mean_squared_error",
        },
        "*.head_dim": 2,
        "*.height": 4,
        "*.height_factor": 0.25,
        "*.initial_learning_rate": 0.5,
        "*.inner_optimizer": _ADAM,
        "*.input_dim": 4,
        "*.kernel_size": 2,
        "*.key_dim": 2,
        "*.layer": _DENSE,
        "*.layers": [_DENSE],
        "*.learning_rate": 0.5,
        "*.max_number": 2,
        "*.n": 2,
        "*.num_bins": 2,
        "*.num_classes": 2,
        "*.num_heads": 2,
        "*.num_key_value_heads": 2,
        "*.num_query_heads": 2,
        "*.output_dim": 2,
        "*.output_shape": [2],
        "*.output_size": 2,
        "*.pool_size": 2,
        "*.precision": 0.5,
        "*.rate": 0.25,
        "*.recall": 0.5,
        "*.scale": 0.5,
        "*.sensitivity": 0.5,
        "*.specificity": 0.5,
        "*.stddev": 0.5,
        "*.target_class_ids": [0],
        "*.target_shape": [2],
        "*.units": 2,
        "*.values": [0.5, 0.25, 0.125],
        "*.width": 4,
        "*.width_factor": 0.25,
        "AWQDTypePolicy.mode": "awq/4/128",
        "AWQDTypePolicy.source_name": "float32",
        "Bidirectional.layer": _object("keras.layers", "LSTM", {"units": 2, "name": "inner"}),
        "GPTQDTypePolicy.mode": "gptq/4/128",
        "GPTQDTypePolicy.source_name": "float32",
        "Int4DTypePolicy.mode": "int4/128",
        "Int4DTypePolicy.source_name": "float32",
        "QuantizedDTypePolicy.mode": "int8",
        "QuantizedDTypePolicy.source_name": "float32",
        "QuantizedFloat8DTypePolicy.mode": "float8",
        "QuantizedFloat8DTypePolicy.source_name": "float32",
        "DTypePolicy.name": "float32",
        "FloatDTypePolicy.name": "float32",
        "CategoryEncoding.num_tokens": 4,
        "Discretization.num_bins": 2,
        "InputLayer.shape": [2],
        "RandomPosterization.factor": 4,
        "Sequential.layers": [_DENSE],
        "StochasticDepth.drop_path_rate": 0.25,
        "LayerScale.init_values": 0.5,
        "LayerScale.projection_dim": 2,
    }
)

# Keywords whose default says nothing, because null is taken where the keyword is not.
KEYWORD_SAMPLES: Mapping[str, object] = MappingProxyType(
    {
        "alpha": 0.25,
        "batch_input_shape": [None, 2],
        "dtype": "float32",
        "dynamic": True,
        "input_dim": 2,
        "input_shape": [2],
        "name": "sample",
        "trainable": False,
    }
)


def is_wanted(owner: str, argument: str) -> bool:
    """Whether an optional argument has to be given for the class to be made at all."""
    return f"{owner}.{argument}" in SAMPLES


def sample(owner: str, argument: str) -> object:
    """A value for an argument in config form; `KeyError` where the table has none."""
    specific = f"{owner}.{argument}"
    return SAMPLES[specific] if specific in SAMPLES else SAMPLES[f"*.{argument}"]


def keyword_sample(owner: str, keyword: str, default: object) -> object:
    """A value with which a keyword shows whether it is taken: null is also where the keyword is not."""
    if keyword in KEYWORD_SAMPLES:
        return KEYWORD_SAMPLES[keyword]
    if default is not None:
        return default
    try:
        return sample(owner, keyword)
    except KeyError:
        return None
