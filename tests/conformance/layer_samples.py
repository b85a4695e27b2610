"""For every layer and cell of Keras: what it reads, what it must be given, and a value off each default.

The tests fail for a class or argument that these tables do not know, so that a new release of Keras shows up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

# Inputs of all documents, by name.
INPUTS: Mapping[str, Any] = MappingProxyType(
    {
        "vector": [4],
        "other_vector": [4],
        "square": [2, 3],
        "words": {"shape": [5], "dtype": "int32"},
        "sequence": [6, 4],
        "sequence_first": [4, 6],
        "other_sequence": [6, 4],
        "fixed_sequence": {"batch_shape": [2, 6, 4]},
        "fixed_videos": {"batch_shape": [1, 3, 6, 6, 2]},
        "fixed_lines": {"batch_shape": [1, 3, 6, 2]},
        "fixed_volumes": {"batch_shape": [1, 3, 6, 6, 6, 2]},
        "image": [8, 8, 3],
        "image_first": [3, 8, 8],
        "even_image": [8, 8, 4],
        "other_image": [8, 8, 3],
        "deep_image": [2, 2, 32],
        "high_image": [32, 2, 2],
        "volume": [6, 6, 6, 2],
        "volume_first": [2, 6, 6, 6],
        "lines": [3, 6, 2],
        "lines_first": [3, 2, 6],
        "videos": [3, 6, 6, 2],
        "videos_first": [3, 2, 6, 6],
        "volumes": [3, 6, 6, 6, 2],
        "volumes_first": [3, 2, 6, 6, 6],
        "sound": [4096],
        "channels": [1024, 2],
        "channels_first": [2, 1024],
        "picture": {"batch_shape": [2, 8, 8, 3]},
        "picture_boxes": {"batch_shape": [2, 5, 4]},
        "picture_labels": {"batch_shape": [2, 5]},
    }
)


@dataclass(frozen=True)
class Sample:
    """How a class is used.

    Args:
        feed: what it reads, as `from` is written.
        needs: the arguments without which it is not made, or not called.
    """

    feed: Any
    needs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Off:
    """A value off an argument's default.

    Args:
        value: as a document writes it.
        besides: other arguments that it takes to be accepted, replacing those of the sample.
        feed: what the class reads instead.
        without: arguments of the sample that must not stand beside it.
    """

    value: Any
    besides: Mapping[str, Any] = field(default_factory=dict)
    feed: Any = None
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A value that a document may not give an argument.

    Args:
        value: it.
        reason: why.
        backends: where it is refused; everywhere by default.
    """

    value: Any
    reason: str
    backends: tuple[str, ...] = ("jax", "torch", "tensorflow")


@dataclass(frozen=True)
class RefusedClass:
    """A class that no document can use.

    Args:
        arguments: with which it is tried.
        reason: why it is refused.
        feed: what it is tried on.
    """

    arguments: Mapping[str, Any]
    reason: str
    feed: Any = "vector"


def _of(feed: Any, needs: Mapping[str, Any], *names: str) -> dict[str, Sample]:
    return {f"keras.layers.{name}": Sample(feed, needs) for name in names}


_LSTM = {"LSTM": {"units": 3}}
_GRU_CELL = {"GRUCell": {"units": 3}}
_QUERY_VALUE = {"query": "sequence", "value": "other_sequence"}

SAMPLES: Mapping[str, Sample] = MappingProxyType(
    {
        **_of("vector", {"activation": "relu"}, "Activation"),
        **_of("vector", {}, "ActivityRegularization", "BatchNormalization", "ELU", "Identity", "LeakyReLU"),
        **_of("vector", {}, "LayerNormalization", "Normalization", "PReLU", "RMSNormalization", "ReLU"),
        **_of("vector", {}, "Softmax", "UnitNormalization"),
        **_of("vector", {"rate": 0.25}, "AlphaDropout", "Dropout", "GaussianDropout"),
        **_of("vector", {"stddev": 0.5}, "GaussianNoise"),
        **_of("vector", {"units": 3}, "Dense"),
        **_of("vector", {"bin_boundaries": [0.0, 1.0]}, "Discretization"),
        **_of("vector", {"n": 3}, "RepeatVector"),
        **_of("vector", {"scale": 0.5}, "Rescaling"),
        **_of("vector", {"target_shape": [2, 2]}, "Reshape"),
        **_of("vector", {"layer": {"Dense": {"units": 3}}}, "SpectralNormalization"),
        **_of("vector", {"layers": [{"Dense": {"units": 3}}, {"ReLU": {}}]}, "Pipeline"),
        **_of("words", {"num_tokens": 4}, "CategoryEncoding"),
        **_of("words", {"input_dim": 9, "output_dim": 4}, "Embedding", "ReversibleEmbedding"),
        **_of("square", {}, "Flatten"),
        **_of("square", {"dims": [2, 1]}, "Permute"),
        **_of("sequence", {}, "Masking"),
        **_of("sequence", {"equation": "abc,cd->abd", "output_shape": [None, 3]}, "EinsumDense"),
        **_of("sequence", {"units": 3}, "GRU", "LSTM", "SimpleRNN"),
        **_of("sequence", {"cell": _GRU_CELL}, "RNN"),
        **_of("sequence", {"layer": _LSTM}, "Bidirectional"),
        **_of("sequence", {"layer": {"Dense": {"units": 3}}}, "TimeDistributed"),
        **_of("sequence", {"cropping": [1, 1]}, "Cropping1D"),
        **_of("sequence", {}, "UpSampling1D", "ZeroPadding1D"),
        **_of("sequence", {}, "GlobalAveragePooling1D", "GlobalMaxPooling1D", "MaxPooling1D"),
        **_of("sequence", {"pool_size": 2}, "AveragePooling1D"),
        **_of("sequence", {"output_size": 2}, "AdaptiveAveragePooling1D", "AdaptiveMaxPooling1D"),
        **_of("sequence", {"rate": 0.25}, "SpatialDropout1D"),
        **_of("sequence", {"kernel_size": 3}, "DepthwiseConv1D"),
        **_of("sequence", {"filters": 4, "kernel_size": 3}, "Conv1D", "Conv1DTranspose", "SeparableConv1D"),
        **_of(["sequence", "other_sequence"], {}, "AdditiveAttention", "Attention"),
        **_of(_QUERY_VALUE, {"num_heads": 2, "key_dim": 3}, "MultiHeadAttention"),
        **_of(
            _QUERY_VALUE,
            {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2},
            "GroupQueryAttention",
        ),
        **_of(["vector", "other_vector"], {}, "Add", "Average", "Concatenate", "Maximum", "Minimum"),
        **_of(["vector", "other_vector"], {}, "Multiply", "Subtract"),
        **_of(["vector", "other_vector"], {"axes": 1}, "Dot"),
        **_of("image", {}, "GlobalAveragePooling2D", "GlobalMaxPooling2D", "MaxPooling2D"),
        **_of("image", {"pool_size": 2}, "AveragePooling2D"),
        **_of("image", {"output_size": 2}, "AdaptiveAveragePooling2D", "AdaptiveMaxPooling2D"),
        **_of("image", {"cropping": 1}, "Cropping2D"),
        **_of("image", {}, "UpSampling2D", "ZeroPadding2D"),
        **_of("image", {"rate": 0.25}, "SpatialDropout2D"),
        **_of("image", {"kernel_size": 3}, "DepthwiseConv2D"),
        **_of("image", {"filters": 4, "kernel_size": 3}, "Conv2D", "Conv2DTranspose", "SeparableConv2D"),
        **_of("deep_image", {}, "GroupNormalization"),
        **_of("image", {"height": 4, "width": 4}, "CenterCrop", "RandomCrop", "Resizing"),
        **_of("image", {}, "AugMix", "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization"),
        **_of("image", {}, "CutMix", "MixUp", "RandAugment", "RandomErasing", "RandomFlip"),
        **_of("image", {}, "RandomElasticTransform", "RandomGaussianBlur", "RandomGrayscale", "RandomInvert"),
        **_of("image", {}, "RandomPerspective", "RandomShear", "Solarization"),
        **_of("image", {"factor": 0.25}, "RandomBrightness", "RandomColorDegeneration", "RandomContrast"),
        **_of(
            "image", {"factor": 0.25}, "RandomHue", "RandomRotation", "RandomSaturation", "RandomSharpness"
        ),
        **_of("image", {"factor": 4}, "RandomPosterization"),
        **_of("image", {}, "RandomColorJitter"),
        **_of("image", {"height_factor": 0.25, "width_factor": 0.25}, "RandomTranslation"),
        **_of("image", {"height_factor": 0.25}, "RandomZoom"),
        **_of(
            {
                "data": {
                    "images": "picture",
                    "bounding_boxes": {"boxes": "picture_boxes", "labels": "picture_labels"},
                }
            },
            {"max_number": 3, "bounding_box_format": "xyxy"},
            "MaxNumBoundingBoxes",
        ),
        **_of("volume", {}, "GlobalAveragePooling3D", "GlobalMaxPooling3D", "MaxPooling3D"),
        **_of("volume", {"pool_size": 2}, "AveragePooling3D"),
        **_of("volume", {"output_size": 2}, "AdaptiveAveragePooling3D", "AdaptiveMaxPooling3D"),
        **_of("volume", {}, "Cropping3D", "UpSampling3D", "ZeroPadding3D"),
        **_of("volume", {"rate": 0.25}, "SpatialDropout3D"),
        **_of("volume", {"filters": 4, "kernel_size": 3}, "Conv3D", "Conv3DTranspose"),
        **_of("lines", {"filters": 3, "kernel_size": 3}, "ConvLSTM1D"),
        **_of("videos", {"filters": 3, "kernel_size": 3}, "ConvLSTM2D"),
        **_of("volumes", {"filters": 3, "kernel_size": 3}, "ConvLSTM3D"),
        **_of("sound", {}, "MelSpectrogram"),
        **_of("channels", {}, "STFTSpectrogram"),
        # Cells stand in an `RNN`.
        **_of("sequence", {"units": 3}, "GRUCell", "LSTMCell", "SimpleRNNCell"),
        **_of("sequence", {"cells": [_GRU_CELL, {"LSTMCell": {"units": 2}}]}, "StackedRNNCells"),
        "keras.src.applications.convnext.LayerScale": Sample(
            "vector", {"init_values": 0.5, "projection_dim": 4}
        ),
        "keras.src.applications.convnext.StochasticDepth": Sample("vector", {"drop_path_rate": 0.25}),
        "keras.src.applications.inception_resnet_v2.CustomScaleLayer": Sample(
            ["vector", "other_vector"], {"scale": 0.5}
        ),
    }
)

# `Class.argument` first, then `*.argument`.
OFF_DEFAULT: Mapping[str, Any] = MappingProxyType(
    {
        "*.activation": "elu",
        "*.activity_regularizer": {"L2": {"l2": 0.25}},
        # These have no `get_config` of their own: Keras writes what they were given, if it is plain.
        "ELU.activity_regularizer": "l2",
        "Identity.activity_regularizer": "l2",
        "*.addition_factor": 0.25,
        "*.all_ops": False,
        "*.alpha": 0.5,
        "*.alpha_constraint": {"NonNeg": {}},
        "*.alpha_initializer": {"Constant": {"value": 0.5}},
        "*.alpha_regularizer": {"L1": {"l1": 0.25}},
        "*.antialias": True,
        "*.attention_axes": Off([2], feed={"query": "image", "value": "other_image"}),
        "*.autocast": False,
        "*.axis": 1,
        "GroupNormalization.axis": Off(1, feed="high_image"),
        "*.backward_layer": {"GRU": {"units": 3, "go_backwards": True}},
        "*.beta_constraint": {"MaxNorm": {"max_value": 3}},
        "*.beta_initializer": {"RandomNormal": {"stddev": 0.5, "seed": 7}},
        "*.beta_regularizer": {"L1L2": {"l1": 0.25, "l2": 0.5}},
        "*.bias_axes": "d",
        "*.bias_constraint": {"MinMaxNorm": {"min_value": 0.25}},
        "*.bias_initializer": {"RandomUniform": {"minval": -0.5, "seed": 7}},
        "*.bias_regularizer": {"L1": {"l1": 0.25}},
        "*.bounding_box_format": "xyxy",
        "*.brightness_factor": 0.25,
        "*.center": False,
        "*.chain_depth": 2,
        "*.clip_limit": 2.0,
        "*.contrast_factor": 0.25,
        "*.crop_to_aspect_ratio": True,
        "*.cropping": 1,
        "Cropping1D.cropping": [2, 1],
        "Cropping2D.cropping": [[1, 2], [0, 1]],
        "Cropping3D.cropping": [[1, 0], [0, 1], [1, 1]],
        "*.data_format": "channels_first",
        "*.depth_multiplier": 2,
        "*.depthwise_constraint": {"UnitNorm": {"axis": 1}},
        "*.depthwise_initializer": {"HeNormal": {"seed": 7}},
        "*.depthwise_regularizer": {"L2": {"l2": 0.25}},
        "*.dilation_rate": 2,
        "*.dropout": 0.25,
        "*.dtype": "bfloat16",
        "*.embeddings_constraint": {"UnitNorm": {}},
        "*.embeddings_initializer": {"GlorotNormal": {"seed": 7}},
        "*.embeddings_regularizer": {"L1": {"l1": 0.25}},
        "*.epsilon": 0.125,
        "*.expand_dims": True,
        "*.factor": 0.125,
        "*.fft_length": 1024,
        "*.fill_mode": "nearest",
        "*.fill_value": 0.25,
        "*.flash_attention": False,
        "*.frame_length": 128,
        "*.frame_step": 64,
        "*.gamma_constraint": {"NonNeg": {}},
        "*.gamma_initializer": {"LecunNormal": {"seed": 7}},
        "*.gamma_regularizer": {"L2": {"l2": 0.25}},
        "*.go_backwards": True,
        "Bidirectional.weights": [[0.5], [0.5]],
        "EinsumDense.gptq_unpacked_column_size": 3,
        "*.groups": Off(2, feed="even_image"),
        "Conv1D.groups": 2,
        "Conv3D.groups": 2,
        "GroupNormalization.groups": 16,
        "*.hue_factor": 0.25,
        "*.interpolation": "nearest",
        "UpSampling2D.interpolation": "bilinear",
        "*.invert": True,
        "*.keepdims": True,
        "*.kernel_constraint": {"MaxNorm": {"max_value": 3, "axis": 1}},
        "*.kernel_initializer": {"VarianceScaling": {"scale": 0.5, "mode": "fan_out", "seed": 7}},
        "*.kernel_regularizer": {"OrthogonalRegularizer": {"factor": 0.25}},
        "*.kernel_size": 5,
        "*.l1": 0.25,
        "*.l2": 0.25,
        "*.logit_soft_cap": 2.0,
        "*.lora_alpha": Off(3.0, besides={"lora_rank": 2}),
        "*.lora_rank": 2,
        "*.mag_exp": 1.0,
        "*.mask_value": 0.5,
        "*.mask_zero": True,
        "*.max_freq": 4000.0,
        "*.max_value": 6.0,
        "*.mean": Off([0.0, 1.0, 2.0, 3.0], besides={"variance": [1.0, 2.0, 3.0, 4.0]}),
        "*.merge_mode": "sum",
        "*.min_freq": 40.0,
        "*.min_power": 1e-6,
        "*.mode": "magnitude",
        "RandomFlip.mode": "horizontal",
        "*.momentum": 0.5,
        "*.moving_mean_initializer": {"Constant": {"value": 0.5}},
        "*.moving_variance_initializer": {"Constant": {"value": 2.0}},
        "GRUCell.name": "inner",
        "LSTMCell.name": "inner",
        "SimpleRNNCell.name": "inner",
        "StackedRNNCells.name": "inner",
        "*.negative_slope": 0.125,
        "*.noise_shape": [None, 1],
        "*.normalize": True,
        "*.num_bins": Off(3, without=("bin_boundaries",)),
        "*.num_chains": 2,
        "*.num_mel_bins": 32,
        "*.num_ops": 1,
        "*.offset": 0.25,
        "*.output_mode": "one_hot",
        "*.output_padding": Off(1, besides={"strides": 2}),
        "*.output_shape": [5],
        "*.pad_to_aspect_ratio": True,
        "*.padding": "same",
        "ZeroPadding1D.padding": [1, 2],
        "ZeroPadding2D.padding": [[1, 2], [0, 1]],
        "ZeroPadding3D.padding": [[1, 2], [0, 1], [2, 0]],
        "*.periodic": True,
        "*.pointwise_constraint": {"NonNeg": {}},
        "*.pointwise_initializer": {"HeUniform": {"seed": 7}},
        "*.pointwise_regularizer": {"L1": {"l1": 0.25}},
        "*.pool_size": 3,
        "*.power_iterations": 2,
        "*.power_to_db": False,
        "*.quantization_config": {"Int8QuantizationConfig": {}},
        "*.recurrent_activation": "hard_sigmoid",
        "*.recurrent_constraint": {"MaxNorm": {"max_value": 3}},
        "*.recurrent_dropout": 0.25,
        "*.recurrent_initializer": {"Orthogonal": {"gain": 0.5, "seed": 7}},
        "*.recurrent_regularizer": {"L1": {"l1": 0.25}},
        "*.ref_power": 0.5,
        "*.renorm": True,
        "*.renorm_clipping": Off({"rmax": 2.0, "rmin": 0.5, "dmax": 1.0}, besides={"renorm": True}),
        "*.renorm_momentum": Off(0.5, besides={"renorm": True}),
        "*.reset_after": False,
        "*.return_sequences": True,
        "*.return_state": True,
        "*.reverse_dtype": "bfloat16",
        "*.sampling_rate": 8000,
        "*.saturation_factor": 0.25,
        "*.scale": False,
        "RandomElasticTransform.scale": 0.5,
        "RandomPerspective.scale": 0.5,
        "RandomErasing.scale": [0.1, 0.2],
        "*.scaling": "spectrum",
        "*.score_mode": "concat",
        "AdditiveAttention.score_mode": "dot",
        "*.seed": 7,
        "*.sequence_length": 1024,
        "*.sequence_stride": 256,
        "*.shared_axes": Off([1], feed="sequence"),
        "*.sigma": 0.5,
        "*.size": 3,
        "*.sliding_window": 3,
        "*.sparse": True,
        "Discretization.sparse": Off(True, besides={"output_mode": "one_hot"}),
        "*.stateful": Off(True, feed="fixed_sequence"),
        "ConvLSTM1D.stateful": Off(True, feed="fixed_lines"),
        "ConvLSTM2D.stateful": Off(True, feed="fixed_videos"),
        "ConvLSTM3D.stateful": Off(True, feed="fixed_volumes"),
        "*.strides": 2,
        "AveragePooling1D.strides": 1,
        "AveragePooling2D.strides": 1,
        "AveragePooling3D.strides": 1,
        "MaxPooling1D.strides": 1,
        "MaxPooling2D.strides": 1,
        "MaxPooling3D.strides": 1,
        "*.synchronized": True,
        "*.threshold": 0.25,
        "*.threshold_factor": 0.25,
        "*.tie_weights": False,
        "*.tile_grid_size": [4, 4],
        "*.top_db": 60.0,
        "*.trainable": False,
        "*.unit_forget_bias": False,
        "*.unroll": True,
        "*.use_bias": False,
        "*.use_cudnn": False,
        "*.use_gate": True,
        "*.use_scale": True,
        "AdditiveAttention.use_scale": False,
        "*.value_dim": 5,
        "*.value_range": [0, 1],
        "*.variance": Off([1.0, 2.0, 3.0, 4.0], besides={"mean": [0.0, 1.0, 2.0, 3.0]}),
        "RandomZoom.width_factor": 0.125,
        "*.window": "hamming",
        "*.x_factor": 0.25,
        "*.y_factor": 0.25,
        "*.zero_output_for_mask": True,
    }
)


# Arguments that no sample is held to a twin with: the document that says them is refused.
REFUSED: Mapping[str, Refused] = MappingProxyType(
    {
        "*.name": Refused("called", "the name is a word of the item, not an argument"),
        "BatchNormalization.synchronized": Refused(
            True, "Keras has it on TensorFlow only", backends=("jax", "torch")
        ),
        "Discretization.sparse": Refused(True, "PyTorch has no sparse tensors in Keras", backends=("torch",)),
        "Embedding.weights": Refused(
            [[[0.0] * 4] * 9], "Keras takes arrays, which no document can hold; values come by `weights`"
        ),
        "ReversibleEmbedding.weights": Refused([[[0.0] * 4] * 9], "as for `Embedding`"),
    }
)

# Arguments that Keras takes and does not write: an archive of the twin has lost them.
FORGOTTEN: Mapping[str, str | None] = MappingProxyType(
    {
        "*.autocast": "`Layer.get_config` leaves it out",
        # Without a `get_config` of their own, all that they were given is written.
        "ELU.autocast": None,
        "Identity.autocast": None,
        "*.flash_attention": "`get_config` leaves it out",
        "*.use_cudnn": "`get_config` leaves it out",
        "AdditiveAttention.score_mode": "taken out of the config, for the class has one mode only",
        "Bidirectional.weights": "they become an attribute that nothing reads",
        "CategoryEncoding.sparse": "`get_config` leaves it out",
        "ContrastLimitedAdaptiveHistogramEqualization.factor": "`get_config` leaves it out",
        "MaxNumBoundingBoxes.factor": "`get_config` leaves it out",
        "MaxNumBoundingBoxes.fill_value": "`get_config` leaves it out",
        "MixUp.factor": "`get_config` leaves it out",
        "RandomColorJitter.factor": "`get_config` leaves it out",
        "RandomCrop.factor": "`get_config` leaves it out",
        "RandomGrayscale.seed": "`get_config` leaves it out",
        "SimpleRNN.activity_regularizer": "`get_config` leaves it out",
        "SimpleRNN.seed": "`get_config` leaves it out",
    }
)

# Classes whose own config Keras does not read back, so that its archive of the twin does not load.
UNREADABLE: Mapping[str, str] = MappingProxyType(
    {"RandomShear": "`x_factor: 0.25` is written as `[-0.25, 0.25]`, and no factor below 0 is read"}
)

# Classes that no document is held to a twin with: the document that uses one so is refused.
REFUSED_CLASSES: Mapping[str, RefusedClass] = MappingProxyType(
    {
        "keras.Layer": RefusedClass({}, "abstract: it has no `call`"),
        "keras.layers.Wrapper": RefusedClass(
            {"layer": {"Dense": {"units": 2}}}, "abstract: it has no `call`"
        ),
        "keras.layers.InputLayer": RefusedClass({"shape": [4]}, "inputs stand under `inputs`"),
        "keras.layers.Equalization": RefusedClass(
            {}, "its `compute_output_spec` gives the input itself, a cycle to Keras", feed="image"
        ),
        "keras.layers.Lambda": RefusedClass({"function": "relu"}, "it holds code"),
        "keras.layers.TFSMLayer": RefusedClass({"filepath": "saved"}, "it loads a graph of TensorFlow"),
        "keras.layers.TorchModuleWrapper": RefusedClass({"module": None}, "it holds a module of PyTorch"),
        "keras.layers.JaxLayer": RefusedClass({"call_fn": None}, "it holds functions of JAX"),
        "keras.layers.FlaxLayer": RefusedClass({"module": None}, "it holds a module of Flax"),
        "keras.utils.FeatureSpace": RefusedClass(
            {"features": {"x": "float"}}, "it adapts to data before it can be called"
        ),
    }
)

# The input with the channels in front, for `data_format: channels_first`.
CHANNELS_FIRST: Mapping[str, str] = MappingProxyType(
    {
        "sequence": "sequence_first",
        "image": "image_first",
        "volume": "volume_first",
        "lines": "lines_first",
        "videos": "videos_first",
        "volumes": "volumes_first",
        "channels": "channels_first",
    }
)
