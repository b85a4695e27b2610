"""What is said of modules that the caller has not allowed, and of names that nothing registers."""

from __future__ import annotations

from modelspec.catalog.context import Context
from modelspec.catalog.registered import Registered, is_registered_name
from modelspec.diagnostics import Label, Report, nearest
from modelspec.graph.model import Graph, MadeLayer, Program
from modelspec.language.values import Object, Origin
from modelspec.language.words import is_file

_MOST_LISTED = 8


def report_modules(program: Program, registered: Registered, report: Report) -> None:
    """Say of each module under `use` that the caller has not allowed it, and how it is allowed.

    A document names modules, but only the caller lets them run.
    """
    first = _first_use(program)
    labels = (Label(first.place, "used here"),) if first is not None else ()
    for module in program.spec.use:
        text = str(module.value)
        if text not in registered.refused:
            continue
        top = text if is_file(text) else text.partition(".")[0]
        report.add(
            "module-not-allowed",
            f"the module `{text}` is not allowed",
            module.origin.place,
            help=f"its code runs when it is imported; if you trust it, allow it: `--allow {top}`",
            frames=module.origin.frames,
            labels=labels,
        )


def report_registered(name: str, origin: Origin, context: Context) -> None:
    """Say that nothing registers a name, what is registered and what is near, unless a module that might
    register it was not imported in the first place.
    """
    if context.unknown_modules:
        return
    known = context.catalog.registered.names()
    context.complain(
        "unknown-registered-name",
        f"nothing registers `{name}`",
        origin,
        help=_help(name, known),
    )


def _help(name: str, known: tuple[str, ...]) -> str:
    # Another package, or none, with the very same name is nearer than any other spelling.
    end = name.rpartition(">")[2]
    same = [text for text in known if text.rpartition(">")[2] == end]
    by_end = {text.rpartition(">")[2]: text for text in reversed(known)}
    near = same[0] if same else nearest(name, known) or by_end.get(nearest(end, by_end) or "")
    if near is not None:
        return f"did you mean `{near}`?"
    if known:
        shown = ", ".join(f"`{text}`" for text in known[:_MOST_LISTED])
        rest = len(known) - _MOST_LISTED
        return f"registered are {shown}{f' and {rest} more' if rest > 0 else ''}"
    return "name the module that registers it under `use`, and allow it with `--allow`"


def _first_use(program: Program) -> Origin | None:
    """The first item whose class a module registers."""
    for model in (program.main, *program.models):
        if isinstance(model, Graph):
            for layer in model.layers:
                match layer.kind:
                    case MadeLayer(object=Object(cls=cls)) if is_registered_name(cls):
                        return layer.origin
    return None
