"""The plan of a model's weights for a terminal, and as JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType

from rich import box
from rich.table import Table
from rich.text import Text

from modelspec.compiler.weights_table import WeightsRow

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


def plan_table(title: str, rows: Iterable[WeightsRow]) -> Table:
    """One row a variable, and one a tensor that no variable takes."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("variable", overflow="fold")
    table.add_column("shape", no_wrap=True)
    table.add_column("dtype", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("from", overflow="fold")
    for row in rows:
        style = _STYLES[row.status]
        table.add_row(
            Text(row.path or "–", style="dim" if not row.path else ""),
            ", ".join(map(str, row.shape)) or "scalar",
            row.dtype,
            Text(row.status, style=style),
            _origin(row),
        )
    return table


def _origin(row: WeightsRow) -> Text:
    """Where a row's values come from."""
    if not row.file:
        return Text(row.initializer or "its own value", style="dim")
    found = Text(row.file, style="dim")
    found.append(f"  {row.tensor}", style="not dim")
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
