"""Operations as TensorFlow 2.0 to 2.3 wrote them: a node of its graph inside a layer, `TensorFlowOpLayer`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from modelspec.past.nodes import Node

Json = Any

_ELEMENTWISE = {
    "Add": "add", "AddV2": "add", "Sub": "subtract", "Mul": "multiply", "RealDiv": "truediv",
    "Div": "truediv", "DivNoNan": "divide_no_nan", "FloorDiv": "floordiv", "FloorMod": "floormod",
    "Pow": "pow", "Maximum": "maximum", "Minimum": "minimum", "Equal": "equal", "NotEqual": "not_equal",
    "Greater": "greater", "GreaterEqual": "greater_equal", "Less": "less", "LessEqual": "less_equal",
    "LogicalAnd": "logical_and", "LogicalOr": "logical_or", "SquaredDifference": "squared_difference",
}  # fmt: skip
_OF_ONE = {
    "Abs": "abs", "Ceil": "ceil", "Cos": "cos", "Erf": "erf", "Exp": "exp", "Expm1": "expm1",
    "Floor": "floor", "Identity": "identity", "IsNan": "is_nan", "Log": "log", "Log1p": "log1p",
    "LogicalNot": "logical_not", "Neg": "negative", "OnesLike": "ones_like",
    "Reciprocal": "reciprocal", "Relu": "relu", "Relu6": "relu6", "Elu": "elu", "Selu": "selu",
    "Round": "round", "Rsqrt": "rsqrt", "Shape": "shape", "Sigmoid": "sigmoid", "Sign": "sign",
    "Sin": "sin", "Softmax": "softmax", "LogSoftmax": "log_softmax", "Softplus": "softplus",
    "Softsign": "softsign", "Sqrt": "sqrt", "Square": "square", "StopGradient": "stop_gradient",
    "Tan": "tan", "Tanh": "tanh", "ZerosLike": "zeros_like",
}  # fmt: skip
_REDUCED = {
    "All": "reduce_all", "Any": "reduce_any", "Max": "reduce_max", "Mean": "reduce_mean", "Min": "reduce_min",
    "Prod": "reduce_prod", "Sum": "reduce_sum",
}  # fmt: skip

# The function, the names of the inputs after the first, and attributes by the function's names for them.
_RAW: Mapping[str, tuple[str, tuple[str, ...], Mapping[str, str]]] = MappingProxyType(
    {
        **{raw: (name, ("y",), {}) for raw, name in _ELEMENTWISE.items()},
        **{raw: (name, (), {}) for raw, name in _OF_ONE.items()},
        **{raw: (name, ("axis",), {"keep_dims": "keepdims"}) for raw, name in _REDUCED.items()},
        "ArgMax": ("argmax", ("axis",), {}),
        "ArgMin": ("argmin", ("axis",), {}),
        "AvgPool": (
            "avg_pool",
            (),
            {"ksize": "ksize", "strides": "strides", "padding": "padding", "data_format": "data_format"},
        ),
        "BatchMatMul": ("matmul", ("b",), {"adj_x": "adjoint_a", "adj_y": "adjoint_b"}),
        "BatchMatMulV2": ("matmul", ("b",), {"adj_x": "adjoint_a", "adj_y": "adjoint_b"}),
        "BiasAdd": ("bias_add", ("bias",), {"data_format": "data_format"}),
        "BroadcastTo": ("broadcast_to", ("shape",), {}),
        "Cast": ("cast", (), {"DstT": "dtype"}),
        "ClipByValue": ("clip_by_value", ("clip_value_min", "clip_value_max"), {}),
        "Cumsum": ("cumsum", ("axis",), {"exclusive": "exclusive", "reverse": "reverse"}),
        "DepthToSpace": ("depth_to_space", (), {"block_size": "block_size", "data_format": "data_format"}),
        "ExpandDims": ("expand_dims", ("axis",), {}),
        "GatherV2": ("gather", ("indices", "axis"), {"batch_dims": "batch_dims"}),
        "LeakyRelu": ("leaky_relu", (), {"alpha": "alpha"}),
        "MatMul": ("matmul", ("b",), {"transpose_a": "transpose_a", "transpose_b": "transpose_b"}),
        "MaxPool": (
            "max_pool",
            (),
            {"ksize": "ksize", "strides": "strides", "padding": "padding", "data_format": "data_format"},
        ),
        "MirrorPad": ("pad", ("paddings",), {"mode": "mode"}),
        "OneHot": ("one_hot", ("depth", "on", "off"), {"axis": "axis"}),
        "Pad": ("pad", ("paddings",), {}),
        "PadV2": ("pad", ("paddings", "constant_values"), {}),
        "Reshape": ("reshape", ("shape",), {}),
        "ResizeBilinear": (
            "image.resize_bilinear",
            ("size",),
            {"half_pixel_centers": "half_pixel_centers", "align_corners": "align_corners"},
        ),
        "ResizeNearestNeighbor": (
            "image.resize_nearest_neighbor",
            ("size",),
            {"half_pixel_centers": "half_pixel_centers", "align_corners": "align_corners"},
        ),
        "ReverseV2": ("reverse", ("axis",), {}),
        "Select": ("where", ("x", "y"), {}),
        "SelectV2": ("where", ("x", "y"), {}),
        "Slice": ("slice", ("begin", "size"), {}),
        "SpaceToDepth": ("space_to_depth", (), {"block_size": "block_size", "data_format": "data_format"}),
        "Squeeze": ("squeeze", (), {"squeeze_dims": "axis"}),
        "StridedSlice": (
            "strided_slice",
            ("begin", "end", "strides"),
            {
                f"{name}_mask": f"{name}_mask"
                for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
            },
        ),
        "Tile": ("tile", ("multiples",), {}),
        "Transpose": ("transpose", ("perm",), {}),
        "Unpack": ("unstack", (), {"axis": "axis", "num": "num"}),
    }
)
# Whose first argument is the list of the inputs, and whether the last of these is the axis.
_LISTS: Mapping[str, tuple[str, bool]] = MappingProxyType(
    {"AddN": ("add_n", False), "ConcatV2": ("concat", True), "Pack": ("stack", False)}
)
_DTYPES: Mapping[str, str] = MappingProxyType(
    {
        "DT_HALF": "float16", "DT_BFLOAT16": "bfloat16", "DT_FLOAT": "float32", "DT_DOUBLE": "float64",
        "DT_UINT8": "uint8", "DT_INT8": "int8", "DT_INT16": "int16", "DT_INT32": "int32", "DT_INT64": "int64",
        "DT_BOOL": "bool",
    }
)  # fmt: skip


def raw_call(config: Json, node: Node) -> tuple[str, dict[str, Json]] | None:
    """The function that such a layer calls, and its arguments by name; `None` where it is of no known form.

    Source: `TensorFlowOpLayer.get_config` of TensorFlow 2.3: the node as protobuf's JSON, and the inputs that
    are constants by their place.
    """
    found = _node_def(config)
    if found is None:
        return None
    operation, attributes = found
    inputs = _inputs(config.get("constants"), node)
    if inputs is None:
        return None
    if operation in _LISTS:
        function, with_axis = _LISTS[operation]
        given: dict[str, Json] = {"first": inputs[:-1] if with_axis else inputs}
        if with_axis:
            given["axis"] = inputs[-1]
        elif "axis" in attributes:
            given["axis"] = attributes["axis"]
        return function, given
    if operation == "Split" and len(inputs) == 2:
        return "split", {
            "first": inputs[1],
            "axis": inputs[0],
            "num_or_size_splits": attributes.get("num_split"),
        }
    if operation == "SplitV" and len(inputs) == 3:
        return "split", {"first": inputs[0], "num_or_size_splits": inputs[1], "axis": inputs[2]}
    row = _RAW.get(operation)
    if row is None or len(inputs) > 1 + len(row[1]):
        return None
    function, names, renamed = row
    given = {"first": inputs[0], **dict(zip(names, inputs[1:], strict=False))}
    given |= {new: attributes[old] for old, new in renamed.items() if old in attributes}
    if function == "one_hot" and (given.pop("on", 1), given.pop("off", 0)) != (1, 0):
        return None
    if function == "squeeze" and given.get("axis") == []:
        del given["axis"]
    return function, given


def raw_operation(config: Json) -> str:
    """The operation of TensorFlow that such a layer is; empty where it does not say."""
    found = _node_def(config)
    return found[0] if found is not None else ""


def _node_def(config: Json) -> tuple[str, dict[str, Json]] | None:
    node = config.get("node_def") if isinstance(config, dict) else None
    if isinstance(node, str):
        try:
            node = json.loads(node)
        except (ValueError, RecursionError):
            return None
    if not isinstance(node, dict) or not isinstance(node.get("op"), str):
        return None
    written = node.get("attr")
    attributes = {
        key: value
        for key, item in (written.items() if isinstance(written, dict) else ())
        if isinstance(item, dict) and (value := _attribute(item)) is not None
    }
    return node["op"], attributes


def _attribute(item: Mapping[str, Json]) -> Json:
    """The value of an attribute in protobuf's JSON, in which 64-bit numbers are texts and texts in base64."""
    match item:
        case {"i": str() | int() as number}:
            return int(number) if str(number).lstrip("-").isdigit() else None
        case {"b": bool(value)}:
            return value
        case {"f": int() | float() as value}:
            return value
        case {"type": str(name)}:
            return _DTYPES.get(name)
        case {"s": str(text)}:
            return _text(text)
        case {"list": {"i": list(numbers)}}:
            return [int(number) for number in numbers if str(number).lstrip("-").isdigit()]
        case {"list": {}}:
            return []
        case _:
            return None


def _text(encoded: str) -> str | None:
    import base64
    import binascii

    try:
        return base64.b64decode(encoded, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None


def _inputs(constants: Json, node: Node) -> list[Json] | None:
    tensors = list(node.first) if isinstance(node.first, list) else [node.first]
    fixed = constants if isinstance(constants, dict) else {}
    found: list[Json] = []
    for place in range(len(tensors) + len(fixed)):
        if str(place) in fixed:
            found.append(fixed[str(place)])
        elif tensors:
            found.append(tensors.pop(0))
        else:
            return None
    return found or None
