"""What a tracker is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from modelspec.frozen import dataclass
from modelspec.ledger.values import RunRow, SweepRow, VariantRow


class TrackerError(Exception):
    """A tracker cannot be used; the text says why in one line, lower case.

    Args:
        help: a way out, or `None`.
    """

    def __init__(self, message: str, *, help: str | None = None) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True)
class Told:
    """A run that has ended.

    Args:
        lines: of its metrics, one for each epoch.
        document: the file that it was built from, where it is still there.
    """

    run: RunRow
    variant: VariantRow
    lines: tuple[Mapping[str, Any], ...]
    document: Path | None


class Tracker(Protocol):
    """Whoever keeps what runs measured."""

    def begin(self, sweep: SweepRow, folder: Path) -> None:
        """Hear of the sweep first. Raises `TrackerError`."""

    def tell(self, told: Told) -> None:
        """Hear of a run; one that was told before is passed over. Raises `TrackerError`."""

    def end(self) -> None:
        """Hear that no more is told now. Raises `TrackerError`."""
