"""One line of the table: what was measured, against what, and whether the bar is met."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A figure and its bar.

    Args:
        backend: what Keras ran on; empty where Keras does not run.
        what: what was measured, in a few words.
        figure: the measurement, with its unit.
        against: what it is held against, with its unit; empty for none.
        ratio: the two of them, as the bar puts it.
        bar: what is promised; empty for a figure that is only shown.
        met: whether it is; `None` where nothing is promised or nothing could be measured.
        processor: the same in the time of processors alone, which what else the machine does changes little.
        note: what a reader has to know.
    """

    backend: str
    what: str
    figure: str
    against: str = ""
    ratio: str = ""
    bar: str = ""
    met: bool | None = None
    processor: str = ""
    note: str = ""


def seconds(value: float) -> str:
    """A time for people."""
    return f"{value:.2f} s" if value >= 0.095 else f"{value * 1000:.0f} ms"


def megabytes(value: float) -> str:
    """Bytes for people."""
    return f"{value / 1e6:,.0f} MB"
