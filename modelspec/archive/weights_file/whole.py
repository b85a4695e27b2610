"""The frame around every writer of one file of weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelspec.archive.atomic import SiblingFile, atomic_file
from modelspec.archive.write_failures import diagnosed_writing, require_room
from modelspec.diagnostics import Report


@contextmanager
def whole_file(target: Path, *, needed: int, report: Report) -> Iterator[SiblingFile]:
    """A file to be written that becomes `target` when the block ends, and vanishes if the block raises.

    Args:
        target: see `atomic_file`.
        needed: how many bytes it takes, about; checked against the room on its disk first.
        report: told why it cannot be written.

    Raises:
        SpecError: it cannot be written; what was at the path is untouched.
    """
    with diagnosed_writing(target, report, needed=needed), atomic_file(target) as file:
        # Only here, where what killed writers left has been removed.
        require_room(target, needed)
        yield file
