"""A program to a resolved one: every object a Keras serialization dict, checked against the catalog."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType

from modelspec.catalog.calls import check_layer_call, known_of_call, resolve_call, resolve_operation
from modelspec.catalog.check import describe
from modelspec.catalog.compile_section import resolve_compile
from modelspec.catalog.context import Context
from modelspec.catalog.defaults import check_defaults, read_defaults
from modelspec.catalog.families import noun
from modelspec.catalog.known import content_of_defaults
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.nesting import check_nesting
from modelspec.catalog.resolved import KerasObject, KerasOp, Resolved
from modelspec.catalog.safety.documents import check_safety
from modelspec.catalog.safety.policy import CAUTIOUS, Policy
from modelspec.catalog.train_section import resolve_train
from modelspec.catalog.unregistered import report_modules
from modelspec.catalog.values import resolve_object, resolve_value
from modelspec.diagnostics import Report
from modelspec.graph.model import Call, Graph, Layer, MadeLayer, OpLayer, Program, WholeModel
from modelspec.language.values import KerasDict, Object, Value

Made = KerasObject | KerasOp


def resolve_program(
    program: Program, catalog: Catalog, report: Report, *, policy: Policy = CAUTIOUS
) -> Resolved | None:
    """Resolve a document's graphs, its `compile` section and the documents nested in it.

    All independent mistakes are reported; `None` when there are any.

    Args:
        policy: what the caller lets the document do.
    """
    errors = _errors(report)
    report_modules(program, catalog.registered, report)
    context = _context(program, catalog, report, policy)
    nested = {key: resolve_program(inner, catalog, report, policy=policy) for key, inner in program.nested}
    own = [model for model in (program.main, *program.models) if model.key not in nested]
    graphs = [model for model in own if isinstance(model, Graph)]
    layers = {graph.key: _resolve_layers(graph, context) for graph in graphs}
    calls = {graph.key: _resolve_calls(graph, layers[graph.key], context) for graph in graphs}
    wholes = _wholes(own, context)
    spec = program.spec
    resolved = Resolved(
        program=program,
        layers=layers,
        wholes=wholes,
        classes=_classes(graphs, context),
        calls=calls,
        dtypes={graph.key: _dtypes(graph, context) for graph in graphs},
        model_dtypes=_model_dtypes(own, spec.dtype, context),
        compile=resolve_compile(spec.compile, program.main, context) if spec.compile is not None else None,
        compile_arguments=MappingProxyType(
            {field.name: field.value.origin for field in spec.compile.fields}
            if spec.compile is not None
            else {}
        ),
        nested={key: inner for key, inner in nested.items() if inner is not None},
        quantization=tuple(_quantization(entry.config, context) for entry in spec.weights.quantize),
        fit=resolve_train(spec.train, context) if spec.train is not None else None,
    )
    check_safety(resolved, context)
    check_nesting(program, layers, wholes, report)
    return resolved if _errors(report) == errors else None


def tensorflow_classes(resolved: Resolved, catalog: Catalog) -> tuple[KerasObject, ...]:
    """The layers that cannot be made where TensorFlow is missing, as items or inside other objects."""
    found = [
        made
        for by_path in resolved.layers.values()
        for made in by_path.values()
        if isinstance(made, KerasObject) and _needs_tensorflow(made.data, catalog)
    ]
    found += [whole for whole in resolved.wholes.values() if _needs_tensorflow(whole.data, catalog)]
    for inner in resolved.nested.values():
        found += tensorflow_classes(inner, catalog)
    return tuple(found)


def _errors(report: Report) -> int:
    return sum(found.severity == "error" for found in report.diagnostics)


def _context(program: Program, catalog: Catalog, report: Report, policy: Policy) -> Context:
    spec = program.spec
    bare = Context(
        catalog=catalog,
        report=report,
        defaults=MappingProxyType({}),
        models=frozenset(model.key for model in spec.models),
        unknown_modules=any(str(module.value) in catalog.registered.unread for module in spec.use),
        policy=policy,
    )
    defaults = read_defaults(spec.defaults, bare)
    content = content_of_defaults(defaults)
    settings = (content, bare.models, bare.unknown_modules, policy)
    context = Context(
        catalog=catalog,
        report=report,
        defaults=defaults,
        models=bare.models,
        unknown_modules=bare.unknown_modules,
        policy=policy,
        known=catalog.known(settings) if content is not None else None,
    )
    check_defaults(context)
    return context


def _resolve_layers(graph: Graph, context: Context) -> Mapping[str, Made]:
    calls: dict[str, list[Call]] = {}
    for call in graph.calls:
        calls.setdefault(call.layer, []).append(call)
    found: dict[str, Made] = {}
    for layer in graph.layers:
        made = _resolve_layer(layer, calls.get(layer.path, []), context)
        if made is not None:
            found[layer.path] = made
    return MappingProxyType(found)


def _resolve_layer(layer: Layer, calls: list[Call], context: Context) -> Made | None:
    match layer.kind:
        case MadeLayer(object=KerasDict() as given):
            return _verbatim(given)
        case MadeLayer(object=Object() as written):
            return _resolve_item(layer, written, context)
        case OpLayer() as op:
            return resolve_operation(layer, op, calls, context)
        case _:
            return None


def _verbatim(given: KerasDict) -> KerasObject:
    return KerasObject(copy.deepcopy(given.data), given.origin, MappingProxyType({}), verbatim=True)


def _resolve_item(layer: Layer, written: Object, context: Context) -> KerasObject | None:
    """An item of a class: what the words say stands under the class key no more."""
    words = {"trainable": layer.trainable, "dtype": layer.dtype}
    for field in written.args:
        if field.name == "name":
            context.complain_of_key(
                "misplaced-name",
                f"the name stands beside `{written.cls}`, not under it",
                field,
                help=f"write `name: {_shown(field.value)}` as a word of the item",
            )
        elif words.get(field.name) is not None:
            context.complain_of_key(
                "given-twice",
                f"`{field.name}` stands under `{written.cls}` and beside it",
                field,
                help="keep one of the two",
            )
    kept = tuple(field for field in written.args if field.name != "name")
    said = frozenset(word for word, value in words.items() if value is not None)
    return resolve_object(
        Object(written.cls, kept, written.origin, written.written_bare),
        context,
        family="layer",
        unknown="unknown-layer",
        without=said,
    )


def _shown(value: Value) -> str:
    text = getattr(value, "value", None)
    return str(text) if text is not None else "…"


def _resolve_calls(
    graph: Graph, layers: Mapping[str, Made], context: Context
) -> Mapping[str, Mapping[str, object]]:
    found = {}
    kinds = {layer.path: layer.kind for layer in graph.layers}
    for call in graph.calls:
        if call.kwargs:
            known, owner = known_of_call(kinds[call.layer], layers.get(call.layer), context)
            found[call.path] = resolve_call(call, context, known=known, owner=owner)
        else:
            found[call.path] = {}
        made = layers.get(call.layer)
        if isinstance(made, KerasObject):
            entry = context.catalog.class_of(made.data)
            if entry is not None:
                check_layer_call(call, entry, context)
    return MappingProxyType(found)


def _wholes(models: list[Graph | WholeModel], context: Context) -> Mapping[str, KerasObject]:
    found = {}
    for model in models:
        match model:
            case WholeModel(object=KerasDict() as given):
                found[model.key] = _verbatim(given)
            case WholeModel(object=Object() as written):
                made = resolve_object(written, context, family="model")
                if made is not None:
                    found[model.key] = made
    return MappingProxyType(found)


def _classes(graphs: list[Graph], context: Context) -> Mapping[str, KerasObject]:
    found = {}
    for graph in graphs:
        if isinstance(graph.cls, Object):
            made = resolve_object(graph.cls, context, family="model")
            if made is not None:
                found[graph.key] = made
    return MappingProxyType(found)


def _dtypes(graph: Graph, context: Context) -> Mapping[str, object]:
    return MappingProxyType(
        {
            layer.path: resolve_value(layer.dtype, context, family="dtype_policy")
            for layer in graph.layers
            if layer.dtype is not None
        }
    )


def _quantization(config: Value | None, context: Context) -> KerasObject | None:
    """The config of an entry of `weights.quantize`."""
    match config:
        case None:
            return None
        case KerasDict():
            return _verbatim(config)
        case Object():
            return resolve_object(config, context, family="quantization_config")
        case _:
            context.complain(
                "wrong-kind",
                f"{noun('quantization_config')} is wanted here, not {describe(config)}",
                config.origin,
                help="for example `{Int8QuantizationConfig: {}}`",
            )
            return None


def _model_dtypes(
    models: list[Graph | WholeModel], everywhere: Value | None, context: Context
) -> Mapping[str, object]:
    """A model's own policy, else the document's, which inline models inherit."""
    found = {}
    for model in models:
        dtype = model.dtype if model.dtype is not None else everywhere
        if dtype is not None:
            found[model.key] = resolve_value(dtype, context, family="dtype_policy")
    return MappingProxyType(found)


def _needs_tensorflow(data: object, catalog: Catalog) -> bool:
    match data:
        case {"class_name": str(), "config": inner}:
            assert isinstance(data, dict)
            entry = catalog.class_of(data)
            return (entry is not None and entry.needs_tensorflow) or _needs_tensorflow(inner, catalog)
        case dict():
            return any(_needs_tensorflow(item, catalog) for item in data.values())
        case list():
            return any(_needs_tensorflow(item, catalog) for item in data)
        case _:
            return False
