"""Initial values that keep a layer from learning, and dtypes that lose what it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelspec.diagnostics import Label
from modelspec.graph.model import Tensor
from modelspec.lint.activations import LINEAR, is_activation, own_activation
from modelspec.lint.finding import Finding
from modelspec.lint.kinds import KERNELS
from modelspec.lint.view import ModelView, Node, View

_CONSTANTS = frozenset({"zeros", "ones", "Zeros", "Ones", "Constant", "constant"})
_HALF = frozenset({"float16", "bfloat16"})


def initializer_zeros(view: View) -> Iterator[Finding]:
    """A kernel of equal values for several hidden units, which then all learn the same."""
    for model, node in view.nodes():
        if node.cls not in KERNELS or node.again or _is_judged(model, node):
            continue
        name, _ = _initializer(node.argument("kernel_initializer"))
        own = own_activation(node)
        units = node.argument("units") or node.argument("filters")
        flat = own is not None and own.name in (LINEAR, "relu")
        if name in _CONSTANTS and flat and isinstance(units, int) and units > 1:
            yield Finding(
                "initializer-zeros",
                f"the {units} units of this `{node.short}` start with equal weights",
                node.origin,
                help="leave `kernel_initializer` out, or take a random one",
            )


def _is_judged(model: ModelView, node: Node) -> bool:
    """Whether each unit has a target, and so a gradient, of its own: only activations follow."""
    last: Node | None = node
    while last is not None and not model.is_output(last):
        last = model.sole_reader(last)
        if last is not None and not is_activation(last):
            return False
    return last is not None


def initializer_shared_seed(view: View) -> Iterator[Finding]:
    """Kernels of one shape that are drawn with one seed, and so are equal."""
    seen: dict[tuple[object, ...], Node] = {}
    for model, node in view.nodes():
        if node.cls not in KERNELS or node.again:
            continue
        name, config = _initializer(node.argument("kernel_initializer"))
        shape = _kernel_shape(model, node)
        if not isinstance(config.get("seed"), int) or shape is None:
            continue
        key = (name, tuple(sorted((k, repr(v)) for k, v in config.items())), shape)
        first = seen.setdefault(key, node)
        if first is not node:
            yield Finding(
                "initializer-shared-seed",
                f"this `{node.short}` starts with the kernel of another: seed and shape are equal",
                node.origin,
                help="leave `seed` out: `weights.seed` makes a build reproducible",
                labels=(Label(first.origin.place, "the first is here"),),
            )


def _initializer(value: Any) -> tuple[str, dict[str, Any]]:
    match value:
        case str():
            return value, {}
        case {"module": "keras.initializers", "class_name": str(name), "config": dict(config)}:
            return name, config
        case _:
            return "", {}


def _kernel_shape(model: ModelView, node: Node) -> tuple[int, ...] | None:
    owner = f"{model.path}/{node.layer.path}" if model.path else node.layer.path
    linked = model.view.linked
    for variable in linked.variables if linked is not None else ():
        if variable.owner == owner and variable.name == "kernel":
            return variable.shape
    return None


def mixed_precision_output(view: View) -> Iterator[Finding]:
    """A softmax, or an output, in half precision under a mixed policy."""
    for model, node in view.nodes():
        own = own_activation(node)
        softmax = own is not None and own.name == "softmax"
        output = model.path == "" and model.is_output(node)
        if not (softmax or output) or not _is_mixed(model, node):
            continue
        dtype = model.dtype(Tensor(node.path, (), node.origin))
        if dtype not in _HALF:
            continue
        what = "softmax" if softmax else "output"
        yield Finding(
            "mixed-precision-output",
            f"this {what} is computed in `{dtype}`, where small numbers are lost",
            node.origin,
            help="give it `dtype: float32`, after an activation of its own where the layer is large",
        )


def _is_mixed(model: ModelView, node: Node) -> bool:
    policies = (
        node.config.get("dtype"),
        model.resolved.dtypes.get(model.graph.key, {}).get(node.layer.path),
        model.resolved.model_dtypes.get(model.graph.key),
        model.view.resolved.model_dtypes.get(""),
    )
    written = next((policy for policy in policies if policy is not None), None)
    match written:
        case str():
            return written.startswith("mixed_")
        case {"config": {"name": str(name)}}:
            return name.startswith("mixed_")
        case _:
            return False
