"""`modelspec textconv`: an archive as text, for git."""

from __future__ import annotations

from pathlib import Path

import click

from modelspec.cli.common import print_as_it_is

_EPILOG = """\b
Examples:
  modelspec textconv model.keras
"""


@click.command(epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--release", metavar="VERSION", help="Read by nobody: git keeps texts under the whole command.")
def textconv(file: Path, release: str | None) -> None:
    """Print FILE, a .keras archive or a file of weights, as its document and a line for each variable.

    `modelspec git install` has git call it. It ends with 0 whatever FILE is, since git stops where it fails:
    of a damaged archive, a git-LFS pointer or an empty file there is one line that says so. Nothing of FILE
    runs, and Keras is not imported.
    """
    from modelspec.compiler.git.textconv import textconv as converted

    print_as_it_is(converted(file))
