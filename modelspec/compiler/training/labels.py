"""Labels that are numbers of classes, held against how many classes the model has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.compiler.values import Compiled
from modelspec.diagnostics import Report
from modelspec.link.training.feed import Feed, Samples

_SPARSE = ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy")


def report_labels(feed: Feed, compiled: Compiled, report: Report) -> None:
    """Report labels that no class of a model's one output has; Keras makes NaN or nonsense of them."""
    classes = _classes(compiled)
    train = compiled.checked.spec.train
    if classes is None or train is None:
        return
    for samples in (feed.training, feed.validation):
        y = samples.y if isinstance(samples, Samples) else None
        if y is None or isinstance(y, Mapping) or getattr(y, "size", 0) == 0:
            continue
        low, high = y.min(), y.max()
        odd = low if low < 0 else high if high >= classes else None
        if odd is not None:
            report.add(
                "data-mismatch",
                f"the labels go from {low} to {high}, and the model has {classes} classes,"
                f" 0 to {classes - 1}",
                train.origin.place,
                help="count classes from 0, and give the last layer as many units as there are",
            )


def _classes(compiled: Compiled) -> int | None:
    """How many classes labels may name; `None` where that is not known."""
    compile = compiled.checked.resolved.compile or {}
    loss: Any = compile.get("loss")
    if isinstance(loss, dict):
        config = loss.get("config")
        ignored = isinstance(config, dict) and (
            config.get("ignore_class") is not None or config.get("axis", -1) != -1
        )
        loss = None if ignored else loss.get("class_name")
    shape = compiled.linked.output_shape
    if loss in _SPARSE and isinstance(shape, list | tuple) and shape and isinstance(shape[-1], int):
        return int(shape[-1])
    return None
