"""Which releases of Keras an archive shall open in: `keras>=3.8`, `installed`, or as many as it can."""

from __future__ import annotations

import re
from dataclasses import dataclass

Version = tuple[int, ...]

INSTALLED = "installed"

# Of releases before this one nothing was tried; they lay out a model in another way.
OLDEST: Version = (3, 5)
_BOUND = re.compile(r"(?:keras)?\s*>=\s*(\d+(?:\.\d+){0,2})")


def minor_of(version: str) -> str:
    """`3.15` of `3.15.1`."""
    return ".".join(version.split(".")[:2])


class TargetError(ValueError):
    """A text that is no target; its message says what is."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an archive is written for.

    Args:
        since: the oldest release it must open in; `None` for as old as the document lets it be.
        installed: exactly what the installed Keras writes, whatever opens it.
    """

    since: Version | None = None
    installed: bool = False

    def __str__(self) -> str:
        if self.installed:
            return INSTALLED
        return f"keras>={shown(self.since)}" if self.since is not None else "any"


ANY = Target()


def read_target(written: str | None) -> Target:
    """The target of a text; of `None`, the one that opens in as many releases as it can.

    Raises:
        TargetError: it is neither `installed` nor `keras>=` with a version that is known of.
    """
    if written is None:
        return ANY
    if written.strip() == INSTALLED:
        return Target(installed=True)
    found = _BOUND.fullmatch(written.strip())
    if found is None:
        raise TargetError(f"`{written}` is no target: write `keras>=3.8` or `installed`")
    since = tuple(int(part) for part in found[1].split("."))
    if since < OLDEST:
        raise TargetError(f"nothing is known of Keras before {shown(OLDEST)}: write `keras>={shown(OLDEST)}`")
    return Target(since=since)


def shown(version: Version) -> str:
    """`3.8` of (3, 8)."""
    return ".".join(str(part) for part in version)
