"""Values of quantized layers: made of those the layers have before, one layer at a time, by Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from modelspec.compiler.values import Compiled
from modelspec.compiler.weights.stored_values import ValuesOf
from modelspec.diagnostics import Report
from modelspec.link.linked import Variable
from modelspec.weights.hdf5 import values_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from modelspec.link.registered.registry import Registry

    Array = npt.NDArray[Any]

Makers = Mapping[str, Callable[[], "Array"]]
"""By address of a dataset: what makes it."""


def quantized_makers(compiled: Compiled, stored: ValuesOf, report: Report) -> Makers:
    """What makes the datasets of quantized layers; Keras is imported where there are some.

    They are made one layer at a time, whichever threads ask, and memory holds those of one layer.
    """
    linked = compiled.linked
    if not linked.quantized:
        return {}
    registry = _ready(compiled, report)
    from modelspec.link.quantizing import quantized_values

    before: dict[str, list[Variable]] = {layer.address: [] for layer in linked.quantized}
    for variable in linked.variables:
        if variable.group in before:
            before[variable.group].append(variable)
    seed = compiled.checked.spec.weights.seed

    @lru_cache(maxsize=1)
    def made(position: int) -> dict[str, Array]:
        layer = linked.quantized[position]
        values = {_key(one): values_of(one, seed, stored).array() for one in before[layer.address]}
        return quantized_values(layer, values, registry=registry)

    lock = Lock()

    def one_of(position: int, key: str) -> Array:
        with lock:
            return made(position)[key]

    return {
        variable.address: partial(one_of, position, _key(variable))
        for position, layer in enumerate(linked.quantized)
        for variable in layer.stored
    }


def _ready(compiled: Compiled, report: Report) -> Registry | None:
    """Import Keras, which is not there where the model comes from the cache, and what the document uses."""
    from modelspec.link.backend import choose_backend, import_keras

    options, custom = compiled.options, compiled.checked.custom
    backend = choose_backend(report, asked=options.backend)
    report.raise_if_errors()
    assert backend is not None
    import_keras(backend, cpu_only=options.cpu_only)
    if not custom.modules and not custom.objects:
        return None
    from modelspec.link.registered.collect import collect

    registry = collect(custom.modules, custom.objects, report).registry
    report.raise_if_errors()
    return registry


def _key(variable: Variable) -> str:
    return variable.address.rpartition("/")[2]
