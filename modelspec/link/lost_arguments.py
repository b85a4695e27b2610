"""Arguments that a document gives and that the class it gives them to does not save."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelspec.catalog.resolved import KerasObject, Resolved
from modelspec.graph.model import Graph
from modelspec.language.values import Origin
from modelspec.link.made import Bench, Made, program_of
from modelspec.link.refusal import point_of
from modelspec.link.registered.nested import registered_class
from modelspec.link.variables import graphs_of

Json = Any

# What gives a layer its input and says nothing of the layer itself.
_OF_INPUT = frozenset({"input_shape", "batch_input_shape", "input_dim", "input_length", "batch_size"})


def report_lost_arguments(made: Made, resolved: Resolved, bench: Bench) -> None:
    """Report each registered class that cannot be saved, and each argument that a class leaves out of its
    config; where the class is Keras' own, that is a warning.

    Args:
        made: the main model.
        resolved: its program.
        bench: its report gets `not-reloadable`, `argument-not-saved` and `argument-forgotten`.
    """
    keys: dict[type, frozenset[str]] = {}
    for part in graphs_of(made):
        for written, layer in _written(part, resolved):
            config = written.data.get("config")
            if not isinstance(config, dict) or written.verbatim:
                continue
            if registered_class(written.data) is not None:
                _report_own(written, layer, bench)
            elif not config.keys() <= keys.get(type(layer), frozenset()):
                try:
                    saved = frozenset(layer.get_config())
                except Exception:  # what cannot be written at all is told by whoever writes the model
                    continue
                keys[type(layer)] = keys.get(type(layer), frozenset()) | saved
                _warn_of_keras(written, saved, bench)


def report_lost_in_compile(compiled: Mapping[str, Json], resolved: Resolved, bench: Bench) -> None:
    """Report the arguments of registered objects in `compile` that Keras did not write.

    Args:
        compiled: the canonical compile config.
        resolved: the program, with `compile`.
        bench: its report gets `argument-not-saved`.
    """
    written = resolved.compile or {}
    for key, data in compiled.items():
        origin = resolved.compile_arguments.get(key, resolved.program.main.origin)
        for given, saved in _pairs(written.get(key), data):
            for name in given:
                if name not in saved:
                    _add(f"what `{key}` holds", name, origin, bench)


def _written(part: Made, resolved: Resolved) -> Iterator[tuple[KerasObject, Any]]:
    """What the document says of the layers and the class of a model, each with what was made of it."""
    program, key = program_of(part, resolved)
    objects = program.layers.get(key, {})
    for path, layer in part.layers.items():
        found = objects.get(path)
        if isinstance(found, KerasObject):
            yield found, layer
    whole = (program.classes if isinstance(part.graph, Graph) else program.wholes).get(key)
    if whole is not None:
        yield whole, part.model


def _report_own(written: KerasObject, made: Any, bench: Bench) -> None:
    what = f"`{written.data['registered_name']}`"
    try:
        saved = made.get_config()
    except Exception as error:
        bench.report.add(
            "not-reloadable",
            f"{what} cannot be saved: {point_of(error)}",
            written.origin.place,
            help="give the class a `get_config` that returns all it needs to be made again",
            frames=written.origin.frames,
        )
        return
    for name in written.data["config"]:  # type: ignore[attr-defined]
        if name not in saved:
            _add(what, name, written.arguments.get(name, written.origin), bench)


def _add(what: str, name: str, origin: Origin, bench: Bench) -> None:
    bench.report.add(
        "argument-not-saved",
        f"{what} does not save its argument `{name}`, so a loaded model would not have it",
        origin.place,
        help="add it to what the class's `get_config` returns",
        frames=origin.frames,
    )


def _warn_of_keras(written: KerasObject, saved: frozenset[str], bench: Bench) -> None:
    what = written.data["class_name"]
    for name, origin in written.arguments.items():
        if name not in saved and name not in _OF_INPUT:
            bench.report.add(
                "argument-forgotten",
                f"Keras does not save `{name}` of `{what}`, so a loaded model has the default",
                origin.place,
                help="set it again on the loaded model, or do without",
                frames=origin.frames,
            )


def _pairs(given: Json, saved: Json) -> Iterator[tuple[Mapping[str, Json], Mapping[str, Json]]]:
    """The configs of registered objects as written and as saved, where both have one."""
    match given, saved:
        case {"class_name": str(), "config": Mapping() as one}, {"config": Mapping() as two}:
            if registered_class(given) is not None:
                yield one, two
        case Mapping(), Mapping():
            for key in given.keys() & saved.keys():
                yield from _pairs(given[key], saved[key])
        case list(), list() if len(given) == len(saved):
            for one, two in zip(given, saved, strict=True):
                yield from _pairs(one, two)
