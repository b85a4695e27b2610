"""What Keras 2 called otherwise, and what it wrote that Keras 3 has no use for: tables alone.

Sources: the constructors and `get_config` of Keras 2.2 to 2.15 and of tf.keras 1.13 to 2.15, beside those of
Keras 3. Names that Keras 3 keeps as aliases are in the catalog and not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# --- classes -----------------------------------------------------------------------------------------------

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "AtrousConvolution1D": "Conv1D",
        "AtrousConvolution2D": "Conv2D",
        "BatchNormalizationBase": "BatchNormalization",
        "CuDNNGRU": "GRU",
        "CuDNNLSTM": "LSTM",
        "Deconvolution2D": "Conv2DTranspose",
        "Deconvolution3D": "Conv3DTranspose",
        "SyncBatchNormalization": "BatchNormalization",
        "ThresholdedReLU": "ReLU",
        "UnifiedGRU": "GRU",
        "UnifiedLSTM": "LSTM",
        "IdentityInitializer": "Identity",
        "OrthogonalInitializer": "Orthogonal",
        "RegularizerL1": "L1",
        "RegularizerL2": "L2",
    }
)
"""By the name that Keras 2 wrote. A `V1`, `V2` or `Legacy` at the end of a known name needs no row."""

# --- arguments ---------------------------------------------------------------------------------------------

ARGUMENTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "CategoryEncoding": {"max_tokens": "num_tokens"},
        "Discretization": {"bins": "bin_boundaries"},
        "InputLayer": {"batch_input_shape": "batch_shape"},
        "LeakyReLU": {"alpha": "negative_slope"},
        "ReLU": {"alpha": "negative_slope"},
        "ThresholdedReLU": {"theta": "threshold"},
    }
)
"""By class: what an argument is called now."""

FAMILY_ARGUMENTS: Mapping[str, Mapping[str, str]] = MappingProxyType({"optimizer": {"lr": "learning_rate"}})
"""The same for all classes of a family."""

IDLE = frozenset(
    {
        "autocast",
        "batch_input_shape",
        "batch_size",
        "dynamic",
        "experimental_autocast",
        "input_shape",
        "input_spec",
        "is_legacy_optimizer",
        "jit_compile",
        "registered_name",
        "rng_type",
        "shared_object_id",
        "__passive_serialization__",
    }
)
"""Arguments of any class that say nothing of what a model computes."""

# What a class of Keras 2 wrote that Keras 3 does not take, with the values at which it says nothing; `None`
# is any value, as of what is told by something else or only chooses how the same is computed.
_ANY = None
DROPPED: Mapping[str, Mapping[str, tuple[object, ...] | None]] = MappingProxyType(
    {
        "*rnn": {
            "implementation": _ANY,
            "time_major": (False,),
            "input_dim": _ANY,
            "input_length": _ANY,
            "ragged": (False,),
            "num_constants": (None,),
        },
        "AlphaDropout": {"noise_shape": (None,)},
        "BatchNormalization": {
            "fused": _ANY,
            "virtual_batch_size": (None,),
            "adjustment": (None,),
            "renorm": (False,),
            "renorm_clipping": (None,),
            "renorm_momentum": _ANY,
            "mode": (0,),
        },
        "Bidirectional": {"input_length": _ANY},
        "CategoryEncoding": {"sparse": (False,)},
        "Conv1DTranspose": {"groups": (1,)},
        "Conv2DTranspose": {"groups": (1,)},
        "Conv3DTranspose": {"groups": (1,)},
        "DepthwiseConv1D": {
            "groups": (1,),
            "filters": _ANY,
            "kernel_initializer": _ANY,
            "kernel_regularizer": (None,),
            "kernel_constraint": (None,),
        },
        "DepthwiseConv2D": {
            "groups": (1,),
            "filters": _ANY,
            "kernel_initializer": _ANY,
            "kernel_regularizer": (None,),
            "kernel_constraint": (None,),
        },
        "Embedding": {
            "input_length": _ANY,
            "activity_regularizer": (None,),
            "dropout": (0, 0.0, None),
            "sparse": _ANY,
        },
        "Hashing": {"strategy": _ANY},
        "InputLayer": {"input_dtype": _ANY, "type_spec": (None,)},
        "IntegerLookup": {
            "max_values": (None,),
            "num_oov_tokens": _ANY,
            "has_input_vocabulary": _ANY,
            "vocabulary_size": _ANY,
        },
        "MultiHeadAttention": {
            "query_shape": _ANY,
            "key_shape": _ANY,
            "value_shape": _ANY,
            "softmax_robust_masking": (False,),
        },
        "Normalization": {"max_values": _ANY},
        "SeparableConv1D": {
            "groups": (1,),
            "kernel_initializer": _ANY,
            "kernel_regularizer": (None,),
            "kernel_constraint": (None,),
        },
        "SeparableConv2D": {
            "groups": (1,),
            "kernel_initializer": _ANY,
            "kernel_regularizer": (None,),
            "kernel_constraint": (None,),
        },
        "SpatialDropout1D": {"noise_shape": (None,)},
        "SpatialDropout2D": {"noise_shape": (None,)},
        "SpatialDropout3D": {"noise_shape": (None,)},
        "StringLookup": {"max_values": (None,), "has_input_vocabulary": _ANY, "vocabulary_size": _ANY},
        "TextVectorization": {"has_input_vocabulary": _ANY, "vocabulary_size": _ANY},
        "VarianceScaling": {"dtype": _ANY, "partition_info": _ANY},
        "*initializer": {"dtype": _ANY, "partition_info": _ANY, "verify_shape": _ANY},
        "*optimizer": {
            "schedule_decay": _ANY,
            "decay": (0, 0.0, None),
            "is_legacy_optimizer": _ANY,
            "jit_compile": _ANY,
            "mesh": _ANY,
        },
        "*metric": {
            "thresholds_distributed_evenly": _ANY,
            "init_thresholds": _ANY,
        },
        "*layer": {"trainable": _ANY},
        "*loss": {"fn": _ANY},
    }
)
"""By class, or by family or `*rnn` for the recurrent layers."""

RECURRENT = frozenset(
    {
        "SimpleRNN", "GRU", "LSTM", "RNN", "SimpleRNNCell", "GRUCell", "LSTMCell", "StackedRNNCells",
        "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
    }
)  # fmt: skip

# What was left unwritten by older releases and is another default now.
FILLED: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "GRU": {"reset_after": False},
        "GRUCell": {"reset_after": False},
        "CuDNNGRU": {"reset_after": True, "activation": "tanh", "recurrent_activation": "sigmoid"},
        "CuDNNLSTM": {"activation": "tanh", "recurrent_activation": "sigmoid"},
        "SyncBatchNormalization": {"synchronized": True},
        "ThresholdedReLU": {"threshold": 1.0},
    }
)
"""By the class as Keras 2 wrote it: arguments whose value, where nothing was written, was this one."""

STRINGS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "initializer": {
            "normal": "random_normal",
            "uniform": "random_uniform",
            "zero": "zeros",
            "one": "ones",
        },
        "optimizer": {},
    }
)
"""By family: what Keras 2 also called something by."""
