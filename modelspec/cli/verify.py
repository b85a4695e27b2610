"""`modelspec verify`: one verdict for each check of an archive."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import FilePath, Output, document_options, make_options, print_json, read_text
from modelspec.cli.run import attempt_on_file

if TYPE_CHECKING:
    from rich.table import Table

    from modelspec.compiler.verifying.verdict import Verification

_EPILOG = """\b
Examples:
  modelspec verify net.keras
  modelspec verify net.keras --spec net.yaml
  modelspec verify net.keras --lock modelspec.lock
  modelspec verify net.keras --attestation net.intoto.jsonl
"""
_MARKS = {"passed": ("✓", "green"), "failed": ("✗", "bold red"), "skipped": ("–", "dim")}
_PIPE_WIDTH = 200  # columns where there is no terminal to ask


@click.command(epilog=_EPILOG)
@click.argument("archive", type=FilePath(path_type=Path))
@click.option("--spec", metavar="DOCUMENT", help="The document that the archive should come from.")
@click.option("--lock", type=click.Path(path_type=Path), metavar="PATH", help="A lock that should have it.")
@click.option(
    "--attestation",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Statements that should be about it.",
)
@document_options
def verify(
    archive: Path,
    spec: str | None,
    lock: Path | None,
    attestation: Path | None,
    form: str,
    quiet: bool,
    **given: Any,
) -> None:
    """Hold ARCHIVE against the hashes that it records, its own model, and what is named besides.

    What passes is intact and matches. It is not said to be safe, which `audit` judges, nor that its values
    are those it was built with, which only a statement from then can tell. Exits with 1 where a check fails.
    """
    from modelspec.compiler.verifying.subject import Against
    from modelspec.compiler.verifying.verify import verify_archive
    from modelspec.diagnostics import Report
    from modelspec.source.files import nearest_help

    output, options = Output(form, quiet), make_options(**given)

    def work(report: Report, progress: Any) -> Verification:
        if not archive.exists():
            report.fail("file-not-found", f"`{archive}` does not exist", help=nearest_help(archive))
        text = read_text(spec, Report()) if spec is not None else None
        return verify_archive(archive, Against(text, lock, attestation, options, progress))

    found, diagnostics = attempt_on_file(str(archive), output, work)
    if found is None:
        from modelspec.cli.common import diagnostics_json, exit_status, print_diagnostics

        print_diagnostics(diagnostics, output)
        if form == "json":
            print_json({"archive": str(archive), "diagnostics": diagnostics_json(diagnostics)})
        raise SystemExit(exit_status(diagnostics))
    if form == "json":
        print_json(
            {
                "archive": str(archive),
                "passed": found.passed,
                "checks": [asdict(verdict) for verdict in found.verdicts],
            }
        )
    elif form == "concise":
        for verdict in found.told:
            if not quiet or verdict.outcome == "failed":
                click.echo(f"{archive}: {verdict.check}: {verdict.outcome}: {verdict.detail}")
    elif not quiet or not found.passed:
        _print(archive, found, failed_only=quiet)
    raise SystemExit(0 if found.passed else 1)


def _print(archive: Path, found: Verification, *, failed_only: bool) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    console.print(_table(found, failed_only=failed_only))
    if not failed_only:
        count = sum(verdict.outcome == "failed" for verdict in found.verdicts)
        words = "intact, and matches" if found.passed else f"{count} check{'s' if count > 1 else ''} failed"
        console.print(f"{archive}: {words}", style="green" if found.passed else "red")


def _table(found: Verification, *, failed_only: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for verdict in found.told:
        if failed_only and verdict.outcome != "failed":
            continue
        mark, style = _MARKS[verdict.outcome]
        detail = Text(verdict.detail, style="dim" if verdict.outcome == "skipped" else "")
        if verdict.help:
            detail.append(f"\n{verdict.help}", style="dim")
        table.add_row(Text(mark, style=style), Text(verdict.check, style=style), detail)
    return table
