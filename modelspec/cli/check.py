"""`modelspec check`: all that `build` does short of values and files."""

from __future__ import annotations

from typing import Any

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

_EPILOG = """\b
Examples:
  modelspec check net.yaml
  modelspec check configs/*.yaml --format concise
  modelspec check net.yaml --watch
  modelspec check net.yaml --set vars.depth=50 --format json
"""


@click.command(epilog=_EPILOG)
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT...")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@document_options
def check(documents: tuple[str, ...], watch: bool, form: str, quiet: bool, **given: Any) -> None:
    """Find every mistake in each DOCUMENT (`-` reads standard input), those that Keras finds included."""
    options, output = make_options(**given), Output(form, quiet)
    if watch:
        from modelspec.cli.watch import watch_documents

        watch_documents(documents, lambda i: _check_one(documents[i], options, output))
        return
    outcomes = [_check_one(document, options, output) for document in documents]
    if form == "json":
        print_json([data for data, _, _ in outcomes])
    raise SystemExit(max(status for _, status, _ in outcomes))


def _check_one(document: str, options: Any, output: Output) -> tuple[dict[str, object], int, tuple[str, ...]]:
    from modelspec.cli.progress import watched
    from modelspec.compiler.stages import compile_document
    from modelspec.diagnostics import Report, SpecError

    report = Report()
    line = ""
    sources: tuple[str, ...] = ()
    try:
        with watched(document, quiet=output.quiet or output.form == "json") as progress:
            text = read_text(document, report)
            compiled = compile_document(text, options, report, progress=progress)
            sources = tuple(name for name, _ in compiled.checked.document.sources)
            linked = compiled.linked
            layers = f"{linked.layers:,} layer{'s' if linked.layers != 1 else ''}"
            line = f"{document}: ok  {layers}, {linked.params:,} parameters"
        found = tuple(report.diagnostics)
    except SpecError as error:
        found = error.diagnostics
    print_diagnostics(found, output)
    if line and not output.quiet and output.form != "json":
        click.echo(line)
    return {"document": document, "diagnostics": diagnostics_json(found)}, exit_status(found), sources
