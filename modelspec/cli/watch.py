"""`--watch`: a verb run again at every save of the files it read."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click

from modelspec.cli.common import STDIN

INTERVAL = 0.15  # seconds between looks
Stamp = dict[Path, tuple[int, int]]


def watch_documents(documents: tuple[str, ...], run: Callable[[int], tuple[str, ...]]) -> None:
    """Run a verb for each document now and whenever one of its files changes, until interrupted.

    Args:
        run: the verb for the document of this number; it gives the files it read.
    """
    if STDIN in documents:
        raise click.UsageError("standard input cannot be watched")
    files: list[tuple[Path, ...]] = []
    stamps: list[Stamp] = []
    try:
        for i, document in enumerate(documents):
            files.append(_files(document, run(i)))
            stamps.append(_stamp(files[i]))
        click.echo(f"watching {', '.join(documents)}; stop with Ctrl-C", err=True)
        while True:
            time.sleep(INTERVAL)
            for i, document in enumerate(documents):
                stamp = _stamp(files[i])
                if stamp != stamps[i]:
                    click.echo(f"--- {document} ---", err=True)
                    found = _files(document, run(i))
                    # A document with mistakes names no bases: go on watching those it had.
                    files[i] = found if len(found) > 1 else tuple(dict.fromkeys((*found, *files[i])))
                    stamps[i] = _stamp(files[i])
    except KeyboardInterrupt:
        return


def _files(document: str, sources: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys((Path(document), *map(Path, sources))))


def _stamp(paths: tuple[Path, ...]) -> Stamp:
    stamp: Stamp = {}
    for path in paths:
        try:
            stat = path.stat()
            stamp[path] = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            stamp[path] = (0, -1)
    return stamp
