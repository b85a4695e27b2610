"""What a document does to layers once they are made: the layers that patterns choose, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import keras

from modelspec.catalog.own import is_of_keras
from modelspec.catalog.resolved import Resolved
from modelspec.diagnostics import Report
from modelspec.language.closed import Lora, Patterns, Quantize
from modelspec.language.values import Origin
from modelspec.link import private
from modelspec.link.layers import first_call, read_back
from modelspec.link.made import Bench, Made
from modelspec.link.refusal import Refused
from modelspec.link.variables import NoValueError, Placed, Walked, walk

Entry = TypeVar("Entry", Lora, Quantize)

Select = Callable[[Patterns, Sequence[str], str, Report], frozenset[str]]
"""The paths that patterns choose of those given, for a section by its name; idle patterns are reported."""


def layers_of(made: Made, resolved: Resolved, bench: Bench) -> Walked | None:
    """Keras' walk over a model before anything is done to its layers; `None` where a variable has no value,
    which the walk that is written down tells.
    """
    try:
        return walk(made, bench.watch, seed=resolved.program.spec.weights.seed)
    except NoValueError:
        return None


def chosen(
    entries: Sequence[Entry],
    placed: Sequence[Placed],
    bench: Bench,
    *,
    section: str,
    does: str,
    select: Select,
    takes: Callable[[Any], bool],
) -> Iterator[tuple[Placed, Entry]]:
    """The layers that entries choose, each with the last entry that does; those that do not take it are
    passed over.

    Args:
        entries: in order.
        placed: all layers.
        bench: its report gets `idle-pattern`, and `unfit-layers` for a pattern that chooses only layers that
            do not take it.
        section: `lora` or `quantize`.
        does: what a layer does that takes it, as messages say it: "can be quantized".
        select: chooses paths.
        takes: whether a layer takes it.
    """
    fit = [one.path for one in placed if takes(one.layer)]
    paths = [one.path for one in placed]
    found: dict[str, Entry] = {}
    for entry in entries:
        found |= dict.fromkeys(select(entry.layers, paths, section, bench.report), entry)
        for pattern in entry.layers.items:
            alone = Patterns((pattern,), entry.layers.origin)
            hits = [path for path in paths if path in select(alone, paths, section, Report())]
            if hits and not set(hits) & set(fit):
                _report_unfit(str(pattern.value), fit, pattern.origin, bench, section, does)
    for one in placed:
        if one.path in found and takes(one.layer):
            yield one, found[one.path]


def _report_unfit(
    pattern: str, fit: Sequence[str], origin: Origin, bench: Bench, section: str, does: str
) -> None:
    some = ", ".join(f"`{path}`" for path in fit[:4]) + (", …" if len(fit) > 4 else "")
    bench.report.add(
        "unfit-layers",
        f"the pattern `{pattern}` of `{section}` chooses no layer that {does}",
        origin.place,
        help=f"those that do are {some}" if fit else "this model has no such layer",
        frames=origin.frames,
    )


def as_loaded(layer: Any, bench: Bench) -> list[Any] | None:
    """The layers of what Keras loads for a layer, itself first; none where it does not load one of its own,
    and `None` where it does not load one of the user's, which is told when the model is read back.
    """
    data = keras.saving.serialize_keras_object(layer)
    try:
        again, _ = first_call(lambda: read_back(data), lambda layer: None, watch=bench.watch)
    except Refused:
        return [] if is_of_keras(type(layer).__module__) else None
    return private.flat_layers(again)


def origin_of(path: str, origins: Mapping[str, Origin], made: Made) -> Origin:
    """Where a layer is written, or else its model."""
    return origins.get(path, made.graph.origin)


def blank_values(scope: keras.StatelessScope, layer: Any) -> None:
    """Let whoever reads a layer's variables inside a scope read zeros."""
    for variable in layer.variables:
        blank = keras.ops.zeros(private.shape_of(variable), private.dtype_of(variable))
        scope.add_update((variable, blank))
