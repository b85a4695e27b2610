"""The plan of a model's weights for a terminal, and as JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelspec.compiler.weights.table import WeightsRow

_STYLES: Mapping[str, str] = MappingProxyType(
    {
        "loaded": "green",
        "initialised": "cyan",
        "kept": "cyan",
        "skipped": "yellow",
        "mismatched": "bold red",
        "missing": "bold red",
        "unused": "dim",
    }
)


# Narrower than this there is no room for dtypes.
_WIDE = 110
# Around the columns of the narrow table, and the least that a name takes part of its place with.
_GAPS, _LEAST = 7, 12
_DTYPES_ELSEWHERE = f"dtypes: from {_WIDE} columns on, in a pipe, or with --format json"


def plan_tables(title: str, rows: Sequence[WeightsRow], *, width: int) -> Iterator[RenderableType]:
    """One row a variable, and one a tensor that no variable takes; a line of what there was no room for.

    Args:
        title: above it.
        rows: of the table.
        width: columns of the terminal.
    """
    files = dict.fromkeys(row.file for row in rows if row.file)
    # The one file of all rows is named once.
    only = next(iter(files)) if len(files) == 1 else None
    wide = width >= _WIDE
    table = Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=not wide,
    )
    room = None if wide else _rooms(rows, width)
    table.add_column("variable", overflow="fold", width=room and room[0])
    table.add_column("shape", overflow="fold", no_wrap=wide)
    if wide:
        table.add_column("dtype", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column(f"from {only}" if only is not None else "from", overflow="fold", width=room and room[1])
    for row in rows:
        table.add_row(
            Text(row.path or "–", style="dim" if not row.path else ""),
            _shape(row),
            *([row.dtype] if wide else []),
            Text(row.status, style=_STYLES[row.status]),
            _origin(row, with_file=only is None),
        )
    yield table
    if not wide:
        yield Text(_DTYPES_ELSEWHERE, style="dim")


def _rooms(rows: Sequence[WeightsRow], width: int) -> tuple[int, int]:
    """Columns of a narrow terminal for variables and for what they come from.

    Names of variables stay in one line where half of the table is enough for it.
    """
    longest = max((len(row.path) for row in rows), default=0)
    shapes = max((len(_shape(row)) for row in rows), default=0)
    others = max(shapes, len("shape")) + max(map(len, _STYLES)) + _GAPS
    variables = max(min(longest, width // 2), len("variable"))
    return variables, max(width - variables - others, _LEAST)


def _shape(row: WeightsRow) -> str:
    return ", ".join(map(str, row.shape)) or "scalar"


def _origin(row: WeightsRow, *, with_file: bool) -> Text:
    """Where a row's values come from."""
    if not row.file:
        return Text(row.initializer or "its own value", style="dim")
    found = Text(f"{row.file}  " if with_file else "", style="dim")
    found.append(row.tensor, style="not dim")
    if row.stored:
        found.append(f"  {row.stored}", style="red" if row.status == "mismatched" else "yellow")
    if row.over:
        found.append(f"  over {row.over}", style="yellow")
    if row.because and row.because != row.path:
        found.append(f"  for {row.because}", style="yellow")
    return found


def totals_line(rows: Sequence[WeightsRow]) -> Text:
    """How many variables, and how many numbers in them, each status has."""
    found = Text()
    for status, (count, params) in _totals(rows).items():
        if found:
            found.append("   ")
        noun = "tensors" if status == "unused" else "variables"
        found.append(f"{count:,} {noun if count != 1 else noun[:-1]} {status}", style=_STYLES[status])
        found.append(f" ({params:,} parameters)", style="dim")
    return found


def plan_data(
    shown: Iterable[WeightsRow], rows: Sequence[WeightsRow], *, assets: Iterable[tuple[str, str]] = ()
) -> dict[str, object]:
    """Rows and totals as JSON values.

    Args:
        assets: what layers take besides values: its path in the model, and the file.
    """
    return {
        "assets": [{"path": path, "file": file} for path, file in assets],
        "variables": [asdict(row) for row in shown],
        "totals": {
            status: {"count": count, "params": params} for status, (count, params) in _totals(rows).items()
        },
    }


def _totals(rows: Sequence[WeightsRow]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for status in _STYLES:
        of_status = [row for row in rows if row.status == status]
        if of_status:
            found[status] = len(of_status), sum(row.params for row in of_status)
    return found
