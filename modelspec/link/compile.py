"""`compile`: the optimizer, losses and metrics of a document, made by Keras and put into the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import keras

from modelspec.catalog.resolved import Resolved
from modelspec.language.values import Origin
from modelspec.link import private
from modelspec.link.layers import deserialize
from modelspec.link.made import Bench
from modelspec.link.refusal import argument_in, point_of, report_made
from modelspec.link.scopes import start_names
from modelspec.link.values import Reading, without_values

_MISFITS = (
    re.compile(
        r"^(?:[a-z]+ [a-z]+ mismatch; |Expected an instance of ).*^Invalid `.*^Received: \w+=(?P<given>.*)",
        re.IGNORECASE | re.MULTILINE | re.DOTALL,
    ),
    # Before 3.14.
    re.compile(r"key '.*' does not correspond to any model output\. Received:\n\w+=(?P<given>.*)", re.DOTALL),
)


def compile_model(model: Any, resolved: Resolved, bench: Bench) -> bool:
    """Compile a model as its document says and build the optimizer's variables; whether Keras took it.

    The optimizer's own numbers have their values at once, its slots have none. There are no slots where Keras
    does not compile the model at loading, and would warn of them.

    Args:
        model: of Keras.
        resolved: with a `compile`.
        bench: its report gets `keras-refused` at the key Keras speaks of.
    """
    config = resolved.compile
    if config is None:
        return True
    place = resolved.program.main.origin
    start_names("compile")
    arguments: dict[str, Any] = {}
    written = resolved.compile_arguments
    for key, data in config.items():
        try:
            arguments[key] = deserialize(data)
        except Exception as error:
            origin = written.get(key, place)
            report_made(bench.report, error, what=_class_of(data, key), origin=origin, names={})
    if len(arguments) < len(config):
        return False
    try:
        model.compile(**arguments)
        optimizer = getattr(model, "optimizer", None)
        if optimizer is not None and _is_compiled_at_loading(model):
            with bench.watch.read_as(Reading.DRAWN), without_values(), private.plain_optimizers():
                optimizer.build(model.trainable_variables)
    except Exception as error:
        named = argument_in(point_of(error), written)
        origin = written[named] if named is not None else _whole(written, place)
        report_made(bench.report, error, what="compile", origin=origin, names=written)
        return False
    bench.tell_warnings(_whole(written, place))
    return _rehearse(model, config, written, bench)


def _is_compiled_at_loading(model: Any) -> bool:
    """Whether Keras compiles a model of this class when it loads one; see its `compile_from_config`."""
    of = type(model)
    return of.compile is keras.Model.compile or of.compile_from_config is not keras.Model.compile_from_config


def _rehearse(model: Any, config: Mapping[str, object], written: Mapping[str, Origin], bench: Bench) -> bool:
    """Whether losses and metrics fit the outputs, which Keras would look at in the first training step only.

    Objects of their own are matched, for matching changes them. A class with a step of its own may use them
    in its own way.
    """
    if type(model).train_step is not keras.Model.train_step:
        return True
    outputs, names = private.outputs_as_given(model), getattr(model, "output_names", None)
    if outputs is None:
        return True
    fits = True
    for keys, made in (
        (("loss", "loss_weights"), private.CompileLoss),
        (("metrics", "weighted_metrics"), private.CompileMetrics),
    ):
        given = [config.get(key) for key in keys]
        if all(value is None for value in given) or (given[0] is None and keys[0] == "loss"):
            continue
        try:
            made(*(deserialize(value) for value in given), output_names=names).build(outputs, outputs)
        except Exception as error:
            places = {key: written[key] for key, value in zip(keys, given, strict=True) if value is not None}
            key = argument_in(point_of(error), places) or next(iter(places))
            told = _misfit(error, names) or error
            report_made(bench.report, told, what=key, origin=written[key], names={})
            fits = False
    return fits


def _misfit(error: Exception, names: object) -> Exception | None:
    """What Keras means, whose words differ by release and by backend."""
    found = next(filter(None, (pattern.search(str(error)) for pattern in _MISFITS)), None)
    if found is None or not isinstance(names, list | tuple):
        return None
    outputs = ", ".join(f"`{name}`" for name in names)
    return ValueError(f"`{found['given']}` does not fit the outputs {outputs}")


def _class_of(data: object, key: str) -> str:
    return str(data["class_name"]) if isinstance(data, dict) and "class_name" in data else key


def _whole(arguments: Mapping[str, Origin], place: Origin) -> Origin:
    """Where to point when Keras names none of the keys: the first that was written."""
    return next(iter(arguments.values()), place)
