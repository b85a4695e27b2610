"""Patterns of graph paths to sets of layers, as `freeze`, `inference`, `lora` and `quantize` write them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from modelspec.compiler.archived_layers import layers_in
from modelspec.compiler.archives import nested_archives
from modelspec.diagnostics import Report, nearest
from modelspec.frozen import dataclass
from modelspec.graph.model import Graph, MadeLayer, Program, WholeModel
from modelspec.language.closed import Patterns
from modelspec.weights.patterns import match_patterns


@dataclass(frozen=True, slots=True)
class Selected:
    """Paths of layers; those of a nested model start with its key."""

    frozen: frozenset[str] = frozenset()
    inference: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Layers:
    """What patterns may choose.

    Args:
        paths: of all layers that have a class, nested models' below their keys.
        closed: of nested archives that do not tell their layers: the archive's model.
    """

    paths: tuple[str, ...]
    closed: Mapping[str, WholeModel]


def _layers(program: Program, archives: Mapping[str, Mapping[str, object]], prefix: str = "") -> _Layers:
    paths: list[str] = []
    closed: dict[str, WholeModel] = {}
    nested = dict(program.nested)
    for model in (program.main, *program.models):
        head = f"{prefix}{model.key}/" if model.key else prefix
        if model.key in nested:
            inner = _layers(nested[model.key], archives, head)
            paths.extend(inner.paths)
            closed |= inner.closed
        elif isinstance(model, Graph):
            paths.extend(head + layer.path for layer in model.layers if isinstance(layer.kind, MadeLayer))
        elif model.archive is not None:
            told = layers_in(archives[model.archive])
            paths.extend(head + path for path in told or ())
            if told is None:
                closed[head.removesuffix("/")] = model
    return _Layers(tuple(paths), closed)


def select_layers(
    program: Program, archives: Mapping[str, Mapping[str, object]], report: Report
) -> Selected | None:
    """The layers that `weights.freeze` and `weights.inference` choose; `None` where an archive is not among
    `archives`, for then it is reported.

    Args:
        archives: the configs of nested archives, by path.
        report: gets `idle-pattern`, and `unreachable-layers` for an archive that does not tell its layers.
    """
    weights = program.spec.weights
    if weights.freeze is None and weights.inference is None:
        return Selected()
    if not nested_archives(program).keys() <= archives.keys():
        return None
    layers = _layers(program, archives)
    return Selected(
        _select(weights.freeze, layers, "freeze", report) if weights.freeze is not None else frozenset(),
        _select(weights.inference, layers, "inference", report)
        if weights.inference is not None
        else frozenset(),
    )


def _select(patterns: Patterns, layers: _Layers, key: str, report: Report) -> frozenset[str]:
    # What is below a closed archive cannot be told apart, so a pattern of it means the archive.
    meant = replace(
        patterns,
        items=tuple(replace(item, value=_outside(str(item.value), layers.closed)) for item in patterns.items),
    )
    chosen = select(meant, (*layers.paths, *layers.closed), key, report)
    for path, model in layers.closed.items():
        if path in chosen:
            name = Path(str(model.archive)).name
            report.add(
                "unreachable-layers",
                f"`{key}` cannot reach into `{name}`, whose config does not tell its layers",
                patterns.origin.place,
                help=f"take it out with `!{path}/**`" + _FROZEN_WHOLE.get(key, ""),
                frames=patterns.origin.frames,
            )
    return chosen - layers.closed.keys()


_FROZEN_WHOLE = MappingProxyType(
    {"freeze": ", and freeze all of it with `trainable: false` on the item that uses it"}
)


def _outside(pattern: str, closed: Collection[str]) -> str:
    sign, text = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    return next((sign + path for path in closed if text.startswith(f"{path}/")), pattern)


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
