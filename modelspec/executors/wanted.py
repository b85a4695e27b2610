"""The token in a run's folder, by which machines that share it learn what the driver wants of them.

The driver writes a new one for each attempt. A machine that finds it has the driver's own folder; a copy of
the folder does not have it. Later the driver calls the attempt off there, or writes the token of another
attempt, and it gives the file a new time while it lives.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

TOKEN = ".driver"
_SECONDS = 1.0


def write_token(folder: Path, token: str) -> None:
    """Let the folder be of this attempt.

    Raises:
        OSError: it cannot be written.
    """
    (folder / TOKEN).write_text(token, encoding="ascii")


def call_off(folder: Path, token: str) -> None:
    """Say that this attempt is not wanted any more."""
    with suppress(OSError):
        write_token(folder, _called_off(token))


def is_of(folder: Path, token: str) -> bool | None:
    """Whether the folder is that of this attempt: `None` where it is, and it was called off."""
    found = _read(folder)
    return None if found == _called_off(token) else found == token


def _read(folder: Path) -> str:
    try:
        return (folder / TOKEN).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _called_off(token: str) -> str:
    return f"-{token}"


class Wanted:
    """Whether the driver still wants an attempt; asked often, it looks once a second.

    Args:
        grace: seconds that a program has to end when it is called off.
        silence: seconds for which the token's time may stay the same; `None` for any.
    """

    def __init__(self, folder: Path, token: str, *, grace: float, silence: float | None) -> None:
        self._path, self._token = folder / TOKEN, token
        self._grace, self._silence = grace, silence
        self._time = 0
        self._looked = self._heard = time.monotonic()

    def ends_within(self) -> float | None:
        """Seconds that the program has to end; `None` where it may go on.

        None at all where another attempt was started in the folder, or the driver is silent for too long.
        """
        now = time.monotonic()
        if now < self._looked + _SECONDS:
            return None
        self._looked = now
        try:
            changed = self._path.stat().st_mtime_ns
            found = self._path.read_text(encoding="ascii")
        except FileNotFoundError:
            return 0.0
        except (OSError, ValueError):  # a file system that is away for a while says nothing
            changed, found = self._time, self._token
        if changed != self._time:
            self._time, self._heard = changed, now
        if found == _called_off(self._token):
            return self._grace
        silent = self._silence is not None and now >= self._heard + self._silence
        return 0.0 if silent or found not in (self._token, "") else None  # empty while it is written
