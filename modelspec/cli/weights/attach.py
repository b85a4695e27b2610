"""`modelspec weights attach`: values from other files into an archive that exists."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from modelspec.cli.weights.writing import Writing, write_and_exit, writing_options

if TYPE_CHECKING:
    from modelspec.compiler.values import Options, Progress
    from modelspec.compiler.weights.archive import AttachedArchive
    from modelspec.diagnostics import Report
    from modelspec.weights.attach.rules import Match

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
    "--merge-lora",
    is_flag=True,
    help="Take the adapters of LoRA away, merged into the kernels for good; the model is not compiled then. "
    "Needs no --from.",
)
@writing_options
def attach(
    archive: Path,
    files: tuple[Path, ...],
    output: Path,
    sha256: str | None,
    merge_lora: bool,
    source: str | None,
    into: str | None,
    match: Match,
    rename: tuple[tuple[str, str], ...],
    only: tuple[str, ...],
    exclude: tuple[str, ...],
    missing: Literal["error", "init"],
    unexpected: Literal["error", "ignore"],
    mismatch: Literal["error", "skip"],
    optimizer: bool,
    **shared: Any,
) -> None:
    """Write ARCHIVE anew with values from other files; what no file fills keeps its value.

    The files are .keras archives, or the folders of some, .weights.h5, .weights.json, .npz or .safetensors.
    The config, the assets and the metadata stay as they are. The new archive appears whole or not at all,
    and with any error the old one is untouched.
    """
    if sha256 is not None and len(files) > 1:
        raise click.UsageError("--sha256 is for one file")
    if not files and not merge_lora:
        raise click.UsageError("--from FILE says where values come from")
    from modelspec.compiler.weights.archive import attach_to_archive
    from modelspec.weights.attach.rules import Rule

    rule = Rule(
        source=source,
        into=into,
        match=match,
        rename=rename,
        only=only,
        exclude=exclude,
        missing=missing,
        unexpected=unexpected,
        mismatch=mismatch,
        optimizer=optimizer,
    )
    sources = [(file, sha256) for file in files]

    def work(options: Options, report: Report, progress: Progress) -> AttachedArchive:
        return attach_to_archive(
            archive,
            sources,
            rule,
            output,
            report,
            options=options,
            merge_lora=merge_lora,
            progress=progress,
        )

    write_and_exit(Writing("archive", archive, work, partial(_line, archive), _data), **shared)


def _line(archive: Path, done: AttachedArchive) -> str:
    from modelspec.archive.sizes import readable_size

    counts = {
        status: sum(row.status == status for row in done.rows)
        for status in ("loaded", "kept", "skipped", "unused")
    }
    loaded, unused = counts["loaded"], counts["unused"]
    parts = [f"{loaded:,} variable{'s' * (loaded != 1)} attached", f"{counts['kept']:,} kept"]
    if counts["skipped"]:
        parts.append(f"{counts['skipped']:,} skipped")
    if done.merged:
        layers = "1 layer" if len(done.merged) == 1 else f"{len(done.merged):,} layers"
        parts.append(f"adapters of {layers} merged")
    if unused:
        parts.append(f"{unused:,} tensor{'s' * (unused != 1)} not used")
    return f"{archive} -> {done.path}  {', '.join(parts)}, {readable_size(done.size)}"


def _data(done: AttachedArchive) -> dict[str, object]:
    from modelspec.cli.weights.plan_table import plan_data

    head = {"output": str(done.path), "bytes": done.size, "merged": list(done.merged)}
    return head | plan_data(done.rows, done.rows)
