"""`modelspec merge`: git's merge driver for documents."""

from __future__ import annotations

from pathlib import Path

import click

_EPILOG = """\b
Examples:
  modelspec merge base.yaml ours.yaml theirs.yaml
"""


@click.command(epilog=_EPILOG)
@click.argument("base", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("ours", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("theirs", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("size", type=click.IntRange(min=1), default=7, required=False)
@click.argument("path", type=click.Path(path_type=Path), required=False)
def merge(base: Path, ours: Path, theirs: Path, size: int, path: Path | None) -> None:
    """Merge into OURS what THEIRS changed since BASE, item by item.

    `modelspec git install` has git call it, with the SIZE of conflict marks and the PATH of the document.
    Changes of different items, or of different entries of a section, are both taken; changes of the same one
    are a conflict, marked as git does. Where a document cannot be taken apart it is merged by lines. What is
    merged must pass the checks that need no Keras. Ends with 0 where it is clean, with 1 where it is not.
    """
    from modelspec.archive.atomic import write_atomically
    from modelspec.compiler.git.merge import Versions
    from modelspec.compiler.git.merge import merge as merged
    from modelspec.compiler.git.three_way import Marks

    versions = Versions(base.read_bytes(), ours.read_bytes(), theirs.read_bytes())
    where = path or ours
    result = merged(versions, where, Marks(size))
    write_atomically(ours, result.data)
    for reason in result.reasons:
        click.echo(reason if reason.startswith(f"{where}:") else f"{where}: {reason}", err=True)
    raise SystemExit(1 if result.reasons else 0)
