"""Large numbers and what became of them."""

from __future__ import annotations

from modelspec.architecture.comparing.totals import Totals
from modelspec.archive.sizes import readable_size
from modelspec.frozen import dataclass

# From here on a number is shortened.
_LONG = 10_000
_UNITS = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Row:
    """A number of both sides.

    Args:
        change: how much more or less it is; empty where it is the same.
        grew: whether it is more; `None` where it is the same.
    """

    name: str
    before: str
    after: str
    change: str
    grew: bool | None


def rows_of(before: Totals, after: Totals) -> tuple[Row, ...]:
    """The numbers that are known of both sides."""
    pairs = (
        ("layers", before.layers, after.layers),
        ("parameters", before.params, after.params),
        ("trainable", before.trainable, after.trainable),
        ("FLOPs", before.flops, after.flops),
        ("memory", before.memory, after.memory),
    )
    rows = [
        _row(name, first, second) for name, first, second in pairs if first is not None and second is not None
    ]
    # What trains says something where it changed otherwise than all.
    every = next((row.change for row in rows if row.name == "parameters"), "")
    return tuple(row for row in rows if row.name != "trainable" or row.change != every)


def _row(name: str, before: int, after: int) -> Row:
    show = readable_size if name == "memory" else short
    grew = None if before == after else after > before
    return Row(name, show(before), show(after), _change(name, before, after), grew)


def _change(name: str, before: int, after: int) -> str:
    if before == after:
        return ""
    if name == "layers" or not before:
        return f"{after - before:+,}".replace("-", "−")
    percent = (after - before) / before * 100
    text = f"{percent:+,.1f}" if abs(percent) >= 0.05 else f"{after - before:+,}"
    unit = " %" if abs(percent) >= 0.05 else ""
    return f"{text}{unit}".replace("-", "−")


def short(number: int) -> str:
    """A number with three digits and a unit; whole where it is small."""
    if number < _LONG:
        return f"{number:,}"
    size, unit = next((size, unit) for size, unit in _UNITS if number >= size)
    value = number / size
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f} {unit}"
