"""For every class that is no layer: where it stands, what it must be given, and a value off each default.

The tests fail for a class or argument that these tables do not know, so that a new release of Keras shows up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

INPUTS: Mapping[str, Any] = MappingProxyType({"vector": [4], "mono": [16, 1]})


@dataclass(frozen=True)
class Holder:
    """The layer that an object is an argument of.

    Args:
        cls: the layer.
        argument: where the object stands.
        arguments: the others.
        feed: what the layer reads.
    """

    cls: str
    argument: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    feed: str = "vector"

    def holding(self, written: Any) -> dict[str, Any]:
        return {**self.arguments, self.argument: written}


_DENSE = {"units": 4}

HOLDERS: Mapping[str, Holder] = MappingProxyType(
    {
        "initializer": Holder("Dense", "kernel_initializer", _DENSE),
        "regularizer": Holder("Dense", "kernel_regularizer", _DENSE),
        "constraint": Holder("Dense", "kernel_constraint", _DENSE),
        "dtype_policy": Holder("Dense", "dtype", _DENSE),
        "quantization_config": Holder("Dense", "quantization_config", _DENSE),
        "activation": Holder("Activation", "activation"),
        # One that stands in an object of its own.
        "quantizer": Holder("Dense", "quantization_config", _DENSE),
        "seed_generator": Holder("Dense", "kernel_initializer", _DENSE),
        "keras.initializers.STFT": Holder(
            "Conv1D", "kernel_initializer", {"filters": 5, "kernel_size": 8}, "mono"
        ),
    }
)

# What stands between the holder and the object.
AROUND: Mapping[str, Any] = MappingProxyType(
    {
        "quantizer": lambda written: {
            "Int8QuantizationConfig": {"weight_quantizer": written, "activation_quantizer": written}
        },
        "seed_generator": lambda written: {"HeNormal": {"seed": written}},
    }
)

_ABS_MAX = {"AbsMaxQuantizer": {"axis": 0}}
_FOUR_BITS = {"AbsMaxQuantizer": {"axis": 0, "value_range": [-8, 7]}}
_ADAM = {"keras.optimizers.Adam": {"learning_rate": 0.25}}

NEEDS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "DTypePolicy": {"name": "mixed_bfloat16"},
        "FloatDTypePolicy": {"name": "bfloat16"},
        "QuantizedDTypePolicy": {"mode": "int8", "source_name": "float32"},
        "QuantizedFloat8DTypePolicy": {"mode": "float8", "source_name": "float32"},
        "Int4DTypePolicy": {"mode": "int4/2", "source_name": "float32"},
        "Int8QuantizationConfig": {"weight_quantizer": _ABS_MAX},
        # What calibrates is not written, and not needed for what comes later.
        "AWQConfig": {"dataset": None, "tokenizer": None},
        "GPTQConfig": {"dataset": None, "tokenizer": None},
        "IoU": {"num_classes": 3, "target_class_ids": [0, 2]},
        "OneHotIoU": {"num_classes": 3, "target_class_ids": [0, 2]},
        "MeanIoU": {"num_classes": 3},
        "OneHotMeanIoU": {"num_classes": 3},
        "MeanMetricWrapper": {"fn": "keras.metrics.mean_squared_error"},
        "PrecisionAtRecall": {"recall": 0.5},
        "RecallAtPrecision": {"precision": 0.5},
        "SensitivityAtSpecificity": {"specificity": 0.5},
        "SpecificityAtSensitivity": {"sensitivity": 0.5},
        "LossScaleOptimizer": {"inner_optimizer": _ADAM},
        "MultiOptimizer": {"optimizer_map": {"keras.optimizers.OptimizerMap": {"default_optimizer": _ADAM}}},
        "OptimizerMap": {"default_optimizer": _ADAM},
        "CosineDecay": {"initial_learning_rate": 0.25, "decay_steps": 10},
        "CosineDecayRestarts": {"initial_learning_rate": 0.25, "first_decay_steps": 10},
        "ExponentialDecay": {"initial_learning_rate": 0.25, "decay_steps": 10, "decay_rate": 0.5},
        "InverseTimeDecay": {"initial_learning_rate": 0.25, "decay_steps": 10, "decay_rate": 0.5},
        "PiecewiseConstantDecay": {"boundaries": [10, 20], "values": [0.5, 0.25, 0.125]},
        "PolynomialDecay": {"initial_learning_rate": 0.25, "decay_steps": 10},
    }
)


@dataclass(frozen=True)
class Beside:
    """A value off an argument's default, and others that it takes to be accepted."""

    value: Any
    besides: Mapping[str, Any] = field(default_factory=dict)


# `Class.argument` first, then `*.argument`.
OFF_DEFAULT: Mapping[str, Any] = MappingProxyType(
    {
        "*.activation_quantizer": _ABS_MAX,
        "*.adam_beta_1": 0.5,
        "*.adam_beta_2": 0.5,
        "*.adam_lr_ratio": 0.5,
        "*.adam_weight_decay": 0.5,
        "*.alpha": 0.5,
        "Tversky.alpha": 0.25,
        "*.amax_history_length": 16,
        "*.amsgrad": True,
        "*.apply_class_balancing": True,
        "*.average": "macro",
        "*.axis": 1,
        "AbsMaxQuantizer.axis": 0,
        "*.beta": 0.25,
        "*.beta_1": 0.5,
        "*.beta_2": 0.5,
        "*.beta_2_decay": -0.5,
        "*.block_size": 2,
        "*.centered": True,
        "*.class_aggregation": "variance_weighted_average",
        "*.class_id": 1,
        "*.clip_threshold": 0.5,
        "*.clipnorm": 0.5,
        "*.clipvalue": 0.5,
        "*.curve": "PR",
        "*.cycle": True,
        "*.decay_rate": 0.25,
        "*.default_policy": "mixed_bfloat16",
        "*.delta": 0.5,
        "*.distribution": "uniform",
        "*.dtype": "bfloat16",
        "*.dynamic_growth_steps": 100,
        "*.ema_momentum": Beside(0.5, {"use_ema": True}),
        "*.ema_overwrite_frequency": Beside(10, {"use_ema": True}),
        "*.end_learning_rate": 0.0625,
        "*.epsilon": 0.125,
        "*.epsilon_1": 0.125,
        "*.epsilon_2": 0.125,
        "*.exclude_embeddings": False,
        "*.exclude_layers": ["dense"],
        "*.factor": 0.5,
        "*.from_logits": True,
        "*.from_sorted_ids": True,
        "*.gain": 0.5,
        "*.gamma": 0.5,
        "*.global_clipnorm": 0.5,
        "*.gradient_accumulation_steps": 2,
        "*.ignore_class": 1,
        "*.initial_accumulator_value": 0.5,
        "*.initial_scale": 256.0,
        "*.input_axes": Beside([0], {"output_axes": [1]}),
        "*.output_axes": Beside([1], {"input_axes": [0]}),
        "*.k": 2,
        "*.l1": 0.25,
        "*.l1_regularization_strength": 0.5,
        "*.l2": 0.25,
        "*.l2_regularization_strength": 0.5,
        "*.l2_shrinkage_regularization_strength": 0.5,
        "*.label_smoothing": 0.5,
        "*.label_weights": Beside([0.5, 0.25, 0.125], {"multi_label": True, "num_labels": 3}),
        "*.learning_rate": 0.5,
        "*.learning_rate_power": -0.25,
        "*.loss_scale_factor": 2.0,
        "*.m_mul": 0.5,
        "*.margin": 0.25,
        "*.max_value": 3.0,
        "*.maxval": 0.5,
        "*.mean": 0.5,
        "*.min_value": 0.5,
        "*.minval": -0.5,
        "*.mode": "fan_out",
        "OrthogonalRegularizer.mode": "columns",
        "*.momentum": 0.5,
        "*.multi_label": Beside(True, {"num_labels": 3}),
        "*.muon_a": 0.5,
        "*.muon_b": 0.5,
        "*.muon_c": 0.5,
        "*.name": "renamed",
        "*.nesterov": True,
        "Muon.nesterov": False,
        "*.ns_steps": 3,
        "*.num_labels": Beside(3, {"multi_label": True}),
        "*.num_regressors": 2,
        "*.num_thresholds": 10,
        "*.optimizer_map": {"dense": _ADAM},
        "*.output_dtype": "uint8",
        "*.periodic": True,
        # Without a default policy Keras writes no policy of the map: `test_trap_30`.
        "*.policy_map": Beside({".*": {"DTypePolicy": {"name": "bfloat16"}}}, {"default_policy": "float32"}),
        "*.power": 2.0,
        "*.q": 0.25,
        "*.rate": 0.5,
        "*.reduction": "sum",
        "*.relative_step": False,
        "*.remove_diagonal": False,
        "*.rho": 0.5,
        "*.rms_rate": 0.5,
        "*.scale": 0.5,
        "*.scaling": "spectrum",
        "*.seed": 7,
        "*.side": "imag",
        "*.sparse_y_pred": False,
        "OneHotIoU.sparse_y_pred": True,
        "OneHotMeanIoU.sparse_y_pred": True,
        "*.sparse_y_true": False,
        "*.staircase": True,
        "*.stddev": 0.5,
        "*.summation_method": "majoring",
        "*.t_mul": 3.0,
        "*.target_class_ids": [1],
        "*.threshold": 0.25,
        "*.thresholds": [0.25, 0.75],
        "*.top_k": 2,
        "*.use_ema": True,
        "*.value": 0.5,
        "*.value_range": [-7, 7],
        "AWQConfig.weight_bits": 8,
        "*.warmup_steps": 5,
        "CosineDecay.warmup_steps": Beside(5, {"warmup_target": 0.5}),
        "*.warmup_target": Beside(0.5, {"warmup_steps": 5}),
        "*.weight_decay": 0.5,
        "*.weight_quantizer": _ABS_MAX,
        "Int4QuantizationConfig.weight_quantizer": Beside(_FOUR_BITS, {"block_size": -1}),
        "Int4QuantizationConfig.activation_quantizer": Beside(_FOUR_BITS, {"block_size": -1}),
        "*.num_samples": 16,
        "*.num_grid_points": 10,
        "*.group_size": 64,
        "*.sequence_length": 256,
        "*.hessian_damping": 0.5,
        "*.per_channel": False,
        "*.symmetric": True,
        "*.activation_order": True,
        "*.quantization_layer_structure": {"pre_block_layers": ["embedding"]},
        "GPTQConfig.weight_bits": 8,
        "*.window": "hamming",
    }
)

# Arguments that Keras takes and does not write: the archive of the twin has lost them.
FORGOTTEN: Mapping[str, str] = MappingProxyType(
    {
        "Identity.gain": "`get_config` is the base class's",
        "CosineSimilarity.axis": "`get_config` leaves it out",
        "Huber.delta": "`get_config` leaves it out",
        "SparseCategoricalCrossentropy.axis": "`get_config` leaves it out",
        **{
            f"{name}.dtype": "`Loss.get_config` leaves it out"
            for name in (
                "Loss",
                "BinaryFocalCrossentropy",
                "CTC",
                "CategoricalFocalCrossentropy",
                "CategoricalGeneralizedCrossEntropy",
                "Circle",
                "Dice",
                "Huber",
                "LogCosh",
                "Tversky",
            )
        },
    }
)

# Losses and metrics that share a name: the loss does not write it, the metric does.
FORGOTTEN_BY_LOSSES = frozenset(
    {
        "BinaryCrossentropy.dtype",
        "CategoricalCrossentropy.dtype",
        "CategoricalHinge.dtype",
        "CosineSimilarity.dtype",
        "Hinge.dtype",
        "KLDivergence.dtype",
        "MeanAbsoluteError.dtype",
        "MeanAbsolutePercentageError.dtype",
        "MeanSquaredError.dtype",
        "MeanSquaredLogarithmicError.dtype",
        "Poisson.dtype",
        "SparseCategoricalCrossentropy.dtype",
        "SquaredHinge.dtype",
    }
)
WRITTEN_BY_METRICS = frozenset({"SparseCategoricalCrossentropy.axis"})

# Arguments whose archive of the twin Keras does not read back.
UNREADABLE: Mapping[str, str] = MappingProxyType(
    {"AUC.label_weights": "written as a tensor, which `AUC` does not take"}
)

# Arguments with which a document is refused.
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "AbsMaxQuantizer.output_dtype": "the config that it stands in takes 8 bits only",
        "AWQConfig.weight_bits": "4 only",
        "Int4QuantizationConfig.weight_quantizer": "Keras compares a range with a tuple, and JSON has none",
        **{
            f"LossScaleOptimizer.{name}": "the base class takes it, and this one refuses it"
            for name in (
                "clipnorm",
                "clipvalue",
                "ema_momentum",
                "ema_overwrite_frequency",
                "global_clipnorm",
                "gradient_accumulation_steps",
                "loss_scale_factor",
                "use_ema",
                "weight_decay",
            )
        },
    }
)

_NO_CALL = "abstract: it computes nothing"
_NO_CONFIG = "abstract: Keras cannot write it"
_UNCALIBRATED = "its layers load only when they were calibrated on data"

# Classes with which a document is refused: how they are tried, and why.
REFUSED_CLASSES: Mapping[str, tuple[Mapping[str, Any], str]] = MappingProxyType(
    {
        "keras.Initializer": ({}, _NO_CALL),
        "keras.Regularizer": ({}, _NO_CONFIG),
        "keras.Quantizer": ({}, _NO_CONFIG),
        "keras.optimizers.schedules.LearningRateSchedule": ({}, _NO_CONFIG),
        "keras.dtype_policies.GPTQDTypePolicy": (
            {"mode": "gptq/4/2", "source_name": "float32"},
            _UNCALIBRATED,
        ),
        "keras.dtype_policies.AWQDTypePolicy": ({"mode": "awq/4/2", "source_name": "float32"}, _UNCALIBRATED),
    }
)
