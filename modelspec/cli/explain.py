"""`modelspec explain`: a value's final form and where it came from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import Output, document_options, make_options, print_json
from modelspec.cli.run import attempt, result_or_exit

if TYPE_CHECKING:
    from modelspec.compiler.explain import Explanation
    from modelspec.compiler.values import Progress, Text
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec explain net.yaml vars.width
  modelspec explain net.yaml layers.stem.filters  a path of the document
  modelspec explain net.yaml s2/residual_1/main   of the graph: all arguments
  modelspec explain net.yaml s2/shortcut.strides  one of them
"""


@click.command(epilog=_EPILOG)
@click.argument("document", type=click.Path())
@click.argument("path")
@document_options
def explain(document: str, path: str, form: str, quiet: bool, **given: Any) -> None:
    """Tell what the value at PATH of DOCUMENT is, and where it came from, step by step."""
    from modelspec.compiler.explain import explain_path
    from modelspec.compiler.stages import check_document

    options, output = make_options(**given), Output(form, quiet)

    def work(text: Text, report: Report, progress: Progress) -> Explanation:
        checked = check_document(text, options, report)
        return explain_path(checked, checked.catalog, path)

    outcome = attempt(document, output, work)
    explanation = result_or_exit(outcome, output)
    if form == "json":
        from dataclasses import asdict

        print_json(outcome.data | asdict(explanation))
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
