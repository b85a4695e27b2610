"""Functions of TensorFlow whose arguments mean something else in Keras, each with what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeGuard

from modelspec.frozen import dataclass
from modelspec.past.nodes import Reference, references

Json = Any


@dataclass(frozen=True, slots=True)
class Step:
    """An operation or layer of Keras.

    Args:
        operation: module below `keras.src.ops` and class, or a class of layers.
        config: its arguments.
        args: what it is called with; `PREVIOUS` is what the step before gives.
    """

    operation: str
    config: Mapping[str, Json]
    args: tuple[Json, ...]


PREVIOUS = Reference("", -1, 0)
"""What the step before gives."""

Given = Mapping[str, Json]
"""The arguments of a call by name, without those that are null; `first` is the first."""
_Build = Callable[[Given], tuple[Step, ...] | None]


def _matmul(given: Given) -> tuple[Step, ...] | None:
    turned = [bool(given.get(f"transpose_{name}") or given.get(f"adjoint_{name}")) for name in "ab"]
    if given.get("a_is_sparse") or given.get("b_is_sparse") or "b" not in given:
        return None
    if not any(turned):
        return (Step("numpy.Matmul", {}, (given["first"], given["b"])),)
    left, right = ("...ji" if turned[0] else "...ij"), ("...kj" if turned[1] else "...jk")
    return (Step("numpy.Einsum", {"subscripts": f"{left},{right}->...ik"}, (given["first"], given["b"])),)


def _split(given: Given) -> tuple[Step, ...] | None:
    sizes = given.get("num_or_size_splits")
    if isinstance(sizes, list):
        if not all(type(size) is int and size > 0 for size in sizes):
            return None
        total, ends = 0, []
        for size in sizes[:-1]:
            total += size
            ends.append(total)
        sizes = ends
    elif type(sizes) is not int:
        return None
    config = {"indices_or_sections": sizes, "axis": given.get("axis", 0)}
    return (Step("numpy.Split", config, (given["first"],)),)


def _pad(given: Given) -> tuple[Step, ...] | None:
    widths = given.get("paddings")
    if not isinstance(widths, list) or any(references(widths)):
        return None
    mode = str(given.get("mode", "CONSTANT")).lower()
    value = given.get("constant_values", 0)
    args = (given["first"],) if mode != "constant" or value == 0 else (given["first"], value)
    return (Step("numpy.Pad", {"pad_width": widths, "mode": mode}, args),)


def _gather(given: Given) -> tuple[Step, ...] | None:
    if given.get("batch_dims") not in (None, 0) or "indices" not in given:
        return None
    return (Step("numpy.Take", {"axis": given.get("axis", 0)}, (given["first"], given["indices"])),)


def _embedding_lookup(given: Given) -> tuple[Step, ...] | None:
    if given.get("max_norm") is not None or "ids" not in given:
        return None
    return (Step("numpy.Take", {"axis": 0}, (given["first"], given["ids"])),)


def _slice(given: Given) -> tuple[Step, ...] | None:
    begins, sizes = given.get("begin"), given.get("size")
    if not _are_integers(begins) or not _are_integers(sizes) or len(begins) != len(sizes):
        return None
    key = [
        _slice_of(begin or None, None if size == -1 else begin + size, None)
        for begin, size in zip(begins, sizes, strict=True)
    ]
    return (Step("numpy.GetItem", {}, (given["first"], key)),)


def _strided_slice(given: Given) -> tuple[Step, ...] | None:
    begins, ends = given.get("begin"), given.get("end")
    steps = given.get("strides") or [1] * len(begins or ())
    if not _are_integers(begins) or not _are_integers(ends) or not _are_integers(steps):
        return None
    if not len(begins) == len(ends) == len(steps):
        return None
    masks = {
        name: given.get(f"{name}_mask", 0) for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    if not all(type(mask) is int for mask in masks.values()):
        return None
    key: list[Json] = []
    for axis, (begin, end, step) in enumerate(zip(begins, ends, steps, strict=True)):
        bit = 1 << axis
        if masks["ellipsis"] & bit:
            key.append({"class_name": "__ellipsis__", "config": {}})
        elif masks["new_axis"] & bit:
            key.append(None)
        elif masks["shrink_axis"] & bit:
            key.append(begin)
        else:
            start = None if masks["begin"] & bit else begin
            stop = None if masks["end"] & bit else end
            key.append(_slice_of(start, stop, None if step == 1 else step))
    return (Step("numpy.GetItem", {}, (given["first"], key)),)


def _get_item(given: Given) -> tuple[Step, ...] | None:
    spec = given.get("slice_spec")
    parts = [_slice_part(part) for part in (spec if isinstance(spec, list) else [spec])]
    if any(part is _NO_PART for part in parts):
        return None
    key = parts if isinstance(spec, list) else parts[0]
    return (Step("numpy.GetItem", {}, (given["first"], key)),)


_NO_PART = object()


def _slice_part(part: Json) -> Json:
    match part:
        case None:
            return None
        case bool():
            return _NO_PART
        case int():
            return part
        case "...":
            return {"class_name": "__ellipsis__", "config": {}}
        case {"class_name": "__ellipsis__"}:
            return {"class_name": "__ellipsis__", "config": {}}
        case {"start": start, "stop": stop, "step": step} if all(
            bound is None or type(bound) is int for bound in (start, stop, step)
        ):
            return _slice_of(start, stop, step)
        case _:
            return _NO_PART


def _slice_of(start: int | None, stop: int | None, step: int | None) -> dict[str, Json]:
    return {"class_name": "__slice__", "config": {"start": start, "stop": stop, "step": step}}


def _l2_normalize(given: Given) -> tuple[Step, ...] | None:
    axis = given.get("axis", given.get("dim"))
    if isinstance(axis, list) and len(axis) == 1:
        axis = axis[0]
    epsilon = given.get("epsilon", 1e-12)
    if type(axis) is not int or not isinstance(epsilon, int | float) or epsilon < 0:
        return None
    # Keras bounds the norm, TensorFlow the square of it.
    config = {"axis": axis, "order": 2, "epsilon": epsilon**0.5}
    return (Step("nn.Normalize", config, (given["first"],)),)


def _squared_difference(given: Given) -> tuple[Step, ...] | None:
    if "y" not in given:
        return None
    return (
        Step("numpy.Subtract", {}, (given["first"], given["y"])),
        Step("numpy.Square", {}, (PREVIOUS,)),
    )


def _add_n(given: Given) -> tuple[Step, ...] | None:
    return (Step("keras.layers.Add", {}, (given["first"],)),) if isinstance(given["first"], list) else None


_METHODS = frozenset({"bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"})


def _resize(given: Given) -> tuple[Step, ...] | None:
    method, size = given.get("method", "bilinear"), given.get("size")
    if method not in _METHODS or given.get("preserve_aspect_ratio") or not _are_integers(size):
        return None
    config = {
        "size": size,
        "interpolation": method,
        "antialias": bool(given.get("antialias")),
        "data_format": "channels_last",
    }
    return (Step("image.Resize", config, (given["first"],)),)


def _resize_bilinear(given: Given) -> tuple[Step, ...] | None:
    if given.get("half_pixel_centers") is not True or given.get("align_corners"):
        return None
    return _resize({"first": given["first"], "size": given.get("size"), "method": "bilinear"})


def _resize_nearest(given: Given) -> tuple[Step, ...] | None:
    if given.get("half_pixel_centers") is not True or given.get("align_corners"):
        return None
    return _resize({"first": given["first"], "size": given.get("size"), "method": "nearest"})


def _pooled(operation: str) -> _Build:
    def build(given: Given) -> tuple[Step, ...] | None:
        size, strides = _spatial(given.get("ksize")), _spatial(given.get("strides"))
        padding = given.get("padding")
        if size is None or strides is None or padding not in ("SAME", "VALID") or not _is_nhwc(given):
            return None
        config = {
            "pool_size": size,
            "strides": strides,
            "padding": padding.lower(),
            "data_format": "channels_last",
        }
        return (Step(operation, config, (given["first"],)),)

    return build


def _convolved(operation: str) -> _Build:
    def build(given: Given) -> tuple[Step, ...] | None:
        kernel = given.get("filters", given.get("filter"))
        strides, dilation = _spatial(given.get("strides")), _spatial(given.get("dilations", 1))
        padding = given.get("padding")
        if kernel is None or strides is None or dilation is None or padding not in ("SAME", "VALID"):
            return None
        if not _is_nhwc(given):
            return None
        config = {
            "strides": strides,
            "padding": padding.lower(),
            "data_format": "channels_last",
            "dilation_rate": dilation,
        }
        return (Step(operation, config, (given["first"], kernel)),)

    return build


def _spatial(value: Json) -> Json:
    """A number for each dimension of an image; `None` where the others have a say too."""
    if type(value) is int:
        return value
    if not _are_integers(value):
        return None
    if len(value) == 4 and value[0] == value[3] == 1:
        return value[1:3]
    return value if len(value) == 2 else None


def _is_nhwc(given: Given) -> bool:
    return given.get("data_format") in (None, "NHWC")


def _are_integers(value: Json) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(item) is int for item in value)


FUNCTIONS: Mapping[str, _Build] = MappingProxyType(
    {
        "__operators__.getitem": _get_item,
        "add_n": _add_n,
        "avg_pool": _pooled("nn.AveragePool"),
        "avg_pool2d": _pooled("nn.AveragePool"),
        "conv2d": _convolved("nn.Conv"),
        "depthwise_conv2d": _convolved("nn.DepthwiseConv"),
        "embedding_lookup": _embedding_lookup,
        "gather": _gather,
        "image.resize": _resize,
        "image.resize_bilinear": _resize_bilinear,
        "image.resize_nearest_neighbor": _resize_nearest,
        "l2_normalize": _l2_normalize,
        "matmul": _matmul,
        "max_pool": _pooled("nn.MaxPool"),
        "max_pool2d": _pooled("nn.MaxPool"),
        "pad": _pad,
        "slice": _slice,
        "split": _split,
        "squared_difference": _squared_difference,
        "strided_slice": _strided_slice,
    }
)
"""By the function's name, with modules where another of that name means something else."""
