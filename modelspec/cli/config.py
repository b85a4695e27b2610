"""`modelspec config`: the Keras serialization dict as JSON."""

from __future__ import annotations

from pathlib import Path
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
  modelspec config net.yaml
  modelspec config net.yaml -o config.json
  modelspec config net.yaml | jq '.config.layers[].config.name'
"""


@click.command(epilog=_EPILOG)
@click.argument("document")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead.")
@document_options
def config(document: str, output: Path | None, form: str, quiet: bool, **given: Any) -> None:
    """Print what Keras serialises the model of DOCUMENT as: the `config.json` of its archive."""
    import json

    from modelspec.archive.atomic import write_atomically
    from modelspec.cli.progress import watched
    from modelspec.compiler.stages import compile_document
    from modelspec.diagnostics import Report, SpecError

    report = Report()
    try:
        with watched(document, quiet=quiet or form == "json") as progress:
            text = read_text(document, report)
            compiled = compile_document(text, make_options(**given), report, progress=progress)
    except SpecError as error:
        if form == "json":
            print_json({"document": document, "diagnostics": diagnostics_json(error.diagnostics)})
        print_diagnostics(error.diagnostics, Output(form, quiet))
        raise SystemExit(exit_status(error.diagnostics)) from None
    print_diagnostics(report.diagnostics, Output(form, quiet))
    data = json.dumps(compiled.linked.config, indent=2, ensure_ascii=False)
    if output is None:
        print(data)
    else:
        write_atomically(output, f"{data}\n".encode())
