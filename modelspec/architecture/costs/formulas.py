"""How many floating-point operations one example of a batch takes, by the kind of layer, at inference.

A multiplication with the addition that follows it counts as two, as in TensorFlow's profiler; a function of
one number (an activation, a comparison) as one. What only moves numbers costs nothing. A convolution, a
dense layer or a recurrent cell uses every number of its kernels once for each position that it gives (of a
transposed convolution, that it reads), so the kernel's own shape says what groups and multipliers come to;
see V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", 2016. Attention is that
of A. Vaswani and others, "Attention is all you need", 2017, section 3.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from modelspec.architecture.costs.call import Call, Shape, Unknown, count, elements

Formula = Callable[[Call], int]

# What remains of a normalisation by moving statistics is a scale and an offset; the others first find the
# mean and the variance (four), then subtract, divide, scale and shift.
_SCALE_AND_OFFSET = 2
_NORMALIZE = 8
# Subtract the maximum, exponentiate, sum, divide.
_SOFTMAX = 4


def nothing(call: Call) -> int:
    """Of what moves numbers, or does nothing outside of training."""
    return 0


def each(call: Call) -> int:
    """Of a function of every number by itself."""
    return elements(call.result)


def merge(call: Call) -> int:
    """Of what combines several tensors, number by number."""
    tensors = sum(len(shapes) for shapes in call.reads.values())
    return max(tensors - 1, 1) * elements(call.result)


def pooling(call: Call) -> int:
    """Of pooling: each number of each window once."""
    sizes = call.arguments.get("pool_size", 2)
    rank = len(call.result) - 2
    window = math.prod(sizes) if isinstance(sizes, list) else int(sizes) ** rank
    return elements(call.result) * window


def global_pooling(call: Call) -> int:
    """Of pooling over all there is."""
    return elements(call.first)


def scale_and_offset(call: Call) -> int:
    """Of a normalisation by statistics that it keeps."""
    return _SCALE_AND_OFFSET * elements(call.result)


def normalization(call: Call) -> int:
    """Of a normalisation by statistics of what it reads."""
    return _NORMALIZE * elements(call.result)


def softmax(call: Call) -> int:
    """Of a softmax."""
    return _SOFTMAX * elements(call.result)


def dense(call: Call) -> int:
    """Of a dense layer."""
    kernel = call.variable("kernel")
    return 2 * count(call.first[1:-1]) * math.prod(kernel) + _bias(call) + _activation(call)


def einsum_dense(call: Call) -> int:
    """Of a dense layer over any axes: every index of its equation once, those it sums over too."""
    kernel = call.variable("kernel")
    equation = str(call.arguments.get("equation", "")).replace(" ", "")
    rest = equation.partition(",")[2]
    weight, arrow, result = rest.partition("->")
    if not arrow or len(weight) != len(kernel):
        raise Unknown("its equation is not understood")
    summed = [size for letter, size in zip(weight, kernel, strict=True) if letter not in result]
    return 2 * elements(call.result) * math.prod(summed) + _bias(call) + _activation(call)


def convolution(call: Call) -> int:
    """Of a convolution, depthwise, separable, grouped or plain."""
    kernels = [shape for name, shape in call.variables.items() if name.endswith("kernel")]
    if not kernels:
        raise Unknown("it has no kernel")
    positions = count(_positions(call.result, call))
    return 2 * positions * sum(map(math.prod, kernels)) + _bias(call) + _activation(call)


def transposed_convolution(call: Call) -> int:
    """Of a transposed convolution."""
    positions = count(_positions(call.first, call))
    return 2 * positions * math.prod(call.variable("kernel")) + _bias(call) + _activation(call)


def recurrent(call: Call) -> int:
    """Of recurrent layers, both ways and stacked cells too: all kernels once for each step."""
    steps = count(call.first[1:2])
    kernels = call.numbers("kernel") + call.numbers("recurrent_kernel")
    if not kernels:
        raise Unknown("its cells have no kernels")
    return 2 * steps * kernels


def recurrent_convolution(call: Call) -> int:
    """Of recurrent convolutions."""
    frame = (None, *call.result[-3:]) if len(call.result) > 3 else call.result
    steps = count(call.first[1:2])
    kernels = call.numbers("kernel") + call.numbers("recurrent_kernel")
    return 2 * steps * count(_positions(frame, call)) * kernels


def multi_head_attention(call: Call) -> int:
    """Of attention with projections: those, the products of queries and keys, and of weights and values."""
    query, value = _sequence(call, "query"), _sequence(call, "value")
    key = _sequence(call, "key") if call.reads.get("key") else value
    projected = {
        "query": query, "key": key, "value": value, "attention_output": query, "output": query
    }  # fmt: skip
    total = heads = width = key_width = 0
    for name, shape in call.variables.items():
        owner, _, last = name.rpartition("/")
        stem = owner.removesuffix("_dense")
        if last != "kernel" or stem not in projected:
            continue
        total += 2 * projected[stem] * math.prod(shape)
        if stem == "query" and len(shape) == 3:
            heads, key_width = shape[1], shape[2]
        elif stem == "value" and len(shape) == 3:
            width = shape[2]
    if not heads:
        raise Unknown("it attends over more than one axis")
    return total + heads * query * value * (2 * key_width + 2 * width + _SOFTMAX)


def attention(call: Call) -> int:
    """Of attention without projections, by products."""
    shapes = [shape for found in call.reads.values() for shape in found]
    if len(shapes) < 2 or any(len(shape) != 3 for shape in shapes):
        raise Unknown("its tensors are not sequences")
    query, value = shapes[0], shapes[1]
    scores = count(query[1:2]) * count(value[1:2])
    return scores * (2 * count(query[2:]) + 2 * count(value[2:]) + _SOFTMAX)


def matmul(call: Call) -> int:
    """Of a product of matrices: what is summed over is the last axis of the first."""
    return 2 * elements(call.result) * count(call.first[-1:])


def einsum(call: Call) -> int:
    """Of an Einstein summation: every index once, and a multiplication for each tensor but the first."""
    subscripts = str(call.arguments.get("subscripts", "")).replace(" ", "").partition("->")[0].split(",")
    shapes = [shape for found in call.reads.values() for shape in found]
    if len(subscripts) != len(shapes) or any(map(_is_unlike, subscripts, shapes)):
        raise Unknown("its subscripts are not understood")
    sizes: dict[str, int | None] = {}
    for letters, shape in zip(subscripts, shapes, strict=True):
        for axis, (letter, size) in enumerate(zip(letters, shape, strict=True)):
            sizes[letter] = 1 if axis == 0 and size is None else sizes.get(letter) or size
    return 2 * max(len(shapes) - 1, 1) * count(sizes.values())


def _is_unlike(letters: str, shape: Shape) -> bool:
    return len(letters) != len(shape) or not letters.isalpha()


def _positions(shape: Shape, call: Call) -> Shape:
    if call.arguments.get("data_format") == "channels_first":
        return shape[2:]
    return shape[1:-1]


def _bias(call: Call) -> int:
    return elements(call.result) if "bias" in call.variables else 0


def _activation(call: Call) -> int:
    activation = call.arguments.get("activation")
    if activation in (None, "linear"):
        return 0
    return elements(call.result) * (_SOFTMAX if activation == "softmax" else 1)


def _sequence(call: Call, name: str) -> int:
    shapes = call.reads.get(name) or (call.first,)
    return count(shapes[0][1:-1])


def _each_of(formula: Formula, *names: str) -> dict[str, Formula]:
    return dict.fromkeys(names, formula)


def _ranks(formula: Formula, *names: str) -> dict[str, Formula]:
    return {f"{name}{rank}D": formula for name in names for rank in (1, 2, 3)}


LAYERS: Mapping[str, Formula] = {
    **_each_of(
        nothing,
        "InputLayer", "Identity", "Dropout", "GaussianDropout", "GaussianNoise", "AlphaDropout",
        "ActivityRegularization", "Flatten", "Reshape", "Permute", "RepeatVector", "Concatenate", "Embedding",
        "Masking",
    ),
    **_ranks(nothing, "SpatialDropout", "ZeroPadding", "Cropping", "UpSampling"),
    **_each_of(each, "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Rescaling"),
    "Softmax": softmax,
    **_each_of(merge, "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"),
    **_ranks(pooling, "MaxPooling", "AveragePooling"),
    **_ranks(global_pooling, "GlobalMaxPooling", "GlobalAveragePooling"),
    **_each_of(scale_and_offset, "BatchNormalization", "Normalization"),
    **_each_of(
        normalization, "LayerNormalization", "GroupNormalization", "RMSNormalization", "UnitNormalization"
    ),
    "Dense": dense,
    "EinsumDense": einsum_dense,
    **_ranks(convolution, "Conv"),
    **{f"{kind}{rank}D": convolution for kind in ("DepthwiseConv", "SeparableConv") for rank in (1, 2)},
    **{f"Conv{rank}DTranspose": transposed_convolution for rank in (1, 2, 3)},
    **_each_of(recurrent, "LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional"),
    **_ranks(recurrent_convolution, "ConvLSTM"),
    **_each_of(multi_head_attention, "MultiHeadAttention", "GroupQueryAttention"),
    "Attention": attention,
}  # fmt: skip
"""By the short name of a class of `keras.layers`."""

OPERATIONS: Mapping[str, Formula] = {
    **_each_of(
        nothing,
        "reshape", "transpose", "expand_dims", "squeeze", "concatenate", "stack", "split", "get_item", "cast",
        "broadcast_to", "repeat", "tile", "swapaxes", "moveaxis", "pad", "identity", "copy", "stop_gradient",
        "shape", "flip", "roll", "take", "unstack", "ravel",
    ),
    **_each_of(
        each,
        "abs", "absolute", "negative", "exp", "log", "sqrt", "rsqrt", "square", "sin", "cos", "tanh",
        "sigmoid", "relu", "relu6", "elu", "selu", "gelu", "silu", "softplus", "softsign",
        "leaky_relu", "hard_sigmoid", "hard_silu", "log_sigmoid", "clip", "sign",
        "floor", "ceil", "round", "logical_not", "reciprocal", "log1p", "expm1",
    ),
    **_each_of(
        merge,
        "add", "subtract", "multiply", "divide", "true_divide", "maximum", "minimum", "power", "equal",
        "not_equal", "greater", "greater_equal", "less", "less_equal", "logical_and", "logical_or", "where",
    ),
    **_each_of(global_pooling, "sum", "mean", "max", "min", "prod", "amax", "amin"),
    **_each_of(softmax, "softmax", "log_softmax"),
    "matmul": matmul,
    "einsum": einsum,
}  # fmt: skip
"""By the name of an operation below `keras.ops`."""
