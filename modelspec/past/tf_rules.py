"""Functions of TensorFlow and the operations of Keras that compute the same: a table.

Source: the signatures of TensorFlow 2.3 to 2.15 and of `keras.src.ops` in Keras 3.15. What needs more than
other names is in `tf_functions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """An operation of Keras for a function of TensorFlow.

    Args:
        operation: module below `keras.src.ops` and class.
        tensors: the parameters of the function that the operation is called with, in its order; the first
            is the function's first.
        arguments: the function's other parameters by the names they have in Keras.
        filled: arguments that the function leaves at another value than the operation.
        idle: parameters and the values at which they say nothing; at others there is no counterpart.
    """

    operation: str
    tensors: tuple[str, ...]
    arguments: Mapping[str, str] = field(default_factory=dict)
    filled: Mapping[str, object] = field(default_factory=dict)
    idle: Mapping[str, object] = field(default_factory=dict)


_REDUCED = {"axis": "axis", "keepdims": "keepdims"}
_NHWC = {"data_format": "NHWC"}


def _of_one(operation: str, parameter: str = "x") -> Rule:
    return Rule(operation, (parameter,))


def _of_two(operation: str) -> Rule:
    return Rule(operation, ("x", "y"))


def _reduced(operation: str) -> Rule:
    return Rule(operation, ("input_tensor",), _REDUCED)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        **{
            name: _of_two(f"numpy.{operation}")
            for name, operation in {
                "add": "Add",
                "atan2": "Arctan2",
                "bitwise_and": "BitwiseAnd",
                "divide": "TrueDivide",
                "divide_no_nan": "DivideNoNan",
                "equal": "Equal",
                "floor_div": "FloorDivide",
                "floordiv": "FloorDivide",
                "floormod": "Mod",
                "greater": "Greater",
                "greater_equal": "GreaterEqual",
                "less": "Less",
                "less_equal": "LessEqual",
                "logical_and": "LogicalAnd",
                "logical_or": "LogicalOr",
                "logical_xor": "LogicalXor",
                "maximum": "Maximum",
                "minimum": "Minimum",
                "mod": "Mod",
                "multiply": "Multiply",
                "not_equal": "NotEqual",
                "pow": "Power",
                "realdiv": "TrueDivide",
                "sub": "Subtract",
                "subtract": "Subtract",
                "truediv": "TrueDivide",
                "mul": "Multiply",
            }.items()
        },
        **{
            name: _of_one(f"numpy.{operation}")
            for name, operation in {
                "abs": "Absolute",
                "acos": "Arccos",
                "asin": "Arcsin",
                "atan": "Arctan",
                "ceil": "Ceil",
                "cos": "Cos",
                "cosh": "Cosh",
                "exp": "Exp",
                "expm1": "Expm1",
                "floor": "Floor",
                "is_finite": "Isfinite",
                "is_inf": "Isinf",
                "is_nan": "Isnan",
                "log": "Log",
                "log1p": "Log1p",
                "logical_not": "LogicalNot",
                "neg": "Negative",
                "negative": "Negative",
                "reciprocal": "Reciprocal",
                "round": "Round",
                "sign": "Sign",
                "sin": "Sin",
                "sinh": "Sinh",
                "sqrt": "Sqrt",
                "square": "Square",
                "tan": "Tan",
                "tanh": "Tanh",
            }.items()
        },
        "erf": _of_one("math.Erf"),
        "rsqrt": _of_one("math.Rsqrt"),
        "sigmoid": _of_one("nn.Sigmoid"),
        **{
            name: _of_one(f"nn.{operation}", "features")
            for name, operation in {
                "relu": "Relu",
                "relu6": "Relu6",
                "elu": "Elu",
                "selu": "Selu",
                "softplus": "Softplus",
                "softsign": "Softsign",
            }.items()
        },
        "silu": Rule("nn.Silu", ("features",), idle={"beta": 1.0}),
        "swish": Rule("nn.Silu", ("features",), idle={"beta": 1.0}),
        "gelu": Rule("nn.Gelu", ("features",), {"approximate": "approximate"}, {"approximate": False}),
        "leaky_relu": Rule(
            "nn.LeakyRelu", ("features",), {"alpha": "negative_slope"}, {"negative_slope": 0.2}
        ),
        "softmax": Rule("nn.Softmax", ("logits",), {"axis": "axis"}, {"axis": -1}, {"dim": None}),
        "log_softmax": Rule("nn.LogSoftmax", ("logits",), {"axis": "axis"}, {"axis": -1}, {"dim": None}),
        **{
            f"reduce_{name}": _reduced(operation)
            for name, operation in {
                "all": "numpy.All",
                "any": "numpy.Any",
                "euclidean_norm": "linalg.Norm",
                "logsumexp": "math.Logsumexp",
                "max": "numpy.Max",
                "mean": "numpy.Mean",
                "min": "numpy.Min",
                "prod": "numpy.Prod",
                "std": "numpy.Std",
                "sum": "numpy.Sum",
                "variance": "numpy.Var",
            }.items()
        },
        "argmax": Rule("numpy.Argmax", ("input",), {"axis": "axis"}, {"axis": 0}, {"output_type": ...}),
        "argmin": Rule("numpy.Argmin", ("input",), {"axis": "axis"}, {"axis": 0}, {"output_type": ...}),
        "bias_add": Rule("numpy.Add", ("value", "bias"), idle=_NHWC),
        "broadcast_to": Rule("numpy.BroadcastTo", ("input",), {"shape": "shape"}),
        "cast": Rule("core.Cast", ("x",), {"dtype": "dtype"}),
        "clip_by_value": Rule("numpy.Clip", ("t",), {"clip_value_min": "x_min", "clip_value_max": "x_max"}),
        "concat": Rule("numpy.Concatenate", ("values",), {"axis": "axis"}),
        "convert_to_tensor": Rule("numpy.Copy", ("value",), idle={"dtype": None, "dtype_hint": None}),
        "cumsum": Rule(
            "numpy.Cumsum", ("x",), {"axis": "axis"}, {"axis": 0}, {"exclusive": False, "reverse": False}
        ),
        "depth_to_space": Rule("nn.DepthToSpace", ("input",), {"block_size": "block_size"}, {}, _NHWC),
        "space_to_depth": Rule("nn.SpaceToDepth", ("input",), {"block_size": "block_size"}, {}, _NHWC),
        "expand_dims": Rule("numpy.ExpandDims", ("input",), {"axis": "axis"}, {}, {"dim": None}),
        "identity": Rule("numpy.Copy", ("input",)),
        "moments": Rule("nn.Moments", ("x",), {"axes": "axes", "keepdims": "keepdims"}, {}, {"shift": None}),
        "norm": Rule("linalg.Norm", ("tensor",), _REDUCED, {}, {"ord": "euclidean"}),
        "one_hot": Rule(
            "nn.OneHot",
            ("indices",),
            {"depth": "num_classes", "axis": "axis", "dtype": "dtype"},
            {"dtype": "float32"},
            {"on_value": None, "off_value": None},
        ),
        "ones_like": Rule("numpy.OnesLike", ("input",), {"dtype": "dtype"}, {}, {"optimize": True}),
        "zeros_like": Rule("numpy.ZerosLike", ("input",), {"dtype": "dtype"}, {}, {"optimize": True}),
        "repeat": Rule("numpy.Repeat", ("input",), {"repeats": "repeats", "axis": "axis"}),
        "reshape": Rule("numpy.Reshape", ("tensor",), {"shape": "newshape"}),
        "reverse": Rule("numpy.Flip", ("tensor",), {"axis": "axis"}),
        "rgb_to_grayscale": Rule("image.RGBToGrayscale", ("images",)),
        "roll": Rule("numpy.Roll", ("input",), {"shift": "shift", "axis": "axis"}),
        "sort": Rule("numpy.Sort", ("values",), {"axis": "axis"}, {}, {"direction": "ASCENDING"}),
        "squeeze": Rule("numpy.Squeeze", ("input",), {"axis": "axis"}, {}, {"squeeze_dims": None}),
        "stack": Rule("numpy.Stack", ("values",), {"axis": "axis"}),
        "stop_gradient": Rule("core.StopGradient", ("input",)),
        "tensordot": Rule("numpy.Tensordot", ("a", "b"), {"axes": "axes"}),
        "tile": Rule("numpy.Tile", ("input",), {"multiples": "repeats"}),
        "top_k": Rule("math.TopK", ("input",), {"k": "k", "sorted": "sorted"}, {"k": 1}, {"index_type": ...}),
        "transpose": Rule("numpy.Transpose", ("a",), {"perm": "axes"}, {}, {"conjugate": False}),
        "unstack": Rule("core.Unstack", ("value",), {"num": "num", "axis": "axis"}),
        "where": Rule("numpy.Where", ("condition", "x", "y")),
    }
)
"""By the function's name without the modules that it is below."""
