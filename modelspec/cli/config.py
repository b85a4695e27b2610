"""`modelspec config`: the Keras serialization dict as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import Output, document_options, make_options, target_option
from modelspec.cli.run import attempt, result_or_exit

if TYPE_CHECKING:
    from modelspec.compiler.values import Progress, Text
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec config net.yaml
  modelspec config net.yaml -o config.json
  modelspec config net.yaml --target installed
  modelspec config net.yaml | jq '.config.layers[].config.name'
"""


@click.command(epilog=_EPILOG)
@click.argument("document", type=click.Path())
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead.")
@target_option
@document_options
def config(document: str, output: Path | None, form: str, quiet: bool, **given: Any) -> None:
    """Print what Keras serialises the model of DOCUMENT as: the `config.json` of its archive."""
    import json

    from modelspec.compiler.stages import compile_document

    if output is not None and output.resolve() == Path(document).resolve():
        raise click.UsageError(f"`-o {output}` would replace the document")
    options, how = make_options(**given), Output(form, quiet)

    def work(text: Text, report: Report, progress: Progress) -> str:
        compiled = compile_document(text, options, report, progress=progress)
        data = json.dumps(compiled.linked.config, indent=2, ensure_ascii=False)
        if output is not None:
            from modelspec.archive.write_failures import write_or_report

            write_or_report(output, f"{data}\n".encode(), report)
        return data

    data = result_or_exit(attempt(document, how, work), how)
    if output is None:
        print(data)
