"""`modelspec diff`: what differs between two models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import (
    Output,
    diagnostics_json,
    exit_status,
    make_options,
    max_params_option,
    print_diagnostics,
    print_json,
)
from modelspec.cli.run import attempt_on_file

if TYPE_CHECKING:
    from rich.console import Console

    from modelspec.architecture.comparing.comparison import Comparison
    from modelspec.architecture.comparing.edits import Op

_LEVELS = ("exact", "auto-names", "structure")
_KINDS = ("add", "remove", "rename", "replace", "rewire", "argument", "inputs", "outputs", "compile")

_EPILOG = """\b
Examples:
  modelspec diff a.yaml b.yaml
  modelspec diff main:net.yaml net.yaml
  modelspec diff net.yaml --against HEAD~1
  modelspec diff model.keras net.yaml --level auto-names --why
  modelspec diff net.yaml --against main --format markdown
"""


@click.command(epilog=_EPILOG)
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B]", required=False)
@click.option("--against", metavar="REV", help="Compare A with what it was in this git revision; without B.")
@click.option(
    "--level",
    type=click.Choice(_LEVELS),
    default="exact",
    help="Whether all names count, those that somebody wrote, or none.",
)
@click.option("--only", multiple=True, type=click.Choice(_KINDS), help="Tell of this kind alone. Repeatable.")
@click.option("--why", is_flag=True, help="Tell what says that two layers are one and the same.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 where anything differs.")
@click.option("--no-facts", is_flag=True, help="No shapes, parameters and FLOPs where they would need Keras.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    help="For a terminal, a comment on a pull request, or a program.",
)
@click.option("--backend", type=click.Choice(["jax", "torch", "tensorflow"]), help="The Keras backend.")
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder that files named by a document must stay inside.",
)
@click.option(
    "--allow-path",
    "allow_paths",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="A file or folder outside the root that a document may name. Repeatable.",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="MODULE",
    help="A module or Python file with classes of either model. Repeatable.",
)
@max_params_option
@click.option("--allow-unsafe", is_flag=True, help="Let a model hold what runs code when it is loaded.")
@click.option("--no-cache", is_flag=True, help="Compile anew, and keep nothing.")
def diff(
    before: str,
    after: str | None,
    against: str | None,
    level: str,
    only: tuple[str, ...],
    why: bool,
    exit_code: bool,
    no_facts: bool,
    form: str,
    **given: Any,
) -> None:
    """Tell what differs between the models A and B: layers, arguments, wiring, sizes, and which weights fit.

    Each is a document, a .keras archive or its folder, a config.json, or one of these in a git revision
    (main:net.yaml) or in git's index (:net.yaml). Layers are found again by the names that somebody gave
    them, then by what stands around them. The exit status is 0 whether they differ or not, unless
    `--exit-code` is given.
    """
    if (after is None) == (against is None):
        raise click.UsageError("give two models, or one and --against REV")
    from modelspec.compiler.diffing.compare import Asked, compare
    from modelspec.compiler.diffing.sides import Given

    first = Given(before, against)
    second = Given(before if after is None else after)
    asked = Asked(level=level, facts=not no_facts, options=make_options(overrides=(), **given))  # type: ignore[arg-type]
    output = Output("json" if form == "json" else "full", quiet=form != "text")
    done, found = attempt_on_file(
        second.text,
        output,
        lambda report, progress: compare(first, second, report, asked=asked, progress=progress),
    )
    print_diagnostics(found, output)
    if form == "json":
        from modelspec.architecture.comparing.record import comparison_data

        print_json({"diagnostics": diagnostics_json(found), **(comparison_data(done) if done else {})})
    elif done is not None:
        _print(done, form, only=only, why=why)  # type: ignore[arg-type]
    differs = done is not None and done.differs
    raise SystemExit(exit_status(found) or int(exit_code and differs))


def _print(comparison: Comparison, form: str, *, only: tuple[Op, ...], why: bool) -> None:
    if form == "markdown":
        from modelspec.architecture.telling.tell import tell
        from modelspec.cli.diffing.markdown import markdown_of

        click.echo(markdown_of(comparison, tell(comparison, only=only), why=why), nl=False)
        return
    import sys

    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    _print_on(console, comparison, only=only, why=why)


def comparison_text(comparison: Comparison) -> str:
    """What is printed of a comparison where there is no terminal."""
    import io

    from rich.console import Console

    printed = io.StringIO()
    _print_on(Console(file=printed, width=_PIPE_WIDTH, highlight=False), comparison, only=(), why=False)
    return printed.getvalue()


def _print_on(console: Console, comparison: Comparison, *, only: tuple[Op, ...], why: bool) -> None:
    from modelspec.architecture.telling.tell import tell
    from modelspec.cli.diffing.terminal import print_trimmed, terminal_of

    for part in terminal_of(comparison, tell(comparison, only=only), why=why):
        print_trimmed(console, part)


_PIPE_WIDTH = 200  # columns where there is no terminal to ask
