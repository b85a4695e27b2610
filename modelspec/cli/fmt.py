"""`modelspec fmt`: documents in the house's form."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelspec.cli.common import (
    STDIN,
    Output,
    diagnostics_json,
    exit_status,
    print_as_it_is,
    print_diagnostics,
    print_json,
)

if TYPE_CHECKING:
    from modelspec.compiler.formatted import Formatted
    from modelspec.diagnostics import Diagnostic, Report

_EPILOG = """\b
Examples:
  modelspec fmt net.yaml
  modelspec fmt configs --check
  modelspec fmt net.yaml --diff
  modelspec fmt - < net.yaml
"""


@click.command(epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILES…")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where something would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["full", "concise", "json"]),
    default="full",
    help="How mistakes are shown.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print mistakes only.")
def fmt(files: tuple[str, ...], check: bool, diff: bool, form: str, quiet: bool) -> None:
    """Bring documents into the house's form: indentation, spaces, quotes, blank lines, long lines.

    FILES are documents, folders of them, or `-` for standard input, which goes to standard output. The text
    is edited: comments stay, and so does every byte that no rule is about. What the document says is compared
    before anything is written. Files without a `modelspec:` are passed over. Lines from `# fmt: off` to
    `# fmt: on` stay as they are.
    """
    from modelspec.diagnostics import Report, SpecError

    if STDIN in files and len(files) > 1:
        raise click.UsageError("`-` stands alone: standard input is one document")
    how = Output(form, quiet)
    found: tuple[Diagnostic, ...] = ()
    done: list[Formatted] = []
    for name in _names(files):
        report = Report()
        formatted = None
        try:
            formatted = _formatted(name, report, write=not (check or diff))
            mistakes = tuple(report.diagnostics)
        except SpecError as error:
            mistakes = error.diagnostics
        print_diagnostics(mistakes, how)
        found += mistakes
        if formatted is not None:
            done.append(formatted)
            if form != "json":
                _tell(formatted, check=check, diff=diff, quiet=quiet)
    if form == "json":
        print_json(_data(done, found, with_text=STDIN in files))
    status = exit_status(found)
    raise SystemExit(status or int(check and any(one.changed for one in done)))


def _names(files: tuple[str, ...]) -> list[str]:
    from modelspec.compiler.formatted import documents_in

    if STDIN in files:
        return [STDIN]
    return list(dict.fromkeys(str(path) for path in documents_in(Path(name) for name in files)))


def _formatted(name: str, report: Report, *, write: bool) -> Formatted | None:
    from modelspec.compiler.formatted import Formatted, format_file, format_source
    from modelspec.source.files import load_stdin

    if name != STDIN:
        return format_file(Path(name), report, write=write)
    loaded = load_stdin(sys.stdin.buffer, report)
    if loaded is None:
        return None
    source = loaded[0]
    formatted = format_source(source, report)
    # What is no document goes through as it came.
    return formatted or (None if report.has_errors else Formatted(source.name, source.text, source.text))


def _tell(formatted: Formatted, *, check: bool, diff: bool, quiet: bool) -> None:
    if diff:
        print_as_it_is(formatted.diff())
    elif formatted.name == "<stdin>" and not check:
        print_as_it_is(formatted.after)
    elif formatted.changed and not quiet:
        click.echo(f"{formatted.name}  {'would change' if check else 'formatted'}")


def _data(done: list[Formatted], found: tuple[Diagnostic, ...], *, with_text: bool) -> dict[str, object]:
    files = [
        {"file": one.name, "changed": one.changed, **({"text": one.after} if with_text else {})}
        for one in done
    ]
    return {"diagnostics": diagnostics_json(found), "files": files}
