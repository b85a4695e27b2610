"""The caller's functions that a document names: allowed, found, called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modelspec.compiler.allowed import allowed_by_caller
from modelspec.diagnostics import Report, nearest
from modelspec.frozen import dataclass
from modelspec.language.load import Loader
from modelspec.language.values import Origin, Plain
from modelspec.language.words import is_file
from modelspec.link.registered.module import Module, dotted_module, file_module


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the caller allows.

    Args:
        module: that it is in.
        name: there.
        written: as the document has it.
    """

    module: Module
    name: str
    written: str
    origin: Origin


def find_function(named: Plain, loader: Loader, allow: tuple[str, ...], report: Report) -> Function | None:
    """The function that a document names; `None` where it is not there or not allowed, which is reported."""
    written = str(named.value)
    text, _, name = written.rpartition(":")
    place = named.origin.place
    allowed = allowed_by_caller(allow, Path.cwd(), report)
    if is_file(text):
        path = loader.resolve(text, place, report)
        if path is None:
            return None
        module = file_module(path) if allowed.has_file(path) else None
    else:
        module = dotted_module(text) if allowed.has_module(text) else None
    if module is None:
        top = text if is_file(text) else text.partition(".")[0]
        report.add(
            "module-not-allowed",
            f"the module `{text}` is not allowed",
            place,
            help=f"its code runs when it is imported; if you trust it, allow it: `--allow {top}`",
            frames=named.origin.frames,
        )
        return None
    return Function(module, name, written, named.origin)


def function_in(function: Function, modules: Mapping[str, Any], report: Report) -> Any:
    """The function itself. Raises `SpecError` where the module has none of that name.

    Args:
        modules: imported, by name.
    """
    module = modules[function.module.name]
    found = getattr(module, function.name, None)
    if callable(found):
        return found
    names = [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
    near = nearest(function.name, names)
    report.fail(
        "unknown-function",
        f"`{function.module.shown}` has no function `{function.name}`",
        function.origin.place,
        help=f"did you mean `{near}`?" if near else None,
        frames=function.origin.frames,
    )
