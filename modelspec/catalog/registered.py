"""Classes and functions that modules register: which document may use which, and what is said of the rest."""

from __future__ import annotations

from modelspec.catalog.context import Context
from modelspec.diagnostics import Label, Report
from modelspec.graph.model import Graph, MadeLayer, Program
from modelspec.language.values import Object, Origin


def is_registered_name(text: str) -> bool:
    """Whether a text is spelt as Keras spells registered names (`acme>AttentionPool`)."""
    package, separator, name = text.partition(">")
    return bool(separator and package and name) and not any(map(str.isspace, text))


def report_modules(program: Program, report: Report) -> None:
    """Say of each module under `use` that the caller has not allowed it, and how it is allowed.

    A document names modules, but only the caller lets them run.
    """
    first = _first_use(program)
    labels = (Label(first.place, "used here"),) if first is not None else ()
    for module in program.spec.use:
        report.add(
            "module-not-allowed",
            f"the module `{module.value}` is not allowed",
            module.origin.place,
            help="this release imports no modules of others; it checks what does not need them",
            frames=module.origin.frames,
            labels=labels,
        )


def report_registered(name: str, origin: Origin, context: Context) -> None:
    """Say that nothing registers a name, unless the modules that might are not allowed in the first place."""
    if context.uses_modules:
        return
    context.complain(
        "unknown-registered-name",
        f"nothing registers `{name}`",
        origin,
        help="this release knows the classes of Keras only",
    )


def _first_use(program: Program) -> Origin | None:
    """The first item whose class a module registers."""
    for model in (program.main, *program.models):
        if isinstance(model, Graph):
            for layer in model.layers:
                match layer.kind:
                    case MadeLayer(object=Object(cls=cls)) if is_registered_name(cls):
                        return layer.origin
    return None
