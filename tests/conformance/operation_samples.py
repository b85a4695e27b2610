"""For every operation of `keras.ops`: the tensors and arguments of one call, or why a graph cannot hold it.

The tests fail for an operation that these tables do not know, so that a new release of Keras shows up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

INPUTS: Mapping[str, Any] = MappingProxyType(
    {
        "x": [4],
        "y": [4],
        "flag": {"shape": [4], "dtype": "bool"},
        "whole": {"shape": [4], "dtype": "int32"},
        "other_whole": {"shape": [4], "dtype": "int32"},
        "matrix": [4, 4],
        "right": [4, 4],
        "bands": [8, 3],
        "line": {"batch_shape": [6]},
        "other_line": {"batch_shape": [3]},
        "whole_line": {"batch_shape": [6], "dtype": "int32"},
        "table": {"batch_shape": [4, 6]},
        "image": [8, 8, 4],
        "kernel": {"batch_shape": [3, 3, 4, 2]},
        "kernel_transposed": {"batch_shape": [3, 3, 2, 4]},
        "depthwise": {"batch_shape": [3, 3, 4, 1]},
        "pointwise": {"batch_shape": [1, 1, 4, 2]},
        "picture": {"batch_shape": [2, 8, 8, 3]},
        "other_picture": {"batch_shape": [2, 16, 16, 3]},
        "third_picture": {"batch_shape": [2, 16, 16, 3]},
        "volume": [6, 6, 6, 2],
        "columns": {"batch_shape": [2, 4, 9]},
        "channels_in_front": {"batch_shape": [2, 4, 6, 6]},
        "moves": {"batch_shape": [2, 8]},
        "corners": {"batch_shape": [2, 4, 2]},
        "other_corners": {"batch_shape": [2, 4, 2]},
        "places": {"batch_shape": [2, 5]},
        "plane": {"batch_shape": [8, 8]},
        "other_plane": {"batch_shape": [8, 8]},
        "scales": {"batch_shape": [2]},
        "shifts": {"batch_shape": [2]},
        "query": [5, 2, 4],
        "key": [5, 2, 4],
        "value": [5, 2, 4],
        "sound": [64],
        "wave": [9, 5],
        "other_wave": [9, 5],
        "real_part": [8, 8],
        "imaginary": [8, 8],
        "logits": [6, 5],
        "tokens": {"shape": [3], "dtype": "int32"},
        "logit_length": {"shape": [], "dtype": "int32"},
        "token_length": {"shape": [], "dtype": "int32"},
        "class": {"shape": [], "dtype": "int32"},
        "scatter_places": {"batch_shape": [3, 1], "dtype": "int32"},
        "start": {"batch_shape": [1], "dtype": "int32"},
        "segments": {"batch_shape": [6], "dtype": "int32"},
        "complex_pair": [4, 2],
        "triple": [3],
        "other_triple": [3],
        "other_six": {"batch_shape": [6]},
        "unfolded": {"batch_shape": [2, 36, 4]},
    }
)


@dataclass(frozen=True)
class Called:
    """One call of an operation.

    Args:
        feed: what it reads, as `from` is written.
        arguments: those that are no tensors.
        backends: where Keras can call it; everywhere by default.
    """

    feed: Any
    arguments: Mapping[str, Any] = field(default_factory=dict)
    backends: tuple[str, ...] = ("jax", "torch", "tensorflow")


def _each(feed: Any, arguments: Mapping[str, Any], names: str) -> dict[str, Called]:
    return {name: Called(feed, arguments) for name in names.split()}


_UNARY = """
abs absolute all amax amin angle any arccos arccosh arcsin arcsinh arctan arctanh argmax argmin argsort array
cbrt ceil celu conj conjugate copy cos cosh count_nonzero cumprod cumsum deg2rad diff elu empty_like erf erfc
erfinv exp exp2 expm1 fabs flip floor gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh i0 imag isfinite
isinf isnan isneginf isposinf isreal leaky_relu log log10 log1p log2 log_sigmoid log_softmax logsumexp max
mean median min nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin nanprod
nanstd nansum nanvar negative norm normalize ones_like prod ptp rad2deg ravel real reciprocal relu relu6
rms_normalization layer_normalization round rsqrt selu sigmoid sign signbit silu sin sinc sinh soft_shrink
softmax softplus softsign sort sparse_plus sparse_sigmoid sparsemax sqrt square squareplus std stop_gradient
sum tan tanh tanh_shrink trapezoid trunc var zeros_like convert_to_tensor average transpose squeeze view
"""
_BINARY = """
add append arctan2 divide divide_no_nan equal floor_divide fmax fmin fmod greater greater_equal heaviside
hypot isclose allclose less less_equal logaddexp logaddexp2 maximum minimum mod multiply nextafter not_equal
power subtract true_divide binary_crossentropy categorical_crossentropy polar
"""
_IMAGES = "image.gaussian_blur image.elastic_transform image.sobel_edges"
_COLOURS = "image.hsv_to_rgb image.rgb_to_hsv image.rgb_to_grayscale"
_FUNCTION = "takes a function, which Keras writes as code or not at all"
_NO_TENSOR = "gives no tensor of the graph"
_TUPLE = "Keras adds its argument to a tuple, which an archive gives back as a list"
_NO_INPUT = "reads no tensor, so that nothing of it is in the graph"

SAMPLES: Mapping[str, Called] = MappingProxyType(
    {
        **_each("x", {}, _UNARY),
        **_each(["x", "y"], {}, _BINARY),
        **_each(["x", "y"], {}, "concatenate stack hstack vstack dstack"),
        **_each(
            "matrix", {}, "cholesky cholesky_inverse det eig eigh inv logdet lu_factor matrix_rank pinv qr"
        ),
        **_each(["x", "y"], {"num": 3}, "geomspace linspace logspace"),
        "nonzero": Called("x"),
        **_each("matrix", {}, "slogdet svd diagonal fliplr flipud rot90 trace tril triu"),
        **_each(["matrix", "right"], {}, "matmul solve solve_triangular cdist"),
        **_each(["flag", "flag"], {}, "logical_and logical_or logical_xor"),
        **_each("flag", {}, "logical_not"),
        **_each("whole", {}, "bitwise_invert bitwise_not"),
        **_each(["whole", "other_whole"], {}, "bitwise_and bitwise_or bitwise_xor bitwise_left_shift"),
        **_each(["whole", "other_whole"], {}, "bitwise_right_shift left_shift right_shift gcd lcm"),
        **_each("picture", {}, _IMAGES),
        **_each("picture", {}, _COLOURS),
        **_each("image", {"pool_size": 2}, "average_pool max_pool"),
        **_each("image", {"block_size": 2}, "depth_to_space space_to_depth"),
        **_each("x", {"indices_or_sections": 2, "axis": 1}, "array_split split"),
        **_each("x", {"q": 0.5}, "quantile nanquantile"),
        **_each("x", {"q": 50.0}, "percentile nanpercentile"),
        **_each(
            ["line", "segments"], {"num_segments": 3}, "segment_max segment_min segment_prod segment_sum"
        ),
        **_each(["real_part", "imaginary"], {}, "fft fft2 ifft2 irfft"),
        "argpartition": Called("x", {"kth": 2}),
        "batch_normalization": Called(["x", {"value": [0.0] * 4}, {"value": [1.0] * 4}], {"axis": -1}),
        "bincount": Called("whole_line", {"minlength": 4}),
        "broadcast_to": Called("line", {"shape": [3, 6]}),
        "cast": Called("x", {"dtype": "int32"}),
        "clip": Called("x", {"x_min": 0.0, "x_max": 1.0}),
        "conv": Called(["image", "kernel"]),
        "conv_transpose": Called(["image", "kernel_transposed"]),
        "corrcoef": Called("table"),
        "correlate": Called(["line", "other_line"]),
        "cross": Called(["triple", "other_triple"]),
        "ctc_decode": Called(["logits", "logit_length"]),
        "ctc_loss": Called(["tokens", "logits", "token_length", "logit_length"]),
        "depthwise_conv": Called(["image", "depthwise"]),
        "diag": Called("line"),
        "diagflat": Called("line"),
        "digitize": Called(["x", {"value": [0.0, 1.0, 2.0]}]),
        "dot": Called(["table", "line"]),
        "dot_product_attention": Called(["query", "key", "value"]),
        "dsplit": Called("image", {"indices_or_sections": 2}),
        "einsum": Called(["matrix", "right"], {"subscripts": "bij,bjk->bik"}),
        "expand_dims": Called("x", {"axis": 1}),
        "extract_sequences": Called("sound", {"sequence_length": 16, "sequence_stride": 8}),
        "fold": Called("unfolded", {"output_size": [4, 4], "kernel_size": 3}),
        "full_like": Called("x", {"fill_value": 2.0}),
        "get_item": Called("x", {"key": 0}),
        "histogram": Called("line"),
        "hsplit": Called("matrix", {"indices_or_sections": 2}),
        "image.affine_transform": Called(["picture", "moves"]),
        "image.crop_images": Called(
            "picture", {"top_cropping": 1, "left_cropping": 1, "target_height": 4, "target_width": 4}
        ),
        "image.extract_patches": Called("picture", {"size": 2}),
        "image.extract_patches_3d": Called("volume", {"size": 2}),
        "image.map_coordinates": Called(["plane", "places"], {"order": 1}),
        "image.pad_images": Called(
            "picture", {"top_padding": 1, "left_padding": 1, "target_height": 12, "target_width": 12}
        ),
        "image.perspective_transform": Called(["picture", "corners", "other_corners"]),
        "image.resize": Called("picture", {"size": [4, 4]}),
        "image.scale_and_translate": Called(
            ["picture", "scales", "shifts"],
            {"output_shape": [2, 4, 4, 3], "spatial_dims": [1, 2], "method": "linear"},
        ),
        "image.ssim": Called(["other_picture", "third_picture"]),
        "in_top_k": Called(["class", "x"], {"k": 2}),
        "inner": Called(["line", "other_six"]),
        "isin": Called(["x", "y"]),
        "istft": Called(
            ["wave", "other_wave"], {"sequence_length": 8, "sequence_stride": 4, "fft_length": 8}
        ),
        "kron": Called(["table", "table"]),
        "ldexp": Called(["x", "whole"]),
        "lstsq": Called(["plane", "other_plane"]),
        "meshgrid": Called(["line", "other_line"]),
        "moments": Called("x", {"axes": [1]}),
        "moveaxis": Called("matrix", {"source": 1, "destination": 2}),
        "multi_hot": Called("whole", {"num_classes": 5}),
        "ndim": Called("x"),
        "one_hot": Called("whole", {"num_classes": 5}),
        "outer": Called(["line", "other_line"]),
        "pad": Called("x", {"pad_width": [[0, 0], [1, 2]]}),
        "psnr": Called(["other_picture", "third_picture"], {"max_val": 1.0}),
        "rearrange": Called("plane", {"pattern": "h w -> w h"}),
        "repeat": Called("x", {"repeats": 2, "axis": 1}),
        "reshape": Called("x", {"newshape": [-1, 2, 2]}),
        "rfft": Called("sound"),
        "roll": Called("x", {"shift": 1}),
        "saturate_cast": Called("x", {"dtype": "int32"}),
        "scatter": Called(["scatter_places", "other_line"], {"shape": [6]}),
        "scatter_update": Called(["line", "scatter_places", "other_line"]),
        "searchsorted": Called(["line", "other_line"]),
        "select": Called({"condlist": ["flag"], "choicelist": ["x"]}),
        "separable_conv": Called(["image", "depthwise", "pointwise"]),
        "size": Called("line"),
        "slice": Called("table", {"start_indices": [1, 2], "shape": [2, 3]}),
        "slice_update": Called(["line", "start", "other_line"]),
        "sparse_categorical_crossentropy": Called(["class", "x"]),
        "stft": Called("sound", {"sequence_length": 16, "sequence_stride": 8, "fft_length": 16}),
        "swapaxes": Called("matrix", {"axis1": 1, "axis2": 2}),
        "take": Called(["x", "whole_line"], {"axis": 1}),
        "take_along_axis": Called(["x", "whole"], {"axis": 1}),
        "tensordot": Called(["table", "line"], {"axes": 1}),
        "threshold": Called("x", {"threshold": 0.5, "default_value": 0.0}),
        "tile": Called("x", {"repeats": [1, 2]}),
        "top_k": Called("x", {"k": 2}),
        "unfold": Called("channels_in_front", {"kernel_size": 3}),
        "unique": Called("line", {"size": 6}),
        "unravel_index": Called("whole", {"shape": [2, 2]}),
        "unstack": Called("x", {"axis": 1}),
        "vander": Called("line"),
        "vdot": Called(["line", "other_six"]),
        "view_as_complex": Called("complex_pair"),
        "view_as_real": Called("x"),
        "vsplit": Called("table", {"indices_or_sections": 2}),
        "where": Called(["flag", "x", "y"]),
    }
)

# Operations that a graph cannot hold: how they are tried, and why.
REFUSED: Mapping[str, tuple[Called, str]] = MappingProxyType(
    {
        "custom_gradient": (Called("x", {"f": "relu"}), _FUNCTION),
        "adaptive_average_pool": (Called("image", {"output_size": [2, 2]}), _TUPLE),
        "adaptive_max_pool": (Called("image", {"output_size": [2, 2]}), _TUPLE),
        "associative_scan": (Called("x", {"f": "add"}), _FUNCTION),
        "cond": (Called("flag", {"true_fn": "relu", "false_fn": "relu"}), _FUNCTION),
        "fori_loop": (Called("x", {"lower": 0, "upper": 2, "body_fun": "relu"}), _FUNCTION),
        "jvp": (Called(["x", "y"], {"fun": "relu"}), _FUNCTION),
        "map": (Called("x", {"f": "relu"}), _FUNCTION),
        "scan": (Called("x", {"f": "relu"}), _FUNCTION),
        "switch": (Called("x", {"index": 0, "branches": ["relu"]}), _FUNCTION),
        "vectorize": (Called("x", {"pyfunc": "relu"}), _FUNCTION),
        "vectorized_map": (Called("x", {"function": "relu"}), _FUNCTION),
        "while_loop": (Called("x", {"cond": "relu", "body": "relu"}), _FUNCTION),
        **{name: (Called("x"), _NO_TENSOR) for name in ("convert_to_numpy", "dtype", "is_tensor", "shape")},
        **{name: (Called("line"), _NO_INPUT) for name in ("bartlett", "blackman", "hamming", "hanning")},
        "kaiser": (Called("line", {"beta": 1.0}), _NO_INPUT),
        "arange": (Called("line"), _NO_INPUT),
        "empty": (Called("x", {"shape": [2]}), _NO_INPUT),
        "eye": (Called("x", {"N": 2}), _NO_INPUT),
        "full": (Called("x", {"shape": [2], "fill_value": 1.0}), _NO_INPUT),
        "identity": (Called("x", {"n": 2}), _NO_INPUT),
        "ones": (Called("x", {"shape": [2]}), _NO_INPUT),
        "tri": (Called("x", {"N": 2}), _NO_INPUT),
        "zeros": (Called("x", {"shape": [2]}), _NO_INPUT),
    }
)
