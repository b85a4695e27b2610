"""`modelspec build`: documents to archives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import (
    STDIN,
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
    from modelspec.compiler.produce import Built
    from modelspec.compiler.values import Options
    from modelspec.diagnostics import Diagnostic

_EPILOG = """\b
Examples:
  modelspec build net.yaml                        writes net.keras here
  modelspec build net.yaml -o models/net.keras
  modelspec build a.yaml b.yaml -o models/        one archive for each
  modelspec build net.yaml --set vars.width=64 -o wide.keras
  modelspec build net.yaml --watch                again at every save
  cat net.yaml | modelspec build - -o net.keras
"""


@click.command(epilog=_EPILOG)
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT...")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="The archive, or a folder for several (default: the document's name, here).",
)
@click.option("--watch", is_flag=True, help="Build again whenever a file changes.")
@document_options
def build(
    documents: tuple[str, ...], output: str | None, watch: bool, form: str, quiet: bool, **given: Any
) -> None:
    """Write the .keras archive of each DOCUMENT (`-` reads standard input).

    The archive appears whole or not at all, and two builds of one document are the same bytes.
    """
    targets = [_target(document, output, several=len(documents) > 1) for document in documents]
    twice = next((path for path in targets if targets.count(path) > 1), None)
    if twice is not None:
        raise click.UsageError(f"two documents would be written to {twice}")
    options, how = make_options(**given), Output(form, quiet)
    if watch:
        from modelspec.cli.watch import watch_documents

        watch_documents(documents, lambda i: _build_one(documents[i], targets[i], options, how))
        return
    outcomes = [
        _build_one(document, target, options, how)
        for document, target in zip(documents, targets, strict=True)
    ]
    if form == "json":
        print_json([data for data, _, _ in outcomes])
    raise SystemExit(max(status for _, status, _ in outcomes))


def _target(document: str, output: str | None, *, several: bool) -> Path:
    if document == STDIN and (output is None or several):
        raise click.UsageError("a document from standard input needs `-o FILE`")
    name = Path(document).name.partition(".")[0] + ".keras"
    if output is None:
        return Path(name)
    path = Path(output)
    if several or output.endswith(("/", "\\")) or path.is_dir():
        if path.exists() and not path.is_dir():
            raise click.UsageError(f"several documents need a folder, and {output} is a file")
        path.mkdir(parents=True, exist_ok=True)
        return path / name
    return path


def _build_one(
    document: str, target: Path, options: Options, output: Output
) -> tuple[dict[str, object], int, tuple[str, ...]]:
    from modelspec.archive.sizes import readable_size
    from modelspec.cli.progress import watched
    from modelspec.compiler.stages import compile_document
    from modelspec.diagnostics import Report, SpecError

    report = Report()
    built: Built | None = None
    sources: tuple[str, ...] = ()
    try:
        with watched(document, quiet=output.quiet or output.form == "json") as progress:
            text = read_text(document, report)
            compiled = compile_document(text, options, report, progress=progress)
            sources = tuple(name for name, _ in compiled.checked.document.sources)
            # Only here, because it imports NumPy and h5py: a document with a mistake needs neither.
            from modelspec.compiler.produce import write_archive

            built = write_archive(compiled, target, report, progress=progress)
        found: tuple[Diagnostic, ...] = tuple(report.diagnostics)
    except SpecError as error:
        found = error.diagnostics
    print_diagnostics(found, output)
    if built is not None and not output.quiet and output.form != "json":
        click.echo(f"{document} -> {built.path}  {built.params:,} parameters, {readable_size(built.size)}")
    data: dict[str, object] = {"document": document, "diagnostics": diagnostics_json(found)}
    if built is not None:
        data |= {"archive": str(built.path), "bytes": built.size, "params": built.params}
    return data, exit_status(found), sources
