"""What Keras 2 wrote of compiling, as Keras 3 does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.past.objects import value_of
from modelspec.past.work import Work

Json = Any

_ACCURACY = frozenset({"accuracy", "acc"})
# What Keras 2 makes of a function among the metrics.
_WRAPPERS = frozenset({"MeanMetricWrapper", "SumOverBatchSizeMetricWrapper"})


def compile_config(training: Mapping[str, Json], renamed: Mapping[str, str], work: Work) -> dict[str, Json]:
    """The `compile_config` of a model; empty where it has no optimizer.

    Args:
        renamed: what outputs are called now, by what they were called.

    Source: `saving_utils.model_metadata` of Keras 2 for `training_config`, `Model.get_compile_config` of
    Keras 2.13 and newer for `compile_config`.
    """
    work.layer = ""
    optimizer = training.get("optimizer_config", training.get("optimizer"))
    if not isinstance(optimizer, dict | str):
        return {}
    found: dict[str, Json] = {"optimizer": value_of(_inner(optimizer), "optimizer", work)}
    found["loss"] = _loss(training.get("loss"), work)
    if training.get("loss_weights") is not None:
        found["loss_weights"] = training["loss_weights"]
    for key in ("metrics", "weighted_metrics"):
        metrics = _metrics(training.get(key), work)
        if metrics:
            found[key] = metrics
    return {key: _by_output(value, renamed) for key, value in found.items()}


def _by_output(value: Json, renamed: Mapping[str, str]) -> Json:
    if not isinstance(value, dict) or "class_name" in value:
        return value
    return {renamed.get(key, key): item for key, item in value.items()}


def _inner(optimizer: Json) -> Json:
    """An optimizer by name, or as an object; what scales its loss is known to Keras 3 by another form."""
    if isinstance(optimizer, str):
        return {"class_name": optimizer, "config": {}}
    config = optimizer.get("config")
    if optimizer.get("class_name") in ("LossScaleOptimizer", "LossScaleOptimizerV3") and isinstance(
        config, dict
    ):
        inner = config.get("inner_optimizer", config.get("optimizer"))
        kept: dict[str, Json] = {"inner_optimizer": inner}
        for old, new in (
            ("initial_scale", "initial_scale"),
            ("dynamic_growth_steps", "dynamic_growth_steps"),
        ):
            if config.get(old) is not None:
                kept[new] = config[old]
        return {"class_name": "LossScaleOptimizer", "config": kept}
    return optimizer


def _metrics(metrics: Json, work: Work) -> Json:
    match metrics:
        case None | [] | {}:
            return None
        case [list(inner)]:
            # A model of one output whose metrics were written by output.
            return _metrics(inner, work)
        case list():
            return [_metric(item, work) for item in metrics]
        case dict():
            return {key: _metric(item, work) for key, item in metrics.items()}
        case _:
            return _metric(metrics, work)


def _loss(loss: Json, work: Work) -> Json:
    match loss:
        case {"class_name": "LossFunctionWrapper", "config": {"fn": function}}:
            return value_of(function, "loss", work)
        case list():
            return [_loss(item, work) for item in loss]
        case dict() if "class_name" not in loss:
            return {key: _loss(item, work) for key, item in loss.items()}
        case _:
            return value_of(loss, "loss", work)


def _metric(metric: Json, work: Work) -> Json:
    match metric:
        case None:
            return None
        case {"class_name": str(cls), "config": {"fn": str(function)}} if (
            cls in _WRAPPERS and work.catalog.identifier(function, "metric") is None
        ):
            return value_of(function, "metric", work)
        case {"class_name": "MeanMetricWrapper", "config": {"name": str(name), "fn": _}} if name in _ACCURACY:
            # What the user wrote, for which Keras picks the function by the shapes.
            return name
        case list():
            return [_metric(item, work) for item in metric if item is not None]
        case _:
            return value_of(metric, "metric", work)
