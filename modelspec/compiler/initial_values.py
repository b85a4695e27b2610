"""Initializers that cannot make the values they are asked for: found before anything is written."""

from __future__ import annotations

from modelspec.diagnostics import Report
from modelspec.graph.model import Graph, Program
from modelspec.language.values import Origin
from modelspec.link.linked import Linked
from modelspec.weights.check import undrawable


def check_initial_values(linked: Linked, program: Program, report: Report) -> None:
    """Report each variable whose initializer makes no values of its shape or dtype; Keras refuses it too."""
    refused = list(undrawable(linked.variables))
    if not refused:
        return
    origins = _origins(program)
    for variable, reason in refused:
        origin = origins.get(variable.owner)
        report.add(
            "keras-refused",
            f"`{variable.name}` of `{variable.owner}` has no initial values: {reason}",
            origin.place if origin is not None else None,
            help="choose another initializer",
            frames=origin.frames if origin is not None else (),
        )


def _origins(program: Program, prefix: str = "") -> dict[str, Origin]:
    """Where each layer is written, by its graph path; those of a nested model below its key."""
    found: dict[str, Origin] = {}
    nested = dict(program.nested)
    for model in (program.main, *program.models):
        head = f"{prefix}{model.key}/" if model.key else prefix
        if model.key in nested:
            found |= _origins(nested[model.key], head)
        elif isinstance(model, Graph):
            found |= {head + layer.path: layer.origin for layer in model.layers}
    return found
