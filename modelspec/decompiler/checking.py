"""The check of a document before it is given out: it is compiled as far as it can be without Keras, and what
it means is compared with what was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modelspec.catalog.lookup import Catalog
from modelspec.catalog.resolve import resolve_program
from modelspec.catalog.resolved import Resolved
from modelspec.catalog.safety.policy import Policy
from modelspec.decompiler.document import Draft, reduced_compile
from modelspec.decompiler.forms import Form, form_of_config, form_of_graph
from modelspec.decompiler.model import Model
from modelspec.decompiler.reduced import Settings, reduce_object, same
from modelspec.diagnostics import Report, Source, SpecError
from modelspec.frozen import dataclass
from modelspec.graph.build import build_program
from modelspec.graph.model import Graph
from modelspec.language.compose import close_document
from modelspec.language.load import Loader

Json = Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a document says otherwise than the config.

    Args:
        path: the names of the layers that lead to it; the names of nested models first.
        what: a clause.
    """

    path: tuple[str, ...]
    what: str


def compiled(text: str, catalog: Catalog, registered: frozenset[str]) -> Resolved:
    """What a text means, up to where Keras is needed.

    Raises:
        SpecError: it has mistakes.
    """
    report = Report()
    loader = Loader(Path.cwd())
    document = loader.load(Source("<decompiled>", text), "", None, report)
    report.raise_if_errors()
    assert document is not None
    spec = close_document(document, loader, catalog, report)
    program = build_program(spec, catalog.stem, report)
    report.raise_if_errors()
    assert program is not None
    policy = Policy(allow_unsafe=True, registered=registered | frozenset(catalog.registered.names()))
    resolved = resolve_program(program, catalog, report, policy=policy)
    report.raise_if_errors()
    assert resolved is not None
    return resolved


def differences(resolved: Resolved, model: Model, draft: Draft) -> Iterator[Difference]:
    """Where the document says otherwise than the config that it was made from."""
    settings = draft.settings
    graphs = {graph.key: graph for graph in (resolved.program.main, *resolved.program.models)}
    models: Mapping[str, tuple[tuple[str, ...], Model]] = {
        "": ((), model),
        **{key: (path, draft.models[key]) for key, path in draft.paths.items()},
    }
    for key, (path, inner) in models.items():
        graph = graphs.get(key)
        if not isinstance(graph, Graph):
            yield Difference(path, "the document has no such graph")
            continue
        yield from _of_forms(
            form_of_config(inner, path, draft), form_of_graph(graph, resolved, settings, draft.models), path
        )
    yield from differences_of_compile(resolved, model.data, settings)


def differences_of_compile(
    resolved: Resolved, data: Mapping[str, Json], settings: Settings
) -> Iterator[Difference]:
    """The same of the compile settings."""
    given = data.get("compile_config")
    wanted = reduced_compile(given, settings) if isinstance(given, dict) else {}
    meant = reduced_compile(dict(resolved.compile or {}), settings)
    if not same(wanted, meant):
        yield Difference((), "the compile settings differ")


def differences_of_whole(
    resolved: Resolved, data: Mapping[str, Json], settings: Settings
) -> Iterator[Difference]:
    """The same of a model that is one object."""
    whole = resolved.wholes.get("")
    kept = {key: value for key, value in data.items() if key != "compile_config"}
    if whole is None or not same(
        _bare(reduce_object(whole.data, settings)), _bare(reduce_object(kept, settings))
    ):
        yield Difference((), "the object that is the model differs")
    yield from differences_of_compile(resolved, data, settings)


def _bare(value: object) -> object:
    return value


def _of_forms(wanted: Form, meant: Form, path: tuple[str, ...]) -> Iterator[Difference]:
    for name in wanted["layers"].keys() | meant["layers"].keys():
        one, two = wanted["layers"].get(name), meant["layers"].get(name)
        if one is None or two is None:
            what = "stands in the document only" if one is None else "is missing in the document"
            yield Difference((*path, name), what)
            continue
        for part in sorted(one.keys() | two.keys()):
            if not same(one.get(part), two.get(part)):
                yield Difference((*path, name), f"its {part} differ")
    for part in wanted:
        if part != "layers" and not same(wanted[part], meant[part]):
            yield Difference(path, f"its {part} differ")


__all__ = ["Difference", "SpecError", "compiled", "differences", "differences_of_whole"]
