"""A resolved program becomes a model of Keras without values, and all of it that is worth keeping as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from modelspec.catalog.resolved import Resolved
from modelspec.catalog.safety.policy import MAX_PARAMS
from modelspec.diagnostics import Report
from modelspec.graph.model import Graph, WholeModel
from modelspec.link.backend import Backend, choose_backend, import_keras
from modelspec.link.linked import Linked

if TYPE_CHECKING:
    from modelspec.link.layer_changes import Select
    from modelspec.link.linked import ArchivedModel, Variable
    from modelspec.link.made import Bench, Made
    from modelspec.link.quantizing import Pending
    from modelspec.link.registered.registry import Registry

# `keras.Model` and Keras' loader descend once per layer of the longest chain; Python allows 1,000 frames.
_LOADABLE_DEPTH = 900


def link_program(
    resolved: Resolved,
    report: Report,
    *,
    max_params: int = MAX_PARAMS,
    frozen: frozenset[str] = frozenset(),
    inference: frozenset[str] = frozenset(),
    archives: Mapping[str, ArchivedModel] = MappingProxyType({}),
    backend: Backend | None = None,
    cpu_only: bool = True,
    registry: Registry | None = None,
    allow_unsafe: bool = False,
    select: Select | None = None,
) -> Linked | None:
    """The model of a program, as data; `None` where Keras objects, which is reported at its place.

    Imports Keras if it is not imported yet. Independent mistakes are reported together.

    Args:
        resolved: the program.
        report: gets what Keras objects to, and its warnings.
        max_params: refused beyond this, before anything is allocated.
        frozen: the paths of layers whose variables do not train; those of nested models below their model's
            key.
        inference: likewise, of batch normalisations that keep to their moving statistics.
        archives: the nested `.keras` archives, by path.
        backend: from `choose_backend`, which is asked where it is not given.
        cpu_only: see `import_keras`.
        registry: what may be found by a registered name besides what the process has.
        allow_unsafe: whether Keras may read code from configs.
        select: chooses the layers that `weights.lora` and `weights.quantize` change; needed where there are
            such.
    """
    chosen = backend or choose_backend(report)
    if chosen is None:
        return None
    import_keras(chosen, cpu_only=cpu_only)
    from modelspec.link.made import Bench
    from modelspec.link.registered.registry import Registry
    from modelspec.link.scopes import collected_warnings, in_own_thread, pinned_process
    from modelspec.link.values import Watch

    depth = _depth(resolved)
    names = registry or Registry()

    def linked() -> Linked | None:
        with (
            pinned_process(allow_unsafe=allow_unsafe),
            names.installed(),
            collected_warnings() as warned,
        ):
            watch = Watch(max_params=max_params)
            bench = Bench(report, watch, frozen, inference, warned)
            with watch.installed():
                return _link(
                    resolved, bench, max_params=max_params, archives=archives, depth=depth, select=select
                )

    return in_own_thread(linked, depth=depth)


def _link(
    resolved: Resolved,
    bench: Bench,
    *,
    max_params: int,
    archives: Mapping[str, ArchivedModel],
    depth: int,
    select: Select | None,
) -> Linked | None:
    import keras

    from modelspec.link.adapters import alphas_of
    from modelspec.link.call_shapes import call_shapes
    from modelspec.link.compile import compile_model
    from modelspec.link.quantizing import with_layout
    from modelspec.link.scopes import document_settings
    from modelspec.link.summary import count, count_layers, rows_of, tied_calls
    from modelspec.link.variables import graphs_of
    from modelspec.link.written_out import write_out

    spec, main = resolved.program.spec, resolved.program.main
    made = _make_program(resolved, bench, prefix="", archives=archives)
    if made is None:
        return None
    before, pending = _change_layers(made, resolved, bench, select)
    if bench.report.has_errors:
        return None
    params = count(made.model.weights)
    if params > max_params:
        bench.report.add(
            "too-many-parameters",
            f"the model has {params:,} parameters, {max_params:,} are allowed",
            main.origin.place,
            help="`--max-params` allows more",
        )
        return None
    if depth > _LOADABLE_DEPTH:
        bench.report.add(
            "deep-graph",
            f"the longest chain of layers has {depth} steps, and Keras loads about {_LOADABLE_DEPTH} at most",
            main.origin.place,
            help="whoever loads it must raise Python's recursion limit first: `sys.setrecursionlimit`",
        )
    with document_settings(dtype=_dtype(resolved, main.key), data_format=spec.data_format):
        if not compile_model(made.model, resolved, bench):
            return None
        written = write_out(made, resolved, bench)
    if written is None:
        return None
    walked = written.walked
    variables, quantized = with_layout(pending, before, walked.variables)
    return Linked(
        config=written.config,
        groups=walked.groups,
        variables=variables,
        rows=tuple(row for part in graphs_of(made) for row in rows_of(part)),
        output_shape=_output_shape(made),
        params=params,
        trainable_params=count(made.model.trainable_weights),
        layers=count_layers(made),
        keras_version=keras.__version__,
        depth=depth,
        assets=walked.assets,
        quantized=quantized,
        adapters=alphas_of(made.model),
        shapes=tuple(call_shapes(made.model)),
        tied=tuple(path for part in graphs_of(made) for path in tied_calls(part, bench.watch.with_values)),
    )


def _change_layers(
    made: Made, resolved: Resolved, bench: Bench, select: Select | None
) -> tuple[tuple[Variable, ...], tuple[Pending, ...]]:
    """Quantize layers and give layers adapters, in this order, as the document says; the table of variables
    before and the layers that are quantized.
    """
    from modelspec.link.adapters import enable_adapters
    from modelspec.link.layer_changes import layers_of
    from modelspec.link.quantizing import quantize_layers

    weights = resolved.program.spec.weights
    if select is None or not (weights.lora or weights.quantize):
        return (), ()
    walked = layers_of(made, resolved, bench)
    if walked is None:
        return (), ()
    pending = quantize_layers(made, resolved, walked, bench, select=select)
    enable_adapters(made, weights.lora, walked.layers, bench, select=select)
    return walked.variables, pending


def _make_program(
    resolved: Resolved, bench: Bench, *, prefix: str, archives: Mapping[str, ArchivedModel]
) -> Made | None:
    """The main model of a program, made after the models it nests; independent mistakes are found
    together.
    """
    from modelspec.link.freezing import freeze_as_written
    from modelspec.link.scopes import document_settings

    program = resolved.program
    models: dict[str, Made] = {}
    main: Made | None = None
    for graph in (*program.models, program.main):
        is_main = graph is program.main
        head = prefix if is_main else f"{prefix}{graph.key}/"
        if not is_main and graph.key in resolved.nested:
            made = _make_program(resolved.nested[graph.key], bench, prefix=head, archives=archives)
            if made is not None:
                made = replace(made, key=graph.key)
                made.model.name = graph.name or graph.key
                freeze_as_written(graph, made.model)
        else:
            settings = document_settings(
                dtype=_dtype(resolved, graph.key), data_format=program.spec.data_format
            )
            with settings:
                made = _make(graph, resolved, bench, head, models, archives)
        if is_main:
            main = made
        elif made is not None:
            models[graph.key] = made
    return main if not bench.report.has_errors else None


def _make(
    graph: Graph | WholeModel,
    resolved: Resolved,
    bench: Bench,
    prefix: str,
    models: Mapping[str, Made],
    archives: Mapping[str, ArchivedModel],
) -> Made | None:
    from modelspec.link.wholes import make_whole
    from modelspec.link.wire import wire

    if isinstance(graph, Graph):
        return wire(graph, resolved, bench, prefix=prefix, models=models)
    return make_whole(graph, resolved, bench, prefix=prefix, archives=archives)


def _dtype(resolved: Resolved, key: str) -> object:
    """The policy while a model is made: its own, else the document's."""
    return resolved.model_dtypes.get(key, resolved.model_dtypes.get(resolved.program.main.key, "float32"))


def _depth(resolved: Resolved) -> int:
    depths = [
        _chain(graph)
        for graph in (resolved.program.main, *resolved.program.models)
        if isinstance(graph, Graph)
    ]
    return max((*depths, *(_depth(inner) for inner in resolved.nested.values())), default=0)


def _chain(graph: Graph) -> int:
    from modelspec.link.feeds import references_in

    depths = {entry.name: 1 for entry in graph.inputs}
    for call in graph.calls:
        depths[call.path] = 1 + max((depths.get(item.call, 0) for item in references_in(call)), default=0)
    return max(depths.values(), default=0)


def _output_shape(made: Made) -> object:
    """The shapes of a model's outputs in the structure they are given in."""
    from modelspec.link import private
    from modelspec.link.outputs import shapes_of

    outputs = private.outputs_as_given(made.model)
    if outputs is None:
        outputs = made.outputs.get("", getattr(made.model, "outputs", None))
        if isinstance(outputs, list) and len(outputs) == 1:
            outputs = outputs[0]
    return shapes_of(outputs) if outputs is not None else None
