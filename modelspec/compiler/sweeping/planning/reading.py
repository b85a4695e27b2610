"""The sweep of a document: read, and held against the document."""

from __future__ import annotations

from modelspec.catalog.lookup import Catalog
from modelspec.diagnostics import Report
from modelspec.language.load import Document
from modelspec.source.tree import Mapping, Scalar
from modelspec.sweep.apply import check_paths
from modelspec.sweep.conditions import check_names
from modelspec.sweep.read_section import read_sweep
from modelspec.sweep.values import Sweep


def sweep_of(document: Document, catalog: Catalog, report: Report) -> Sweep | None:
    """The sweep of a document; `None` where it has none. What is wrong in it is reported."""
    entry = document.tree.entry("sweep")
    if entry is None or (isinstance(entry.value, Scalar) and entry.value.value is None):
        return None
    sweep = read_sweep(entry, report)
    check_paths(document.tree, sweep.space, catalog.class_of_identifier, report)
    variables = document.tree.get("vars")
    names = [one.key.text for one in variables.entries] if isinstance(variables, Mapping) else []
    conditions = (*sweep.keep, *((sweep.name,) if sweep.name is not None else ()))
    check_names(conditions, (*(f"vars.{name}" for name in names), *sweep.space.keys()), report)
    return sweep
