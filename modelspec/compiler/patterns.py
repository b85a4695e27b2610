"""Patterns of graph paths to sets of layers, as `freeze`, `inference`, `lora` and `quantize` write them."""

from __future__ import annotations

from collections.abc import Sequence

from modelspec.diagnostics import Report, nearest
from modelspec.frozen import dataclass
from modelspec.graph.model import Graph, MadeLayer, Program
from modelspec.language.closed import Patterns
from modelspec.weights.patterns import match_patterns


@dataclass(frozen=True, slots=True)
class Selected:
    """Paths of layers; those of a nested model start with its key."""

    frozen: frozenset[str] = frozenset()
    inference: frozenset[str] = frozenset()


def layer_paths(program: Program, prefix: str = "") -> tuple[str, ...]:
    """The paths of all layers that have a class, nested models' below their keys."""
    paths: list[str] = []
    nested = dict(program.nested)
    for model in (program.main, *program.models):
        head = f"{prefix}{model.key}/" if model.key else prefix
        if model.key in nested:
            paths.extend(layer_paths(nested[model.key], head))
        elif isinstance(model, Graph):
            paths.extend(head + layer.path for layer in model.layers if isinstance(layer.kind, MadeLayer))
    return tuple(paths)


def select_layers(program: Program, report: Report) -> Selected:
    """The layers that `weights.freeze` and `weights.inference` choose."""
    weights = program.spec.weights
    if weights.freeze is None and weights.inference is None:
        return Selected()
    paths = layer_paths(program)
    return Selected(
        select(weights.freeze, paths, "freeze", report) if weights.freeze is not None else frozenset(),
        select(weights.inference, paths, "inference", report)
        if weights.inference is not None
        else frozenset(),
    )


def select(patterns: Patterns, paths: Sequence[str], key: str, report: Report) -> frozenset[str]:
    """The paths that patterns choose of those given.

    Args:
        patterns: in order.
        paths: of all layers.
        key: the section that the patterns stand in, for messages.
        report: gets `idle-pattern`.
    """
    texts = [str(item.value) for item in patterns.items]
    chosen, idle = match_patterns(texts, paths)
    for position in idle:
        item = patterns.items[position]
        near = nearest(texts[position].removeprefix("!").removesuffix("/**"), paths)
        report.add(
            "idle-pattern",
            f"the pattern `{texts[position]}` of `{key}` matches no layer",
            item.origin.place,
            help=f"did you mean `{near}`?" if near else "`modelspec show` lists the paths of all layers",
        )
    return frozenset(chosen)
