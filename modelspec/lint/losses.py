"""The losses of a document, each with the output that it judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

from modelspec.catalog.own import is_own
from modelspec.frozen import dataclass
from modelspec.graph.model import Tensor, TensorMap
from modelspec.graph.scope import tensors
from modelspec.language.values import Fields, Origin
from modelspec.lint.view import ModelView, View

Kind = Literal["binary", "categorical", "sparse"]

_CROSS_ENTROPIES: Mapping[str, Kind] = MappingProxyType(
    {
        "bce": "binary",
        "BCE": "binary",
        "binary_crossentropy": "binary",
        "BinaryCrossentropy": "binary",
        "binary_focal_crossentropy": "binary",
        "BinaryFocalCrossentropy": "binary",
        "categorical_crossentropy": "categorical",
        "CategoricalCrossentropy": "categorical",
        "categorical_focal_crossentropy": "categorical",
        "CategoricalFocalCrossentropy": "categorical",
        "sparse_categorical_crossentropy": "sparse",
        "SparseCategoricalCrossentropy": "sparse",
    }
)
# What a metric takes the targets for.
_TARGETS: Mapping[str, Kind] = MappingProxyType(
    {
        "categorical_accuracy": "categorical",
        "CategoricalAccuracy": "categorical",
        "top_k_categorical_accuracy": "categorical",
        "TopKCategoricalAccuracy": "categorical",
        "sparse_categorical_accuracy": "sparse",
        "SparseCategoricalAccuracy": "sparse",
        "sparse_top_k_categorical_accuracy": "sparse",
        "SparseTopKCategoricalAccuracy": "sparse",
    }
)


@dataclass(frozen=True, slots=True)
class CrossEntropy:
    """A cross-entropy and the output that it judges.

    Args:
        name: as it is written.
        kind: what targets it takes.
        from_logits: whether it applies the last activation itself.
        axis: of the classes.
        tensor: the output.
        metrics: the names of metrics of the same output, with what each takes the targets for.
        origin: where it is written.
    """

    name: str
    kind: Kind
    from_logits: bool
    axis: int
    tensor: Tensor
    metrics: tuple[tuple[str, Kind], ...]
    origin: Origin


def cross_entropies(view: View) -> Iterator[tuple[ModelView, CrossEntropy]]:
    """The cross-entropies of the document's own model; those of a custom model are its own affair."""
    model, compiled = view.main, view.resolved.compile
    if model is None or compiled is None or not isinstance(model.graph.cls, str):
        return
    outputs = _outputs(model)
    metrics = [
        entry for key in ("metrics", "weighted_metrics") for entry in _by_output(compiled.get(key), outputs)
    ]
    names = {tensor: name for name, tensor in outputs}
    for tensor, loss in _by_output(compiled.get("loss"), outputs):
        name, config = _named(loss)
        if name not in _CROSS_ENTROPIES:
            continue
        targets = tuple(
            (metric, _TARGETS[metric])
            for of, value in metrics
            if of == tensor
            for metric in _names(value)
            if metric in _TARGETS
        )
        axis = config.get("axis", -1)
        yield (
            model,
            CrossEntropy(
                name,
                _CROSS_ENTROPIES[name],
                bool(config.get("from_logits", False)),
                axis if isinstance(axis, int) else -1,
                tensor,
                targets,
                _origin(view, model, names[tensor]),
            ),
        )


def _origin(view: View, model: ModelView, output: str) -> Origin:
    """Where the loss of an output is written."""
    spec = view.program.spec.compile
    written = spec.get("loss") if spec is not None else None
    assert written is not None, "what was resolved is written"
    if isinstance(written, Fields):
        known = dict(model.graph.output_names)
        for field in written.fields:
            if known.get(field.name, field.name) == output:
                return field.value.origin
    return written.origin


def _outputs(model: ModelView) -> tuple[tuple[str, Tensor], ...]:
    """The outputs in Keras' order, each with the name that Keras gives it."""
    structure = model.graph.outputs
    if isinstance(structure, TensorMap):
        named = ((key, tuple(tensors(value))) for key, value in structure.items)
        return tuple((key, found[0]) for key, found in named if len(found) == 1)
    found = []
    for tensor in model.outputs:
        node = model.producer(tensor)
        found.append((node.layer.name if node is not None else tensor.call, tensor))
    return tuple(found)


def _by_output(value: Any, outputs: tuple[tuple[str, Tensor], ...]) -> Iterator[tuple[Tensor, Any]]:
    """What a section of `compile` says of each output."""
    match value:
        case {"class_name": _}:
            yield from ((tensor, value) for _, tensor in outputs)
        case dict():
            known = dict(outputs)
            yield from ((known[name], entry) for name, entry in value.items() if name in known)
        case list() if len(outputs) > 1 and len(value) == len(outputs):
            yield from ((tensor, entry) for (_, tensor), entry in zip(outputs, value, strict=True))
        case list() if len(outputs) == 1:
            yield outputs[0][1], value[0] if len(value) == 1 else value
        case str():
            yield from ((tensor, value) for _, tensor in outputs)
        case _:
            return


def _named(value: Any) -> tuple[str, Mapping[str, Any]]:
    """The name of one of Keras' losses and its arguments; an empty name for every other."""
    match value:
        case str():
            return value, {}
        case {"class_name": "function", "config": str(name)}:
            return ("" if ">" in name else name), {}
        case {"class_name": str(name), "config": dict(config)} if is_own(value):
            return name, config
        case _:
            return "", {}


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _names(item)
    else:
        yield _named(value)[0]
