"""What a check says."""

from __future__ import annotations

from typing import Literal

from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check of an archive.

    Args:
        check: its name, one word.
        outcome: `skipped` where there is nothing to hold the archive against.
        detail: a clause: what was found, or why nothing was looked at.
        help: a way out of a failure.
    """

    check: str
    outcome: Literal["passed", "failed", "skipped"]
    detail: str
    help: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of an archive, in their order.

    Args:
        opened: whether there was an archive to check beyond the first.
    """

    verdicts: tuple[Verdict, ...]
    opened: bool = True

    @property
    def told(self) -> tuple[Verdict, ...]:
        """Those that say something to people."""
        return self.verdicts if self.opened else self.verdicts[:1]

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return all(verdict.outcome != "failed" for verdict in self.verdicts)


def passed(check: str, detail: str) -> Verdict:
    """What was looked at is right."""
    return Verdict(check, "passed", detail)


def failed(check: str, detail: str, *, help: str | None = None) -> Verdict:
    """It is not."""
    return Verdict(check, "failed", detail, help)


def skipped(check: str, detail: str, *, help: str | None = None) -> Verdict:
    """There is nothing to look at."""
    return Verdict(check, "skipped", detail, help)
