"""Why a foreign archive is not read: a diagnostic that has not met its report yet."""

from __future__ import annotations

from typing import NoReturn

from modelspec.diagnostics import Place, Report


class Refused(Exception):
    """A foreign file, or a part of it, is not read.

    Args:
        code: a key of the diagnostics' codes.
        message: the end of a sentence that begins with the file's name: `is a folder`.
        help: what to do about it.
    """

    def __init__(self, code: str, message: str, *, help: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help

    def note(self, report: Report, *, name: str, place: Place | None) -> None:
        """Put it into a report, as said of the file `name`."""
        report.add(self.code, f"`{name}` {self.message}", place, help=self.help)

    def fail(self, report: Report, *, name: str, place: Place | None) -> NoReturn:
        """Put it into a report, as said of the file `name`, and raise `SpecError`."""
        report.fail(self.code, f"`{name}` {self.message}", place, help=self.help)
