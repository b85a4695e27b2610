"""What a compiled model is known by: the key of its cache entry, and what a document's hash is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from modelspec import __version__
from modelspec.catalog.resolved import KerasObject, KerasOp, Resolved
from modelspec.compiler.archives import nested_archives
from modelspec.compiler.code_stamp import code_stamp
from modelspec.compiler.fingerprint import fingerprint
from modelspec.compiler.values import Checked
from modelspec.graph.model import Program
from modelspec.language.closed import ClosedModel, ClosedSpec


def document_hash(spec: ClosedSpec) -> str:
    """What a document says, whatever files it came from and however what has no order is ordered."""
    return fingerprint(_content(spec))


def _content(spec: ClosedSpec) -> ClosedSpec:
    """The spec without what depends on where files lie, and what says nothing about the model."""
    return replace(
        spec,
        sources=(),
        lint=None,
        models=tuple(sorted(map(_model_content, spec.models), key=lambda model: model.key)),
        defaults=tuple(sorted(spec.defaults, key=lambda entry: entry[0].text)),
        weights=replace(spec.weights, loads=tuple(replace(load, places=()) for load in spec.weights.loads)),
    )


def _model_content(model: ClosedModel) -> ClosedModel:
    return replace(
        model,
        archive=None if model.archive is None else Path(model.archive).name,
        spec=None if model.spec is None else _content(model.spec),
    )


def cache_key(checked: Checked) -> str:
    """What the compiled model depends on: the resolved graphs, the versions, and our own code."""
    program = checked.program
    return fingerprint(
        architecture(program, checked.resolved),
        checked.selected,
        [program.spec.weights.lora, program.spec.weights.quantize, checked.resolved.quantization],
        checked.keras_version,
        __version__,
        code_stamp(),
        _archives(program),
        checked.custom.stamp,
    )


def uses_names(resolved: Resolved, names: frozenset[str]) -> bool:
    """Whether a program has an object that is registered under one of these names."""
    own = [resolved.layers, resolved.wholes, resolved.classes, resolved.calls, resolved.compile]
    return bool(names) and (
        any(_names(part, names) for part in own)
        or any(uses_names(inner, names) for inner in resolved.nested.values())
    )


def _names(value: object, names: frozenset[str]) -> bool:
    match value:
        case KerasObject(data=data):
            return _names(data, names)
        case KerasOp(arguments=arguments):
            return _names(arguments, names)
        case Mapping():
            if value.get("registered_name") in names or value.get("class_name") in names:
                return True
            return any(_names(item, names) for item in value.values())
        case list() | tuple():
            return any(_names(item, names) for item in value)
        case _:
            return False


def architecture(program: Program, resolved: Resolved) -> list[object]:
    """What `link` makes of a program depends on this and nothing else of it."""
    return [
        program.main,
        program.models,
        program.spec.data_format,
        # Keras keeps the order of a plain mapping among the arguments, so here it counts.
        fingerprint(_made(resolved), resolved.wholes, resolved.classes, resolved.compile, ordered=True),
        resolved.dtypes,
        resolved.model_dtypes,
        [[key, architecture(nested, resolved.nested[key])] for key, nested in program.nested],
    ]


def _made(resolved: Resolved) -> list[object]:
    """The layers and the arguments of their calls, each under its model key and path, in their order."""
    layers = [
        [model, path, layer] for model, found in resolved.layers.items() for path, layer in found.items()
    ]
    calls = [
        [model, path, sorted(arguments.items())]
        for model, found in resolved.calls.items()
        for path, arguments in found.items()
    ]
    return [sorted(entries, key=lambda entry: (entry[0], entry[1])) for entries in (layers, calls)]


def _archives(program: Program) -> list[object]:
    """Identity of the archives that the models nest."""
    found: list[object] = []
    for path in nested_archives(program):
        stat = Path(path).stat()
        found.append([path, stat.st_size, stat.st_mtime_ns])
    return found
