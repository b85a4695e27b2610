"""What the checks look at: the archive, opened, and what the caller holds it against."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelspec.compiler.identity import Identity, Row
from modelspec.compiler.values import Options, Progress, Text, silent
from modelspec.frozen import dataclass

if TYPE_CHECKING:
    from modelspec.archive.reader import KerasArchive


@dataclass(frozen=True, slots=True)
class Against:
    """What an archive is held against besides itself.

    Args:
        spec: the document that it should come from.
        spec_options: how that is compiled.
        lock: the path of a lock.
        statement: the path of an attestation.
        options: how the archive's own model is linked.
    """

    spec: Text | None = None
    lock: Path | None = None
    statement: Path | None = None
    options: Options = Options(cpu_only=True)
    progress: Progress = silent


@dataclass(frozen=True, slots=True)
class Subject:
    """An archive that could be opened.

    Args:
        rows: the table of its weights file; `None` where that cannot be read.
        identity: the hashes, computed from what is there.
        recorded: the hashes that it records; `None` where it records none.
        record: what else modelspec recorded.
    """

    path: Path
    archive: KerasArchive
    rows: tuple[Row, ...] | None
    identity: Identity
    recorded: Identity | None
    record: Mapping[str, Any] | None
