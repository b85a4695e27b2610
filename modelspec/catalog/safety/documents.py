"""The judge's findings in the objects of a document, each told at its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from modelspec.catalog.context import Context
from modelspec.catalog.known import KnownObjects, may_keep
from modelspec.catalog.resolved import KerasObject, KerasOp, Resolved, referenced_model
from modelspec.catalog.safety.finding import Finding, Step, path_text
from modelspec.catalog.safety.judge import judge
from modelspec.catalog.safety.sizes import parameters_of
from modelspec.catalog.unregistered import report_registered
from modelspec.graph.model import Graph, Tensor
from modelspec.language.values import Origin

TRUSTED = "whoever loads the archive needs `safe_mode=False`, and to trust you"
"""What it means that a caller allows what is unsafe."""

Locate = Callable[[tuple[Step, ...]], tuple[Origin, str]]
"""The place of what stands at a path of a tree, and the part of the path that the place does not say."""


def check_safety(resolved: Resolved, context: Context) -> None:
    """Report what objects must not hold, wherever it hides in them, and models of absurd size.

    Documents that this one nests have been checked by themselves.
    """
    known = context.known.parameters if context.known is not None else {}
    for tree, locate in _trees(resolved):
        if id(tree) not in known:
            check_tree(tree, context, locate)
    _check_parameters(resolved, context)


def check_tree(tree: object, context: Context, locate: Locate) -> None:
    """Report what one serialization tree must not hold."""
    policy = context.policy
    known = context.models

    def internal(node: object) -> bool:
        return referenced_model(node) in known

    for found in judge(tree, context.catalog, registered=policy.registered or (), internal=internal):
        origin, rest = locate(found.path)
        if found.liftable and policy.allow_unsafe:
            context.complain("unsafe-allowed", found.message, origin, help=TRUSTED)
            continue
        _tell(found, origin, rest, context)


def at(origin: Origin) -> Locate:
    """Everything in a tree at one place, which is that of a dict given verbatim."""
    return lambda path: (origin, path_text(path))


def _tell(found: Finding, origin: Origin, rest: str, context: Context) -> None:
    where = f" (at `{rest}`)" if rest else ""
    if found.code != "needs-code":
        context.complain(found.code, f"{found.message}{where}", origin, help=found.help)
    elif context.policy.registered is not None:
        report_registered(found.name, origin, context)


def _trees(resolved: Resolved) -> Iterator[tuple[object, Locate]]:
    for layers in resolved.layers.values():
        for made in layers.values():
            yield from _of_made(made)
    for objects in (resolved.wholes, resolved.classes):
        for made in objects.values():
            yield from _of_made(made)
    for graph in (resolved.program.main, *resolved.program.models):
        if isinstance(graph, Graph):
            yield from _of_graph(graph, resolved)
        dtype = resolved.model_dtypes.get(graph.key)
        if dtype is not None:
            yield dtype, at(graph.dtype.origin if graph.dtype is not None else graph.origin)
    for config in resolved.quantization:
        if config is not None:
            yield from _of_made(config)
    for callback in resolved.fit.callbacks if resolved.fit is not None else ():
        # The callback itself is none of what a model is made of; what it is made with may be.
        yield callback.data.get("config"), _by_name(callback)
    for name, value in (resolved.compile or {}).items():
        origin = resolved.compile_arguments.get(name, resolved.program.main.origin)
        yield value, at(origin)


def _of_made(made: KerasObject | KerasOp) -> Iterator[tuple[object, Locate]]:
    if isinstance(made, KerasOp):
        yield made.arguments, at(made.origin)
    elif made.verbatim:
        yield made.data, at(made.origin)
    else:
        yield made.data, _by_argument(made)


def _by_argument(made: KerasObject) -> Locate:
    def locate(path: tuple[Step, ...]) -> tuple[Origin, str]:
        match path:
            case ("config", str(name), *rest) if name in made.arguments:
                return made.arguments[name], path_text(tuple(rest))
            case _:
                return made.origin, ""

    return locate


def _by_name(made: KerasObject) -> Locate:
    def locate(path: tuple[Step, ...]) -> tuple[Origin, str]:
        match path:
            case (str(name), *rest) if name in made.arguments:
                return made.arguments[name], path_text(tuple(rest))
            case _:
                return made.origin, ""

    return locate


def _of_graph(graph: Graph, resolved: Resolved) -> Iterator[tuple[object, Locate]]:
    calls = resolved.calls.get(graph.key, {})
    for call in graph.calls:
        given = calls.get(call.path, {})
        for name, value, _ in call.kwargs:
            if not isinstance(value, Tensor) and name in given:
                yield given[name], at(value.origin)
    dtypes: Mapping[str, object] = resolved.dtypes.get(graph.key, {})
    for layer in graph.layers:
        if layer.dtype is not None and layer.path in dtypes:
            yield dtypes[layer.path], at(layer.dtype.origin)


def _check_parameters(resolved: Resolved, context: Context) -> None:
    """Refuse a model that has too many parameters whatever it reads, before anything is built."""
    most = context.policy.max_params
    total = 0
    known = context.known or KnownObjects()
    clean = may_keep(context.report)
    for layers in resolved.layers.values():
        for made in layers.values():
            if isinstance(made, KerasObject):
                amount = known.parameters.get(id(made.data))
                if amount is None:
                    amount = parameters_of(made.data)
                    if clean and id(made.data) in known.held:
                        known.parameters[id(made.data)] = amount
                total += amount
                if total > most:
                    context.complain(
                        "too-many-parameters",
                        f"the model has more than {most:,} parameters, by its arguments alone",
                        made.origin,
                        help="`--max-params` allows more",
                    )
                    return
