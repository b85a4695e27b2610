"""`modelspec weights attach`: values from other files into an archive that exists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import (
    Output,
    diagnostics_json,
    exit_status,
    max_params_option,
    print_diagnostics,
    print_json,
)

if TYPE_CHECKING:
    from modelspec.compiler.attach_archive import AttachedArchive
    from modelspec.compiler.values import Options
    from modelspec.diagnostics import Report
    from modelspec.weights.attach.rules import Rule

_EPILOG = """\b
Examples:
  modelspec weights attach model.keras --from new.weights.h5 -o out.keras
  modelspec weights attach model.keras --from backbone.safetensors --into encoder -o out.keras
  modelspec weights attach model.keras --from old.npz --rename stem=conv1 --except head -o out.keras
"""


def _read_rename(
    context: click.Context, option: click.Parameter, written: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    rules = []
    for text in written:
        old, found, new = text.partition("=")
        if not found or not old:
            raise click.BadParameter(f"`{text}` is not OLD=NEW")
        rules.append((old, new))
    return tuple(rules)


@click.command("attach", epilog=_EPILOG)
@click.argument("archive", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "files",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where values come from; a later file goes over an earlier one. Repeatable.",
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The archive to write.")
@click.option("--sha256", metavar="DIGITS", help="What the one file must be.")
@click.option("--source", metavar="NAME", help="The part of the files that is taken (default: all).")
@click.option("--into", metavar="PATH", help="The part of the model that is filled (default: all).")
@click.option(
    "--match",
    type=click.Choice(["name", "path", "order"]),
    default="name",
    help="By names of layers, by addresses in HDF5 files, or in Keras' order.",
)
@click.option(
    "--rename",
    multiple=True,
    callback=_read_rename,
    metavar="OLD=NEW",
    help="What a name of the files is called in the model: plain, `block_*=b*`, or a regular expression. "
    "Repeatable.",
)
@click.option("--only", multiple=True, metavar="PATTERN", help="Only these variables or layers. Repeatable.")
@click.option("--except", "exclude", multiple=True, metavar="PATTERN", help="Not these. Repeatable.")
@click.option(
    "--missing",
    type=click.Choice(["error", "init"]),
    default="error",
    help="Of a variable that no file has: `init` leaves it the value that it has.",
)
@click.option(
    "--unexpected",
    type=click.Choice(["error", "ignore"]),
    default="error",
    help="Of what a file has besides.",
)
@click.option(
    "--mismatch",
    type=click.Choice(["error", "skip"]),
    default="error",
    help="Of shapes that differ: `skip` leaves the layer its values.",
)
@click.option("--optimizer", is_flag=True, help="The optimizer's state, too.")
@click.option(
    "--allow",
    multiple=True,
    metavar="MODULE",
    help="A module or Python file with the classes of the model, where names of variables are needed. "
    "Repeatable.",
)
@click.option(
    "--backend",
    type=click.Choice(["jax", "torch", "tensorflow"]),
    help="The Keras backend, where Keras is needed; by default as for `build`.",
)
@max_params_option
@click.option("--no-cache", is_flag=True, help="Ask Keras for the names anew, and keep nothing.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["full", "concise", "json"]),
    default="full",
    help="How the result and mistakes are shown.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print mistakes only.")
def attach(
    archive: Path,
    files: tuple[Path, ...],
    output: Path,
    sha256: str | None,
    allow: tuple[str, ...],
    backend: str | None,
    max_params: int,
    no_cache: bool,
    form: str,
    quiet: bool,
    **rule: Any,
) -> None:
    """Write ARCHIVE anew with values from other files; what no file fills keeps its value.

    The files are .keras archives, or the folders of some, .weights.h5, .weights.json, .npz or .safetensors.
    The config, the assets and the metadata stay as they are. The new archive appears whole or not at all,
    and with any error the old one is untouched.
    """
    if sha256 is not None and len(files) > 1:
        raise click.UsageError("--sha256 is for one file")
    from modelspec.compiler.values import Options
    from modelspec.diagnostics import Report, SpecError
    from modelspec.weights.attach.rules import Rule

    options = Options(
        backend=backend, max_params=max_params, use_cache=not no_cache, cpu_only=True, allow=allow
    )
    report, how = Report(), Output(form, quiet)
    done: AttachedArchive | None = None
    try:
        sources = [(file, sha256) for file in files]
        done = _attach(archive, sources, Rule(**rule), output, options, how, report)
        found = tuple(report.diagnostics)
    except SpecError as error:
        found = error.diagnostics
    print_diagnostics(found, how)
    if form == "json":
        print_json({"archive": str(archive), "diagnostics": diagnostics_json(found)} | _data(done))
    elif done is not None and not quiet:
        _print(archive, done)
    raise SystemExit(exit_status(found))


def _attach(
    archive: Path,
    files: list[tuple[Path, str | None]],
    rule: Rule,
    output: Path,
    options: Options,
    how: Output,
    report: Report,
) -> AttachedArchive:
    import sys
    from contextlib import redirect_stdout

    from modelspec.cli.progress import watched
    from modelspec.compiler.attach_archive import attach_to_archive

    # What a user's module prints while it is imported must not get among the verb's own output.
    with (
        redirect_stdout(sys.stderr),
        watched(str(archive), quiet=how.quiet or how.form == "json") as progress,
    ):
        return attach_to_archive(archive, files, rule, output, report, options=options, progress=progress)


def _print(archive: Path, done: AttachedArchive) -> None:
    from modelspec.archive.sizes import readable_size

    counts = {
        status: sum(row.status == status for row in done.rows) for status in ("loaded", "kept", "unused")
    }
    parts = [f"{counts['loaded']:,} variables attached", f"{counts['kept']:,} kept"]
    if counts["unused"]:
        parts.append(f"{counts['unused']:,} tensors not used")
    click.echo(f"{archive} -> {done.path}  {', '.join(parts)}, {readable_size(done.size)}")


def _data(done: AttachedArchive | None) -> dict[str, object]:
    if done is None:
        return {}
    from modelspec.cli.weights.plan_table import plan_data

    return {"output": str(done.path), "bytes": done.size} | plan_data(done.rows, done.rows)
