"""Files that belong together and appear all or none: written beside their targets, synced, renamed as one.

The last of them, the list of the others, is what a reader opens first. The old list is moved away before
anything is renamed and the new one comes last, so that nobody ever finds a list of files that are not its
own: whoever is killed between two renamings leaves no list. Every other failure puts everything back.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from modelspec.archive.atomic import Pending, SiblingFile, as_write_errors, sync_folder, temporary_path


@contextmanager
def atomic_files(
    paths: Sequence[Path], *, outdated: Sequence[Path] = ()
) -> Iterator[tuple[SiblingFile, ...]]:
    """Files to be written that become `paths` when the block ends, and vanish if the block raises.

    Args:
        paths: the targets, in one folder; the list of the others is the last. All stay open meanwhile.
        outdated: files beside them that the old list names and the new one does not: they go with it.

    Raises:
        WriteError: one of them cannot be written; what was there is untouched.
    """
    pending = [Pending(path) for path in paths]
    moved: list[tuple[Path, Path]] = []
    published: list[Pending] = []
    try:
        yield tuple(one.open() for one in pending)
        for one in pending:
            one.complete(durable=True)
        for target in (*(one.target for one in reversed(pending)), *outdated):
            _move_away(target, moved)
        for one in pending:
            published.append(one)
            one.publish()
        sync_folder(pending[-1].target.parent)
    except BaseException:
        _put_back(moved, published)
        for one in pending:
            one.discard()
        raise
    for one in pending:
        one.file.close()
    for _, away in moved:
        with suppress(OSError):
            away.unlink()


@contextmanager
def kept_unless_done(target: Path) -> Iterator[None]:
    """What is at a target comes back if the block raises, and what is new there goes."""
    # Under another name than those that the next writer takes for abandoned.
    kept = target.with_name(f".kept.{os.urandom(8).hex()}")
    there = target.is_file()
    if there:
        try:
            os.link(target, kept)
        except OSError:  # a file system without links
            with as_write_errors(target):
                shutil.copy2(target, kept)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            if there:
                kept.replace(target)
            else:
                target.unlink(missing_ok=True)
        raise
    finally:
        with suppress(OSError):
            kept.unlink(missing_ok=True)


def _move_away(target: Path, moved: list[tuple[Path, Path]]) -> None:
    """Rename what is at a target, if anything is, so that it can come back."""
    if target.exists():
        away = temporary_path(target)
        moved.append((target, away))
        with as_write_errors(target):
            target.rename(away)


def _put_back(moved: Sequence[tuple[Path, Path]], published: Sequence[Pending]) -> None:
    """The old files again, the list last; what is new goes."""
    for one in published:
        if not one.file.path.exists():
            with suppress(OSError):
                one.target.unlink()
    for target, away in reversed(moved):
        if away.exists():
            with suppress(OSError):
                away.replace(target)
