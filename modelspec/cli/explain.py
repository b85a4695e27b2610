"""`modelspec explain`: a value's final form and where it came from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import (
    Output,
    diagnostics_json,
    document_options,
    exit_status,
    make_options,
    print_diagnostics,
    print_json,
    read_text,
)

if TYPE_CHECKING:
    from modelspec.compiler.explain import Explanation

_EPILOG = """\b
Examples:
  modelspec explain net.yaml vars.width
  modelspec explain net.yaml layers.stem.filters      a path of the document
  modelspec explain net.yaml s2/residual_1/main       a path of the graph: all arguments
  modelspec explain net.yaml s2/shortcut.strides      one of them
"""


@click.command(epilog=_EPILOG)
@click.argument("document")
@click.argument("path")
@document_options
def explain(document: str, path: str, form: str, quiet: bool, **given: Any) -> None:
    """Tell what the value at PATH of DOCUMENT is, and where it came from, step by step."""
    from modelspec.catalog.load import load_catalog
    from modelspec.compiler.explain import explain_path
    from modelspec.compiler.stages import check_document
    from modelspec.diagnostics import Report, SpecError

    report = Report()
    try:
        checked = check_document(read_text(document, report), make_options(**given), report)
        explanation = explain_path(checked, load_catalog(checked.keras_version), path)
    except SpecError as error:
        if form == "json":
            print_json({"document": document, "diagnostics": diagnostics_json(error.diagnostics)})
        print_diagnostics(error.diagnostics, Output(form, quiet))
        raise SystemExit(exit_status(error.diagnostics)) from None
    if form == "json":
        from dataclasses import asdict

        print_json(asdict(explanation))
    else:
        _print(explanation)


def _print(explanation: Explanation) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    console.print(Text(explanation.title, style="bold"))
    table = Table.grid(padding=(0, 2))
    for value in explanation.values:
        first, *rest = value.how
        table.add_row(
            "", value.name, Text(_shown(value.value), style="cyan"), first[0], Text(first[1], style="dim")
        )
        for text, place in rest:
            table.add_row("", "", "", Text(f"← {text}", style="dim"), Text(place, style="dim"))
    console.print(table)


def _shown(value: object) -> str:
    import json

    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
