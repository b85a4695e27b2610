"""`modelspec weights show`: what a file of weights holds."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from modelspec.cli.common import Output, diagnostics_json, exit_status, print_diagnostics, print_json

_EPILOG = """\b
Examples:
  modelspec weights show pretrained.keras
  modelspec weights show model.weights.json --stats
  modelspec weights show model.safetensors --format json
"""
_PIPE_WIDTH = 200  # columns where there is no terminal to ask


@click.command(epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--stats", is_flag=True, help="Read all values, and tell what they are like.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["full", "concise", "json"]),
    default="full",
    help="A table, one line for each tensor, or data.",
)
def show(file: Path, stats: bool, form: str) -> None:
    """List what FILE holds: names, shapes, dtypes and sizes, and the paths in HDF5 files.

    FILE is a .keras archive or its unzipped folder, a .weights.h5, a sharded .weights.json, an .npz or a
    .safetensors, known by its content. Nothing of it runs, and Keras is not imported. `--stats` adds the
    smallest and largest value, the mean, and the share of zeros and NaN.
    """
    from modelspec.cli.progress import watched
    from modelspec.compiler.weights.listing import list_weights
    from modelspec.diagnostics import Report, SpecError

    report, listing = Report(), None
    try:
        with watched(file.name, quiet=form == "json") as progress:
            listing = list_weights(file, report, statistics=stats, progress=progress)
        found = tuple(report.diagnostics)
    except SpecError as error:
        found = error.diagnostics
    print_diagnostics(found, Output(form, quiet=False))
    if form == "json":
        from modelspec.cli.weights.listing_data import listing_data

        print_json({"diagnostics": diagnostics_json(found), **(listing_data(listing) if listing else {})})
    elif listing is not None:
        from rich.console import Console

        from modelspec.cli.weights.listing_table import concise_lines, listing_tables

        if form == "concise":
            for line in concise_lines(listing):
                click.echo(line)
        else:
            console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
            for part in listing_tables(listing, width=console.width):
                console.print(part)
    raise SystemExit(exit_status(found))
