"""What signature and docstring say wrongly or not at all, each with its reason; tests hold it to Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Correction(Generic[T]):
    """A value that replaces the derived one, and why."""

    value: T
    reason: str


# `Class.argument` (or `*.argument`) to the family of objects it takes; `None` for no objects.
ARGUMENT_FAMILIES: Mapping[str, Correction[str | None]] = MappingProxyType(
    {
        "MeanMetricWrapper.fn": Correction("metric", "a function of `keras.metrics`, called `fn`"),
        "MultiOptimizer.optimizer_map": Correction("optimizer_map", "its docstring names the class"),
        "OptimizerMap.optimizer_map": Correction("optimizer", "a mapping of paths to optimizers"),
        "DTypePolicyMap.policy_map": Correction("dtype_policy", "a mapping of paths to policies"),
        "Distiller.teacher": Correction("model", "a model, not named by its argument"),
        "Distiller.student": Correction("model", "a model, not named by its argument"),
        "Distiller.distillation_losses": Correction("distillation_loss", "a list of them"),
        "Int8QuantizationConfig.activation_quantizer": Correction(
            None, "takes the word `default` too, which is no quantizer"
        ),
        "Int4QuantizationConfig.activation_quantizer": Correction(
            None, "takes the word `default` too, which is no quantizer"
        ),
        "fit.callbacks": Correction("callback", "a list of them"),
    }
)

# `Class.argument` or `ops.NAME.parameter` to the kinds of value it takes; `None` where nothing is certain.
ARGUMENT_KINDS: Mapping[str, Correction[tuple[str, ...] | None]] = MappingProxyType(
    {
        "AUC.summation_method": Correction(("str",), "a word"),
        "BackupAndRestore.save_freq": Correction(("str", "int", "bool"), "`epoch`, a count, or false"),
        "BatchNormalization.momentum": Correction(("float",), "a number, described without its type"),
        "CategoricalFocalCrossentropy.alpha": Correction(("float", "list"), "a number, or one a class"),
        "Conv3DTranspose.padding": Correction(("str",), "a word, not described"),
        "CosineDecay.alpha": Correction(("float",), "a number"),
        "Cropping1D.cropping": Correction(("int", "list"), "no mapping, whatever the docstring says"),
        "DTypePolicyMap.policy_map": Correction(("mapping",), "a mapping, whose values are policies"),
        "EinsumDense.output_shape": Correction(("int", "list"), "a size or several"),
        "F1Score.average": Correction(("str",), "a word"),
        "FBetaScore.average": Correction(("str",), "a word"),
        "GroupNormalization.axis": Correction(("int", "list"), "one axis or several"),
        "Int4QuantizationConfig.activation_quantizer": Correction(None, "a word or a quantizer"),
        "Int8QuantizationConfig.activation_quantizer": Correction(None, "a word or a quantizer"),
        "InputLayer.batch_shape": Correction(("list",), "a shape, not described"),
        "InputLayer.batch_size": Correction(("int",), "a size, not described"),
        "InputLayer.ragged": Correction(("bool",), "true or false, not described"),
        "InputLayer.shape": Correction(("list",), "a shape, not described"),
        "InputLayer.sparse": Correction(("bool",), "true or false, not described"),
        "IntegerLookup.oov_token": Correction(("int",), "a token, described without its type"),
        "Lambda.output_shape": Correction(None, "a function too"),
        "LayerScale.init_values": Correction(("float",), "a number, described without its type"),
        "LayerScale.projection_dim": Correction(("int",), "a size, described without its type"),
        "Masking.mask_value": Correction(("float", "int"), "a number that stands in the data"),
        "ModelCheckpoint.save_freq": Correction(("str", "int"), "`epoch` or a count"),
        "MultiHeadAttention.output_shape": Correction(("int", "list"), "a size or several"),
        "Normalization.mean": Correction(("float", "list"), "a number, or one a feature"),
        "Normalization.variance": Correction(("float", "list"), "a number, or one a feature"),
        "OptimizerMap.optimizer_map": Correction(("mapping",), "a mapping, whose values are optimizers"),
        "OrbaxCheckpoint.save_freq": Correction(("str", "int"), "`epoch` or a count"),
        "RandomErasing.fill_value": Correction(("float", "int", "list"), "a number, or one a channel"),
        "RandomErasing.scale": Correction(("float", "list"), "a number, or two to draw between"),
        "Rescaling.offset": Correction(("float", "list"), "a number, or one a channel"),
        "Rescaling.scale": Correction(("float", "list"), "a number, or one a channel"),
        "StochasticDepth.drop_path_rate": Correction(("float",), "a probability, not described"),
        "StringLookup.oov_token": Correction(("str",), "a token, described without its type"),
        "TensorBoard.update_freq": Correction(("str", "int"), "`batch`, `epoch` or a count"),
        "TextVectorization.ngrams": Correction(("int", "list"), "a number, or several"),
        "TextVectorization.split": Correction(("str", "object"), "a word or a function"),
        "TextVectorization.standardize": Correction(("str", "object"), "a word or a function"),
        "ZeroPadding1D.padding": Correction(("int", "list"), "no mapping, whatever the docstring says"),
        "ZeroPadding2D.padding": Correction(("int", "list"), "one for all dimensions, or one each"),
        "ZeroPadding3D.padding": Correction(("int", "list"), "one for all dimensions, or one each"),
        "compile.auto_scale_loss": Correction(("bool",), "true or false"),
        "compile.jit_compile": Correction(("bool", "str"), "`auto` too"),
        "compile.loss_weights": Correction(None, "a list or a mapping of outputs, by their structure"),
        "fit.shuffle": Correction(("bool", "str"), "`batch` too"),
        "fit.validation_freq": Correction(("int", "list"), "every so many epochs, or which ones"),
        "fit.validation_steps": Correction(("int",), "a count, which not every release describes"),
        "ops.average.axis": Correction(("int", "list"), "one axis or several"),
        "ops.cond.pred": Correction(None, "a tensor"),
        "ops.einsum.subscripts": Correction(("str",), "an equation, described without its type"),
        "ops.expand_dims.axis": Correction(("int", "list"), "one axis or several"),
        "ops.moveaxis.destination": Correction(("int", "list"), "one axis or several"),
        "ops.moveaxis.source": Correction(("int", "list"), "one axis or several"),
        "ops.norm.ord": Correction(("int", "float", "str"), "a number, `fro` or `nuc`"),
        "ops.pad.mode": Correction(("str",), "a word, described without its type"),
        "ops.pad.pad_width": Correction(("int", "list"), "a number for all edges, or one each"),
        "ops.repeat.repeats": Correction(("int", "list"), "a count, or one an element"),
        "ops.reshape.newshape": Correction(("int", "list"), "a size or several"),
        "ops.roll.shift": Correction(("int", "list"), "one shift, or one an axis"),
        "ops.switch.index": Correction(None, "a tensor"),
        "ops.tensordot.axes": Correction(("int", "list"), "a count, or lists of axes"),
        "ops.tile.repeats": Correction(("int", "list"), "a count, or one a dimension"),
    }
)

# By the argument's name alone, where its description says nothing or less.
KINDS_BY_NAME: Mapping[str, Correction[tuple[str, ...] | None]] = MappingProxyType(
    {
        "alpha": Correction(("float", "list"), "a factor, for some losses one a class"),
        "attention_axes": Correction(("int", "list"), "one axis or several"),
        "axes": Correction(("int", "list"), "one axis or several"),
        "axis": Correction(("int", "list"), "one axis or several, whatever the docstring says"),
        "axis1": Correction(("int",), "an axis, described without its type"),
        "axis2": Correction(("int",), "an axis, described without its type"),
        "axisa": Correction(("int",), "an axis, described without its type"),
        "axisb": Correction(("int",), "an axis, described without its type"),
        "axisc": Correction(("int",), "an axis, described without its type"),
        "baseline": Correction(("float",), "a number"),
        "bias_axes": Correction(("str",), "letters of the equation"),
        "bounding_box_format": Correction(("str",), "a word"),
        "brightness_factor": Correction(("float", "list"), "a number, or two to draw between"),
        "class_id": Correction(("int",), "a class"),
        "clipnorm": Correction(("float",), "a number"),
        "clipvalue": Correction(("float",), "a number"),
        "contrast_factor": Correction(("float", "list"), "a number, or two to draw between"),
        "cropping": Correction(("int", "list"), "one for all dimensions, or one each"),
        "data_format": Correction(("str",), "a word"),
        "decay_rate": Correction(("float",), "a number"),
        "decay_steps": Correction(("int", "float"), "cast to a float, so `1e4` does too"),
        "dilation_rate": Correction(("int", "list"), "one for all dimensions, or one each"),
        "dropout": Correction(("float",), "a probability"),
        "ema_momentum": Correction(("float",), "a number"),
        "ema_overwrite_frequency": Correction(("int",), "a count"),
        "epsilon": Correction(("float",), "a small number"),
        "equation": Correction(("str",), "an equation"),
        "factor": Correction(("float", "int", "list"), "a number, or two to draw between"),
        "filename": Correction(("str",), "a path"),
        "filepath": Correction(("str",), "a path; no document holds another kind"),
        "fill_value": Correction(("float", "int", "list"), "a number, or one a channel"),
        "filters": Correction(("int",), "a count"),
        "first_decay_steps": Correction(("int", "float"), "cast to a float, so `1e4` does too"),
        "flash_attention": Correction(("bool",), "true or false; null leaves it to Keras"),
        "gamma": Correction(("float", "list", "object"), "a number; for operations a tensor"),
        "global_clipnorm": Correction(("float",), "a number"),
        "gradient_accumulation_steps": Correction(("int",), "a count"),
        "head_dim": Correction(("int",), "a size, described without its type"),
        "height": Correction(("int",), "a size"),
        "height_factor": Correction(("float", "list"), "a number, or two to draw between"),
        "hue_factor": Correction(("float", "list"), "a number, or two to draw between"),
        "idf_weights": Correction(("list",), "numbers"),
        "ignore_class": Correction(("int",), "a class"),
        "initial_value_threshold": Correction(("float",), "a number"),
        "input_axes": Correction(("int", "list"), "one axis or several"),
        "kernel_size": Correction(("int", "list"), "one for all dimensions, or one each"),
        "key_dim": Correction(("int",), "a size, described without its type"),
        "learning_rate": Correction(("float",), "a number or a schedule"),
        "lora_alpha": Correction(("int", "float"), "divided by the rank, so any number does"),
        "loss_scale_factor": Correction(("float",), "a number"),
        "max_number": Correction(("int",), "a count"),
        "max_tokens": Correction(("int",), "a count"),
        "max_value": Correction(("float",), "a number"),
        "merge_mode": Correction(("str",), "a word"),
        "min_value": Correction(("float",), "a number"),
        "name": Correction(("str",), "a name"),
        "noise_shape": Correction(("list",), "a shape, described as a tensor"),
        "num_bins": Correction(("int",), "a count"),
        "num_classes": Correction(("int",), "a count"),
        "num_heads": Correction(("int",), "a count, described without its type"),
        "num_key_value_heads": Correction(("int",), "a count, described without its type"),
        "num_oov_indices": Correction(("int",), "a count"),
        "num_query_heads": Correction(("int",), "a count, described without its type"),
        "num_thresholds": Correction(("int",), "a count"),
        "num_tokens": Correction(("int",), "a count"),
        "oov_method": Correction(("str",), "a word"),
        "output_axes": Correction(("int", "list"), "one axis or several"),
        "output_mode": Correction(("str",), "a word"),
        "output_padding": Correction(("int", "list"), "one for all dimensions, or one each"),
        "output_sequence_length": Correction(("int",), "a count"),
        "output_size": Correction(("int", "list"), "one for all dimensions, or one each"),
        "pool_size": Correction(("int", "list"), "one for all dimensions, or one each"),
        "precision": Correction(("float",), "between 0 and 1"),
        "recall": Correction(("float",), "between 0 and 1"),
        "salt": Correction(("int", "list"), "a number or two"),
        "sampling_rate": Correction(("int", "float"), "only multiplied, so any number does"),
        "saturation_factor": Correction(("float", "list"), "a number, or two to draw between"),
        "score_mode": Correction(("str",), "a word"),
        "seed": Correction(("int", "object"), "a number or a seed generator"),
        "sensitivity": Correction(("float",), "between 0 and 1"),
        "shared_axes": Correction(("int", "list"), "one axis or several"),
        "size": Correction(("int", "list"), "one for all dimensions, or one each"),
        "specificity": Correction(("float",), "between 0 and 1"),
        "stddev": Correction(("float",), "a number"),
        "strides": Correction(("int", "list"), "one for all dimensions, or one each"),
        "target_class_ids": Correction(("list",), "classes"),
        "target_shape": Correction(("list",), "a shape"),
        "thresholds": Correction(("float", "list"), "a number or several"),
        "top_k": Correction(("int",), "a count"),
        "trainable": Correction(("bool",), "`Layer` refuses anything else, whatever the docstring says"),
        "units": Correction(("int",), "a count"),
        "use_cudnn": Correction(("bool", "str"), "`auto` too"),
        "value_dim": Correction(("int",), "a size, described without its type"),
        "value_range": Correction(("list",), "two numbers"),
        "verbose": Correction(("int", "bool"), "an amount; nothing or something"),
        "warmup_steps": Correction(("int", "float"), "cast to a float, so `1e4` does too"),
        "width": Correction(("int",), "a size"),
        "width_factor": Correction(("float", "list"), "a number, or two to draw between"),
        "x_factor": Correction(("float", "list"), "a number, or two to draw between"),
        "y_factor": Correction(("float", "list"), "a number, or two to draw between"),
    }
)

# By the name of a call's parameter, whose description often says nothing.
CALL_KINDS: Mapping[str, Correction[tuple[str, ...]]] = MappingProxyType(
    {
        "initial_state": Correction(("tensor",), "tensors, which not every layer describes"),
        "key_mask": Correction(("tensor",), "a tensor, not described"),
        "mask": Correction(("tensor",), "a tensor, or a list of them, which not every layer describes"),
        "query_mask": Correction(("tensor",), "a tensor, not described"),
        "training": Correction(("bool",), "true or false; null leaves it to whoever calls the model"),
        "value_mask": Correction(("tensor",), "a tensor, not described"),
    }
)

_FORMATS = ("channels_last", "channels_first")

# `Class.argument` (or `*.argument`) to the strings it takes; `None` for an open set.
ARGUMENT_CHOICES: Mapping[str, Correction[tuple[str, ...] | None]] = MappingProxyType(
    {
        "*.average": Correction(("micro", "macro", "weighted"), "described as values of several types"),
        "*.data_format": Correction(_FORMATS, "often described without them"),
        "*.oov_method": Correction(("floormod", "farmhash"), "described one after another, or not at all"),
        "*.save_freq": Correction(("epoch",), "the only word beside a count"),
        "*.use_cudnn": Correction(("auto",), "the only word beside true and false"),
        "*.window": Correction(None, "every window that SciPy has"),
        "AUC.curve": Correction(("ROC", "PR", "PRGAIN"), "the third is not described"),
        "AUC.summation_method": Correction(
            ("interpolation", "minoring", "majoring"), "described one after another"
        ),
        "AWQDTypePolicy.mode": Correction(None, "a pattern with numbers in it"),
        "Conv3DTranspose.padding": Correction(("valid", "same"), "not described"),
        "DTypePolicy.name": Correction(None, "names of dtypes, quantized policies among them"),
        "EinsumDense.equation": Correction(None, "an equation"),
        "FloatDTypePolicy.name": Correction(None, "names of dtypes"),
        "GPTQDTypePolicy.mode": Correction(None, "a pattern with numbers in it"),
        "Int4DTypePolicy.mode": Correction(None, "a pattern with numbers in it"),
        "QuantizedDTypePolicy.mode": Correction(None, "a pattern with numbers in it"),
        "QuantizedFloat8DTypePolicy.mode": Correction(None, "a pattern with numbers in it"),
        "RandomFlip.mode": Correction(("horizontal", "vertical", "horizontal_and_vertical"), "not described"),
        "TensorBoard.update_freq": Correction(("batch", "epoch"), "the words beside a count"),
        "TextVectorization.split": Correction(("whitespace", "character"), "described one after another"),
        "TextVectorization.standardize": Correction(
            ("lower_and_strip_punctuation", "lower", "strip_punctuation"), "described one after another"
        ),
        "compile.jit_compile": Correction(("auto",), "the only word beside true and false"),
        "fit.shuffle": Correction(("batch",), "the only word beside true and false"),
        "ops.correlate.mode": Correction(("valid", "same", "full"), "described without quotes"),
        "ops.image.affine_transform.fill_mode": Correction(
            ("constant", "nearest", "wrap", "mirror", "reflect"), "one is not described"
        ),
        "ops.image.elastic_transform.fill_mode": Correction(
            ("constant", "nearest", "wrap", "mirror", "reflect"), "one is not described"
        ),
        "ops.image.resize.interpolation": Correction(
            ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"), "two are not described"
        ),
        "ops.meshgrid.indexing": Correction(("xy", "ij"), "described without `one of`"),
        "ops.norm.ord": Correction(("fro", "nuc"), "the words beside numbers"),
        "ops.qr.mode": Correction(("reduced", "complete"), "described one after another"),
        "ops.searchsorted.side": Correction(("left", "right"), "described one after another"),
    }
)
