"""Numbers as a leaderboard shows them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from modelspec.archive.sizes import readable_size
from modelspec.ledger.standings import Standing

NONE = "–"
_DECIMALS = 4
_PLAIN = (1e-3, 1e5)  # from where to where a number is read at a glance without an exponent
_HASH = 12  # characters of a hash that a table shows


def number_writer(values: Iterable[float | None]) -> Callable[[float], str]:
    """How the numbers of a column are written, all alike so that they can be compared."""
    found = [abs(value) for value in values if value]
    if found and all(_PLAIN[0] <= value < _PLAIN[1] for value in found):
        return lambda value: f"{value:.{_DECIMALS}f}"
    return lambda value: f"{value:.5g}"


def value_text(standing: Standing | None, write: Callable[[float], str]) -> str:
    """What a variant came to: `0.9751`, or over several seeds `0.9751 ± 0.0012 (3)`."""
    if standing is None or standing.value is None:
        return NONE
    if standing.deviation is None:
        return write(standing.value)
    return f"{write(standing.value)} ± {write(standing.deviation)} ({standing.count})"


def duration_text(seconds: float | None) -> str:
    """A time as people write it: `0.4 s`, `12 s`, `3m 20s`, `2h 05m`."""
    if seconds is None or not math.isfinite(seconds):
        return NONE
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    minutes = round(seconds / 60)
    return f"{minutes // 60}h {minutes % 60:02d}m"


def size_text(size: object) -> str:
    """Bytes in the unit that fits."""
    return readable_size(size) if isinstance(size, int) else NONE


def count_text(count: int | None) -> str:
    """A count with commas."""
    return NONE if count is None else f"{count:,}"


def shape_text(shape: object) -> str:
    """A structure of shapes on one line."""
    return NONE if shape is None else json.dumps(shape, ensure_ascii=False).replace('"', "")


def hash_text(exact: object) -> str:
    """The start of a hash."""
    if not isinstance(exact, str) or not exact:
        return NONE
    return (exact.partition(":")[2] or exact)[:_HASH]


def moment_text(seconds: float | None) -> str:
    """A moment, given in seconds since 1970, in UTC."""
    if seconds is None:
        return NONE
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
