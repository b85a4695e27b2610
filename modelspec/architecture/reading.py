"""A serialization dict as an architecture, read against one catalog whatever Keras is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from modelspec.architecture.model import Architecture, Call, Graph, Json, Node, Tensor
from modelspec.architecture.order import in_order
from modelspec.architecture.plain import plain
from modelspec.catalog.load import newest_packaged_catalog
from modelspec.catalog.portable import load_portable
from modelspec.catalog.stem import to_snake_case
from modelspec.decompiler.document import Draft, reduced_compile
from modelspec.decompiler.forms import Form, form_of_config
from modelspec.decompiler.model import Model
from modelspec.decompiler.operations import operations_by_class
from modelspec.decompiler.reading import read_model
from modelspec.decompiler.reduced import Settings, reduce_object
from modelspec.decompiler.vocabulary import catalog_for

_INPUT = "keras.layers.InputLayer"
# `input_1` is what Keras 2 gave.
_INPUT_STEMS = ("input_layer", "keras_tensor", "input")
_MODEL_STEMS = ("functional", "sequential", "model")


def read_architecture(data: Mapping[str, Json]) -> Architecture:
    """The architecture of a model, from its serialization dict as `config.json` has it.

    The newest release that the catalog knows says what a default is, so one dict gives one architecture on
    every machine. The order of what is alike does not depend on the order of `layers`.

    Raises:
        Undecompilable: the config contradicts itself.
    """
    catalog = catalog_for(data, newest_packaged_catalog())
    settings = Settings(catalog, load_portable())
    model = read_model(data)
    given = data.get("compile_config")
    compiled = plain(reduced_compile(given, settings)) if isinstance(given, dict) else {}
    if model is None:
        return Architecture(_whole(data, settings), compiled)
    models = {"/".join(path): inner for path, inner in _inside(model, ())}
    paths = {key: tuple(key.split("/")) for key in models}
    keys = {path: key for key, path in paths.items()}
    draft = Draft(settings, operations_by_class(catalog), models, keys, paths)
    return Architecture(_graph(model, (), draft), compiled)


def _inside(model: Model, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Model]]:
    """The models that are layers, by the names that lead to them, in which there is no `/`."""
    for name, layer in model.layers.items():
        if layer.model is not None and not layer.data.get("compile_config"):
            yield (*path, name), layer.model
            yield from _inside(layer.model, (*path, name))


def _whole(data: Mapping[str, Json], settings: Settings) -> Graph:
    """A model that is one object."""
    kept = {key: value for key, value in data.items() if key != "compile_config"}
    config = data.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    cls = str(data.get("registered_name") or data.get("class_name"))
    text = name if isinstance(name, str) else to_snake_case(str(data.get("class_name")))
    found = plain(reduce_object(kept, settings))
    automatic = _is_automatic(text, (to_snake_case(str(data.get("class_name"))),))
    return Graph(text, cls, {"model": found}, (), None, None, automatic)


def _graph(model: Model, path: tuple[str, ...], draft: Draft) -> Graph:
    form = form_of_config(model, path, draft)
    nodes = {name: _input(name, found) for name, found in form["inputs"].items()}
    nodes |= {name: _node(name, found, model, path, draft) for name, found in form["layers"].items()}
    inputs_as, outputs = _structure(form["inputs_as"]), _structure(form["outputs"])
    return Graph(
        name=model.name,
        cls=form["class"],
        arguments=plain(form["class arguments"]),
        nodes=in_order(nodes, inputs_as, outputs),
        inputs_as=inputs_as,
        outputs=outputs,
        automatic=is_counted_model(model.name),
    )


def is_counted_model(name: str) -> bool:
    """Whether Keras may have counted the name of a model."""
    return _is_automatic(name, _MODEL_STEMS)


def _input(name: str, form: Form) -> Node:
    arguments = {key: value for key, value in form.items() if value is not False}
    return Node(name, "input", _INPUT, arguments, automatic=_is_automatic(name, _INPUT_STEMS))


def _node(name: str, form: Form, model: Model, path: tuple[str, ...], draft: Draft) -> Node:
    layer = model.layers[name]
    automatic = _is_automatic(name, (to_snake_case(layer.class_name),))
    match form:
        case {"model": _}:
            assert layer.model is not None
            graph = _graph(layer.model, (*path, name), draft)
            trainable = layer.config.get("trainable", True) is not False
            calls = tuple(map(_call, form["calls"]))
            return Node(
                name, "model", graph.cls, {}, calls, trainable=trainable, graph=graph, automatic=automatic
            )
        case {"operation": operation}:
            return Node(
                name,
                "operation",
                f"keras.ops.{operation}",
                plain(form["arguments"]),
                (Call(_structures(form["tensors"]), {}),),
                automatic=automatic,
            )
        case _:
            return Node(
                name,
                "layer",
                form["class"],
                plain(form["arguments"]),
                tuple(map(_call, form["calls"])),
                dtype=plain(form["dtype"]),
                trainable=form["trainable"] is not False,
                automatic=automatic,
            )


def _call(form: Form) -> Call:
    return Call(_structures(form["tensors"]), plain(form["arguments"]))


def _structures(given: Mapping[str, object]) -> dict[str, object]:
    return {key: _structure(value) for key, value in given.items()}


def _structure(value: Any) -> object:
    match value:
        case ("tensor", str(node), int(call), tuple(index)):
            return Tensor(node, call, index)
        case dict():
            return {key: _structure(item) for key, item in value.items()}
        case list() | tuple():
            return [_structure(item) for item in value]
        case _:
            return value


def _is_automatic(name: str, stems: tuple[str, ...]) -> bool:
    """Whether Keras may have counted a name, of any of these classes."""
    return any(re.fullmatch(rf"{re.escape(stem)}(_[0-9]+)?", name) is not None for stem in stems)
