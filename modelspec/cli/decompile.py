"""`modelspec decompile`: an existing model as a document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import (
    FilePath,
    Output,
    exit_status,
    max_params_option,
    print_diagnostics,
    print_json,
)
from modelspec.cli.run import attempt_on_file

if TYPE_CHECKING:
    from modelspec.compiler.decompiled import Decompiled
    from modelspec.decompiler.late_names import Shorter
    from modelspec.diagnostics import Diagnostic

_EPILOG = """\b
Examples:
  modelspec decompile model.keras
  modelspec decompile model.keras -o net.yaml
  modelspec decompile model.keras --flat
  modelspec decompile config.json --names auto -o net.yaml
  modelspec decompile model.keras --weights -o net.yaml
  modelspec decompile old_model.h5 -o net.yaml
"""


@click.command(epilog=_EPILOG)
@click.argument("file", type=FilePath(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="The document; by default it is printed.",
)
@click.option(
    "--names",
    type=click.Choice(["keep", "auto"]),
    default="keep",
    help="`auto` leaves every automatic name out: the model is equal up to those.",
)
@click.option("--flat", is_flag=True, help="Write every layer for itself, nothing folded into blocks.")
@click.option(
    "--weights",
    is_flag=True,
    help="Write the values beside the document, which is made to load them; no state of an optimizer.",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="MODULE",
    help="A module or Python file with the classes of the model, where `--weights` asks for names of "
    "variables. Repeatable.",
)
@max_params_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["full", "concise", "json"]),
    default="full",
    help="How mistakes are shown.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print the document and mistakes only.")
def decompile(
    file: Path,
    output: Path | None,
    names: str,
    flat: bool,
    weights: bool,
    form: str,
    quiet: bool,
    **given: Any,
) -> None:
    """Write the document that compiles to the model of FILE: names, arguments, wiring and compile settings.

    FILE is a .keras archive, the folder of one, or its config.json; or a model of Keras 2: whole in HDF5, as
    .keras or JSON, or the model.json of TensorFlow.js. Nothing of it runs, and Keras is not imported. The
    document is checked against the file before it is written; classes that are not Keras' own stand in it by
    their registered names. What repeats is folded into blocks.
    """
    if weights and output is None:
        raise click.UsageError("--weights writes beside the document: say where with -o")
    if weights and names == "auto":
        raise click.UsageError(
            "--weights finds values by the names of layers, which `--names auto` leaves out"
        )
    if output is not None and output.resolve() == file.resolve():
        raise click.UsageError(f"`-o {output}` would replace the file")
    from modelspec.compiler.decompiled import Asked, decompile_file
    from modelspec.compiler.values import Options

    how = Output(form, quiet)
    options = Options(max_params=given["max_params"], cpu_only=True, allow=given["allow"])
    asked = Asked(file, output, auto_names=names == "auto", weights=weights, flat=flat)
    done, found = attempt_on_file(
        str(file),
        how,
        lambda report, progress: decompile_file(asked, report, options=options, progress=progress),
    )
    print_diagnostics(found, how)
    if form == "json":
        print_json(_data(file, done, found))
    elif done is not None and output is None:
        click.echo(done.text, nl=False)
    elif done is not None and not quiet:
        click.echo(_line(done))
    if done is not None and done.shorter is not None and form != "json" and not quiet:
        click.echo(_hint(done.shorter), err=True)
    raise SystemExit(exit_status(found))


def _line(done: Decompiled) -> str:
    lines = done.text.count("\n")
    text = f"{done.source} -> {done.target}  {lines:,} lines"
    return f"{text}, values in {done.values}" if done.values is not None else text


def _hint(shorter: Shorter) -> str:
    return (
        f"`--names auto` would leave {shorter.names:,} automatic names out, counted on from another model: "
        f"{shorter.lines:,} lines"
    )


def _data(file: Path, done: Decompiled | None, found: tuple[Diagnostic, ...]) -> dict[str, object]:
    from modelspec.cli.common import diagnostics_json

    data: dict[str, object] = {"file": str(file), "diagnostics": diagnostics_json(found)}
    if done is not None:
        data["document"] = done.text
        data["output"] = str(done.target) if done.target is not None else None
        data["weights"] = str(done.values) if done.values is not None else None
    return data
