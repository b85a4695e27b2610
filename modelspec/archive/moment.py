"""The one moment that an archive's dates show: fixed, or what `SOURCE_DATE_EPOCH` says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime

from modelspec.diagnostics import Report

FIXED = datetime(1980, 1, 1, tzinfo=UTC)
"""The earliest moment that a zip archive can hold."""

_LATEST = datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)
_VARIABLE = "SOURCE_DATE_EPOCH"


def build_moment(report: Report, environ: Mapping[str, str] | None = None) -> datetime:
    """The moment for an archive's dates, in UTC.

    `SOURCE_DATE_EPOCH` is read as https://reproducible-builds.org/specs/source-date-epoch says:
    seconds since 1970 in ASCII digits; anything else is an error.

    Args:
        report: told of a malformed variable.
        environ: the environment; by default the process's.

    Raises:
        SpecError: the variable is malformed.
    """
    text = (os.environ if environ is None else environ).get(_VARIABLE, "")
    if not text:
        return FIXED
    if text.isascii() and text.isdigit() and len(text) <= 12:
        try:
            return datetime.fromtimestamp(int(text), UTC)
        except (ValueError, OverflowError, OSError):
            pass
    report.fail(
        "bad-source-date-epoch",
        f"the environment variable `{_VARIABLE}` is not a number of seconds since 1970",
        help=f"unset it, or write digits only: `{_VARIABLE}=1735689600`",
    )


def keras_date(moment: datetime) -> str:
    """A moment as Keras writes `date_saved`."""
    return moment.strftime("%Y-%m-%d@%H:%M:%S")


def zip_date_time(moment: datetime) -> tuple[int, int]:
    """A moment as the date and time words of a zip record, moved into the years that those can hold."""
    held = min(max(moment, FIXED), _LATEST)
    date = (held.year - 1980) << 9 | held.month << 5 | held.day
    time = held.hour << 11 | held.minute << 5 | held.second // 2
    return date, time
