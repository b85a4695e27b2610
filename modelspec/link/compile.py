"""`compile`: the optimizer, losses and metrics of a document, made by Keras and put into the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.catalog.resolved import Resolved
from modelspec.diagnostics import Report
from modelspec.language.values import Origin
from modelspec.link.layers import deserialize
from modelspec.link.refusal import argument_in, point_of, report_made
from modelspec.link.scopes import start_names
from modelspec.link.values import Reading, Watch, without_values


def compile_model(model: Any, resolved: Resolved, report: Report, *, watch: Watch) -> bool:
    """Compile a model as its document says and build the optimizer's variables; whether Keras took it.

    The optimizer's own numbers have their values at once, its slots have none.

    Args:
        model: of Keras.
        resolved: with a `compile`.
        report: gets `keras-refused` at the key Keras speaks of.
        watch: sees variables.
    """
    config = resolved.compile
    if config is None:
        return True
    place = resolved.program.main.origin
    start_names("compile")
    arguments: dict[str, Any] = {}
    for key, data in config.items():
        try:
            arguments[key] = deserialize(data)
        except Exception as error:
            origin = resolved.compile_arguments.get(key, place)
            report_made(report, error, what=_class_of(data, key), origin=origin, names={})
    if len(arguments) < len(config):
        return False
    try:
        model.compile(**arguments)
        optimizer = getattr(model, "optimizer", None)
        if optimizer is not None:
            with watch.read_as(Reading.DRAWN), without_values():
                optimizer.build(model.trainable_variables)
    except Exception as error:
        named = argument_in(point_of(error), resolved.compile_arguments)
        written = resolved.compile_arguments
        origin = written[named] if named is not None else _whole(written, place)
        report_made(report, error, what="compile", origin=origin, names=resolved.compile_arguments)
        return False
    return True


def _class_of(data: object, key: str) -> str:
    return str(data["class_name"]) if isinstance(data, dict) and "class_name" in data else key


def _whole(arguments: Mapping[str, Origin], place: Origin) -> Origin:
    """Where to point when Keras names none of the keys: the first that was written."""
    return next(iter(arguments.values()), place)
