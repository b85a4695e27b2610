"""`modelspec git uninstall`: git as it was."""

from __future__ import annotations

import click

from modelspec.cli.common import form_options
from modelspec.cli.git.changes import everywhere_option, tell

_EPILOG = """\b
Examples:
  modelspec git uninstall
"""


@click.command(epilog=_EPILOG)
@everywhere_option
@form_options
def uninstall(everywhere: bool, form: str, quiet: bool) -> None:
    """Take away the lines and settings that `modelspec git install` wrote, and nothing else."""
    from modelspec.compiler.git.install import Where
    from modelspec.compiler.git.install import uninstall as undo

    where = Where(everywhere=everywhere)
    tell(lambda report: undo(where, report), form=form, quiet=quiet, check=False)
