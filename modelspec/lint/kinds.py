"""The classes of Keras that rules are about, by their full names."""

from __future__ import annotations

_LAYERS = "keras.layers."


def _named(*names: str) -> frozenset[str]:
    return frozenset(_LAYERS + name for name in names)


BATCH_NORMALIZATION = "keras.layers.BatchNormalization"
EMBEDDINGS = frozenset({"keras.layers.Embedding", "keras.layers.ReversibleEmbedding"})
FLATTEN = "keras.layers.Flatten"
DENSE = "keras.layers.Dense"
ACTIVATION = "keras.layers.Activation"
SOFTMAX = "keras.layers.Softmax"
RESCALING = "keras.layers.Rescaling"
MULTI_HEAD_ATTENTION = "keras.layers.MultiHeadAttention"
TIME_DISTRIBUTED = "keras.layers.TimeDistributed"
BIDIRECTIONAL = "keras.layers.Bidirectional"

PLAIN_CONVOLUTIONS = _named("Conv1D", "Conv2D", "Conv3D")
CONVOLUTIONS = PLAIN_CONVOLUTIONS | _named(
    "Conv1DTranspose",
    "Conv2DTranspose",
    "Conv3DTranspose",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "SeparableConv1D",
    "SeparableConv2D",
)
# What slides a window over its input, so that the input can be smaller than it.
SLIDING_CONVOLUTIONS = CONVOLUTIONS - _named("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
POOLINGS = _named(*(f"{kind}Pooling{rank}D" for kind in ("Max", "Average") for rank in (1, 2, 3)))

# What multiplies by a kernel, and takes a bias and an activation.
KERNELS = CONVOLUTIONS | {DENSE}
ACTIVATED = KERNELS | _named("EinsumDense")

DROPOUTS = _named("Dropout", "AlphaDropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D")
DROPOUTS |= _named("SpatialDropout3D")

# What hands values on as they are, in another order or shape at the most.
UNCHANGING = DROPOUTS | _named("Identity", "Reshape", "Flatten", "Permute", "RepeatVector")
# Those that keep the shape, too.
SHAPE_KEEPING = DROPOUTS | _named("Identity")

RECURRENT = _named("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
ATTENTIONS = _named("MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention")

# Merges, which give nothing new of one tensor; but a product of one with itself is a square.
MERGES = _named("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract", "Dot")
SQUARES = _named("Multiply", "Dot")

# Layers whose `supports_masking` is true, or that give a mask of their own, as Keras 3.5 to 3.15 have them.
KEEP_MASKS = (
    DROPOUTS
    | RECURRENT
    | MERGES
    | ATTENTIONS
    | _named(
        "Activation",
        "ActivityRegularization",
        "BatchNormalization",
        "Bidirectional",
        "Dense",
        "ELU",
        "GaussianNoise",
        "GlobalAveragePooling1D",
        "GroupNormalization",
        "Identity",
        "Lambda",
        "LayerNormalization",
        "LeakyReLU",
        "Masking",
        "Normalization",
        "PReLU",
        "ReLU",
        "Rescaling",
        "Softmax",
        "TimeDistributed",
        "UnitNormalization",
    )
)
# Those that look at the mask of what they read.
READ_MASKS = RECURRENT | ATTENTIONS | _named("Bidirectional", "GlobalAveragePooling1D")
