"""`modelspec schema`: a JSON Schema with which editors complete and check documents, or that of a diff."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import Output, exit_status, print_diagnostics

if TYPE_CHECKING:
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec schema -o modelspec.schema.json
  modelspec schema diff -o modelspec-diff.schema.json
  modelspec schema | jq '.definitions["keras.layers.Dense"]'
"""


@click.command(epilog=_EPILOG)
@click.argument("of", type=click.Choice(["document", "diff"]), default="document", metavar="[document|diff]")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead.")
@click.option(
    "--allow",
    multiple=True,
    metavar="MODULE",
    help="A module or Python file to import for what it registers. Repeatable.",
)
def schema(of: str, output: Path | None, allow: tuple[str, ...]) -> None:
    """Print a JSON Schema of documents for the installed Keras, or of what `diff --format json` prints.

    With it an editor completes the language's words, the names of classes and then the arguments of that
    class, with documentation, and marks what does not fit. Editors with the YAML language server read it
    where the first line of a document is `# yaml-language-server: $schema=modelspec.schema.json`.
    """
    from modelspec.diagnostics import Report, SpecError

    report = Report()
    text = None
    try:
        text = _schema_of_diff() if of == "diff" else _schema(allow, report)
        if output is not None:
            from modelspec.archive.write_failures import write_or_report

            write_or_report(output, text.encode(), report)
        diagnostics = tuple(report.diagnostics)
    except SpecError as error:
        diagnostics = error.diagnostics
    print_diagnostics(diagnostics, Output("full", quiet=False))
    if text is not None and output is None:
        click.echo(text, nl=False)
    raise SystemExit(exit_status(diagnostics))


def _schema(allow: tuple[str, ...], report: Report) -> str:
    from contextlib import redirect_stdout

    from modelspec import __version__
    from modelspec.catalog.editor.document import document_schema, written
    from modelspec.compiler.vocabulary import read_vocabulary

    with redirect_stdout(sys.stderr):  # whatever a user's module prints while it is imported
        vocabulary = read_vocabulary(allow, report)
    return written(document_schema(vocabulary, modelspec_version=__version__))


def _schema_of_diff() -> str:
    from modelspec.architecture.comparing.record import SCHEMA

    return SCHEMA.read_text(encoding="utf-8")
