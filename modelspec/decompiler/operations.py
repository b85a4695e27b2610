"""Nodes of operations, as functions of `keras.ops` with arguments by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from modelspec.catalog.entry import OperationEntry
from modelspec.catalog.lookup import Catalog
from modelspec.decompiler.model import Call, Layer, Structure, tensors_in
from modelspec.frozen import dataclass

Json = Any

_OPS = "keras.src.ops."
# Which give several tensors, or a list of them, whatever they are called with.
_SEVERAL = frozenset(
    {
        "ArraySplit", "Divmod", "Eig", "Eigh", "FFT", "FFT2", "Frexp", "Histogram",
        "IFFT2", "LUFactor", "Meshgrid", "Modf", "Moments", "Nonzero", "Qr", "RFFT", "SVD", "STFT", "Slogdet",
        "Split", "TopK", "Unstack",
    }
)  # fmt: skip
# Arguments of a node's class that its function does not have, each with what the function leaves it at.
_OF_CLASS_ALONE: Mapping[str, Mapping[str, object]] = MappingProxyType({"LayerNorm": {"rms_scaling": False}})


@dataclass(frozen=True, slots=True)
class OpCall:
    """What an operation is called with.

    Args:
        function: below `keras.ops`.
        tensors: by parameter, those that hold a tensor; a variadic one keeps its star.
        arguments: the others.
    """

    function: str
    tensors: Mapping[str, Structure]
    arguments: Mapping[str, Json]


def is_operation(layer: Layer) -> bool:
    """Whether a node is an operation beside layers."""
    return str(layer.data.get("module")).startswith(_OPS)


def gives_several(layer: Layer) -> bool:
    """Whether an operation gives several tensors, however many of them are read."""
    return is_operation(layer) and layer.class_name in _SEVERAL


def operations_by_class(catalog: Catalog) -> dict[str, OperationEntry]:
    """Each operation by the class of the node that it leaves; of two, the one that is spelt as the class."""
    found: dict[str, OperationEntry] = {}
    for entry in catalog.operations():
        if entry.class_name is not None:
            known = found.get(entry.class_name)
            if known is None or _is_namesake(entry):
                found[entry.class_name] = entry
    return found


def _is_namesake(entry: OperationEntry) -> bool:
    assert entry.class_name is not None
    return entry.name.rpartition(".")[2].replace("_", "") == entry.class_name.lower()


def bind(layer: Layer, call: Call, entry: OperationEntry) -> OpCall | None:
    """A node as a call of its function; `None` where the two do not fit."""
    # `dtype` is an argument of some functions, and the policy of the node itself in others.
    beside = {"name"} if "dtype" in entry.parameters else {"name", "dtype"}
    config = {key: value for key, value in layer.config.items() if key not in beside}
    for key, idle in _OF_CLASS_ALONE.get(layer.class_name, {}).items():
        if config.get(key) == idle:
            config.pop(key, None)
    names = [name.removeprefix("*") for name in entry.parameters]
    variadic = next((name.removeprefix("*") for name in entry.parameters if name.startswith("*")), None)
    if not (config.keys() | call.kwargs.keys()) <= set(names) or config.keys() & call.kwargs.keys():
        return None
    bound: dict[str, Structure] = {**config, **call.kwargs}
    left = [name for name in names if name not in bound]
    given = list(call.args)
    while given and left and left[0] != variadic:
        bound[left.pop(0)] = given.pop(0)
    if given:
        if variadic is None or left[:1] != [variadic]:
            return None
        bound[variadic] = given
    tensors, arguments = {}, {}
    for name in names:
        if name not in bound:
            continue
        value = bound[name]
        if tensors_in(value) or name == variadic:
            tensors[name] = value
        elif not _is_default(entry, name, value):
            arguments[name] = value
    return OpCall(entry.name, tensors, arguments)


def _is_default(entry: OperationEntry, name: str, value: Json) -> bool:
    argument = entry.arguments.get(name)
    return (
        argument is not None
        and not argument.required
        and type(value) is type(argument.default)
        and value == argument.default
    )


def slice_text(key: Json) -> str | None:
    """What stands between the brackets of a slice; `None` for a key that has no such spelling."""
    parts = key if isinstance(key, list) else [key]
    texts = [_part(part) for part in parts]
    known = [text for text in texts if text is not None]
    # A list of one is a tuple of one, which the brackets cannot tell from its item.
    if len(known) < len(texts) or not texts or (isinstance(key, list) and len(key) == 1):
        return None
    return ", ".join(known)


def _part(part: Json) -> str | None:
    match part:
        case None:
            return "null"
        case bool():
            return None
        case int():
            return str(part)
        case {"class_name": "__ellipsis__"}:
            return "..."
        case {"class_name": "__slice__", "config": {"start": start, "stop": stop, "step": step}}:
            bounds = [start, stop, *([] if step is None else [step])]
            if not all(bound is None or type(bound) is int for bound in bounds):
                return None
            return ":".join("" if bound is None else str(bound) for bound in bounds)
        case _:
            return None
