"""The Python API for models that are there already: weights attached to them, and their documents."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

if TYPE_CHECKING:
    import keras

    from modelspec.compiler.weights.live import AttachPlan


class AttachOptions(TypedDict, total=False):
    """How a file goes into a model, as `weights.load` says it; `source` is `from`, `exclude` is `except`."""

    sha256: str | None
    source: str | None
    into: str | None
    match: Literal["name", "path", "order"]
    rename: Mapping[str, str]
    only: Sequence[str]
    exclude: Sequence[str]
    missing: Literal["error", "init"]
    unexpected: Literal["error", "ignore"]
    mismatch: Literal["error", "skip"]
    optimizer: bool


def plan_attach(
    model: keras.Model,
    weights: str | os.PathLike[str] | Mapping[str, Any],
    **options: Unpack[AttachOptions],
) -> AttachPlan:
    """What `attach` would put into each variable of a model; the model is left as it is.

    Args:
        model: built, on any backend.
        weights: a file of weights (`.keras`, `.weights.h5`, `.weights.json`, `.npz`, `.safetensors`, or a
            folder), or arrays by name (`{"dense/kernel": …}`): of NumPy, or tensors as they are.
        options: see `AttachOptions`; strict where nothing is said.

    Returns:
        The rows, and as diagnostics what does not fit; `attach` would raise those that are errors.

    Raises:
        SpecError: the file cannot be read.
    """
    from modelspec.compiler.weights.live import plan_live

    return plan_live(model, weights, options)


def attach(
    model: keras.Model,
    weights: str | os.PathLike[str] | Mapping[str, Any],
    **options: Unpack[AttachOptions],
) -> AttachPlan:
    """Put the values of a file, or arrays by name, into a live model: all of them, or, on any error, none.

    Arguments as for `plan_attach`.

    Returns:
        What went where; warnings are among its diagnostics.

    Raises:
        SpecError: something does not fit, or the file cannot be read; the model is as it was.
    """
    from modelspec.compiler.weights.live import attach_live

    return attach_live(model, weights, options)


def decompile(model: keras.Model, *, flat: bool = False) -> str:
    """The document that compiles to a model equal to this one: names, arguments, wiring, compile settings.

    The model is left as it is. Classes that are not Keras' own stand in the document by their registered
    names; the values of the variables are not in it.

    Args:
        flat: whether every layer stands for itself. Otherwise what repeats is folded into blocks.

    Raises:
        SpecError: no document can be written of it.
    """
    from modelspec.compiler.decompiled import decompile_model

    return decompile_model(model, flat=flat)
