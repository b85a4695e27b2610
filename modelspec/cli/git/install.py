"""`modelspec git install`: git made to use modelspec."""

from __future__ import annotations

import click

from modelspec.cli.common import form_options
from modelspec.cli.git.changes import everywhere_option, tell

_EPILOG = """\b
Examples:
  modelspec git install
  modelspec git install --check
  modelspec git install --diff-driver
  modelspec git install --documents 'configs/*.yaml'
"""


@click.command(epilog=_EPILOG)
@everywhere_option
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where something is missing.")
@click.option(
    "--diff-driver",
    is_flag=True,
    help="Show changes of documents as changes of models, by `modelspec diff`, in place of changed lines.",
)
@click.option(
    "--documents",
    multiple=True,
    metavar="PATTERN",
    help="Which files are documents, as `.gitattributes` says it; by default those that it names already, "
    "else `*.net.yaml`, `*.model.yaml` and the same with `.yml`. Repeatable.",
)
@form_options
def install(
    everywhere: bool, check: bool, diff_driver: bool, documents: tuple[str, ...], form: str, quiet: bool
) -> None:
    """Write the lines of .gitattributes and the settings of git that have it use modelspec.

    `git diff`, `git log -p`, `git show` and `git blame` then show archives as documents with a table of
    variables, hunks of documents name their block or layer, and `git merge` merges documents layer by layer.
    The file is to be committed; the settings lie in `.git/config`, so everybody runs this once.
    """
    from modelspec.compiler.git.install import Where
    from modelspec.compiler.git.install import install as make

    where = Where(everywhere=everywhere, diff_driver=diff_driver, documents=documents)
    tell(lambda report: make(where, report, write=not check), form=form, quiet=quiet, check=check)
