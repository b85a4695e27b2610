"""`modelspec classes`: what a document can name, as tables and as pages of documentation."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from modelspec.catalog.families import FAMILIES
from modelspec.cli.common import Output, diagnostics_json, exit_status, print_diagnostics, print_json

if TYPE_CHECKING:
    from modelspec.catalog.reference import Name, Vocabulary
    from modelspec.diagnostics import Report

_EPILOG = """\b
Examples:
  modelspec classes
  modelspec classes Conv2D
  modelspec classes '*norm*'
  modelspec classes --family initializer
  modelspec classes he_normal --format json
"""
# As `FAMILY_ORDER` has them, which takes longer to import than a help text should.
FAMILY_CHOICES = (*FAMILIES, "operation", "function")
_PIPE_WIDTH = 120  # columns where there is no terminal to ask


@click.command(epilog=_EPILOG)
@click.argument("pattern", required=False)
@click.option(
    "--family",
    "families",
    multiple=True,
    type=click.Choice(FAMILY_CHOICES, case_sensitive=False),
    metavar="FAMILY",
    help="Only what can stand for this: layer, initializer, operation, … Repeatable.",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="MODULE",
    help="A module or Python file to import for what it registers. Repeatable.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["full", "concise", "json"]),
    default="full",
    help="Tables, names only, or data.",
)
def classes(pattern: str | None, families: tuple[str, ...], allow: tuple[str, ...], form: str) -> None:
    """List and document what a document can name.

    PATTERN is a name, or has `*` and `?`; its case does not matter. A pattern that finds one name tells all
    about it. Quote it where it holds `*` or `>`.
    """
    from modelspec.catalog.matching import find_names
    from modelspec.diagnostics import Report, SpecError

    report, output = Report(), Output(form, quiet=False)
    vocabulary = None
    found: tuple[Name, ...] = ()
    try:
        vocabulary, names = _read(allow, report)
        found = find_names(names, pattern, families=families)
        if not found:
            _report_nothing(names, pattern, families, report)
        diagnostics = tuple(report.diagnostics)
    except SpecError as error:
        diagnostics = error.diagnostics
    print_diagnostics(diagnostics, output)
    if form == "json":
        listed = _data(found, vocabulary) if vocabulary is not None else {}
        print_json({"diagnostics": diagnostics_json(diagnostics), **listed})
    elif vocabulary is not None and found:
        _print(found, vocabulary, form, overview=pattern is None and not families)
    raise SystemExit(exit_status(diagnostics))


def _read(allow: tuple[str, ...], report: Report) -> tuple[Vocabulary, tuple[Name, ...]]:
    from contextlib import redirect_stdout

    from modelspec.catalog.reference import names_of
    from modelspec.compiler.vocabulary import read_vocabulary

    with redirect_stdout(sys.stderr):  # whatever a user's module prints while it is imported
        vocabulary = read_vocabulary(allow, report)
    return vocabulary, names_of(vocabulary)


def _report_nothing(
    names: tuple[Name, ...], pattern: str | None, families: tuple[str, ...], report: Report
) -> None:
    from modelspec.catalog.matching import near_pattern
    from modelspec.diagnostics import Place, Source

    if pattern is None:
        report.add("unknown-name", f"there is no {' and no '.join(families)}", help=None)
        return
    near = near_pattern(names, pattern, families=families)
    elsewhere = near_pattern(names, pattern) if near is None else None
    shown = f"modelspec classes {pattern}"
    report.add(
        "unknown-name",
        f"nothing is called `{pattern}`" + (f" among {' and '.join(families)}" if families else ""),
        Place(Source("modelspec classes", shown, inline=True), len(shown) - len(pattern), len(shown)),
        help=f"did you mean `{near or elsewhere}`?" if near or elsewhere else None,
    )


def _data(found: tuple[Name, ...], vocabulary: Vocabulary) -> dict[str, object]:
    from modelspec.cli.class_data import name_data, page_data

    pages = [page_data(found[0], vocabulary)] if len(found) == 1 else [name_data(name) for name in found]
    return {"keras": vocabulary.catalog.keras_version, "classes": pages}


def _print(found: tuple[Name, ...], vocabulary: Vocabulary, form: str, *, overview: bool) -> None:
    if form == "concise":
        for name in found:
            click.echo(name.written)
        return
    from rich.console import Console

    from modelspec.catalog.reference import reference_of
    from modelspec.cli.class_tables import list_table, overview_table, page

    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    if overview:
        console.print(overview_table(found, vocabulary.catalog.keras_version))
    elif len(found) > 1:
        console.print(list_table(found))
    else:
        console.print(page(reference_of(found[0], vocabulary), width=console.width))
