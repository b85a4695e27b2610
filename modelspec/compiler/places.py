"""The lines that a table of layers shows; places are not kept with a compiled model, for they may move."""

from __future__ import annotations

from dataclasses import replace

from modelspec.graph.model import Graph, Program
from modelspec.link.linked import Linked


def with_lines(linked: Linked, program: Program) -> Linked:
    """The model with the line of each call filled in."""
    lines = call_lines(program)
    rows = tuple(replace(row, line=lines.get((row.model, row.path), "")) for row in linked.rows)
    return replace(linked, rows=rows)


def call_lines(program: Program, prefix: str = "") -> dict[tuple[str, str], str]:
    """`file:line` of every call and input, by the path of the model and its own."""
    lines: dict[tuple[str, str], str] = {}
    nested = dict(program.nested)
    for model in (program.main, *program.models):
        path = f"{prefix}{model.key}".removesuffix("/")
        if model.key in nested:
            lines |= call_lines(nested[model.key], f"{path}/")
            continue
        for entry in model.inputs:
            lines[path, entry.name] = entry.origin.place.file_and_line
        if isinstance(model, Graph):
            for call in model.calls:
                lines[path, call.path] = call.origin.place.file_and_line
    return lines
