"""What a file of weights holds, as tables for a terminal."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelspec.archive.member_names import escaped
from modelspec.archive.sizes import readable_size
from modelspec.compiler.weights.listing import ListedTensor, Listing
from modelspec.weights.statistics import Statistics

_QUIET = "dim"
# Narrower than this there is no room for what can be done without: paths, and sizes beside statistics.
_WIDE = 110
_PATHS_ELSEWHERE = f"paths in the file: from {_WIDE} columns on, in a pipe, or with --format json"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the table, and what stands in it for a tensor."""

    title: str
    cell: Callable[[ListedTensor], Text | str]
    style: str = ""
    is_number: bool = False
    folds: bool = False


def listing_tables(listing: Listing, *, width: int) -> Iterator[RenderableType]:
    """A table of the model's tensors, one of the optimizer's, and lines with totals.

    Args:
        width: columns of the terminal.
    """
    model = [row for row in listing.rows if not row.of_optimizer]
    optimizer = [row for row in listing.rows if row.of_optimizer]
    if model or not optimizer:
        yield _table(f"{listing.path.name}  {listing.form}", model, width)
    if optimizer:
        yield _table("optimizer", optimizer, width)
    yield _totals(model, "")
    if optimizer:
        yield _totals(optimizer, " of the optimizer")
    if width < _WIDE and _have_paths(listing.rows):
        yield Text(_PATHS_ELSEWHERE, style=_QUIET)


def concise_lines(listing: Listing) -> Iterator[str]:
    """One line for each tensor: its name, shape and dtype."""
    for row in listing.rows:
        shape = "x".join(map(str, row.tensor.shape)) or "scalar"
        yield f"{escaped(row.tensor.shown)} {shape} {row.tensor.dtype}"


def _table(title: str, rows: Sequence[ListedTensor], width: int) -> Table:
    table = Table(
        title=escaped(title),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=width < _WIDE,
    )
    columns = tuple(_columns(rows, wide=width >= _WIDE))
    for column in columns:
        table.add_column(
            column.title,
            style=column.style,
            justify="right" if column.is_number else "left",
            overflow="fold",
            no_wrap=not column.folds,
        )
    for row in rows:
        table.add_row(*(column.cell(row) for column in columns))
    return table


def _columns(rows: Sequence[ListedTensor], *, wide: bool) -> Iterator[_Column]:
    told = any(row.statistics is not None for row in rows)
    yield _Column("name", lambda row: Text(escaped(row.tensor.shown)), folds=True)
    if wide and _have_paths(rows):
        yield _Column("path", lambda row: Text(escaped(row.tensor.key)), _QUIET, folds=True)
    yield _Column("shape", lambda row: ", ".join(map(str, row.tensor.shape)) or "scalar", folds=True)
    yield _Column("dtype", lambda row: row.tensor.dtype, "cyan")
    if wide or not told:
        yield _Column("size", lambda row: readable_size(row.size), is_number=True)
    if told:
        yield _told("min", lambda found: _number(found.least))
        yield _told("max", lambda found: _number(found.most))
        yield _told("mean", lambda found: _number(found.mean))
        if any(row.statistics is not None and row.statistics.zeros for row in rows):
            yield _told("zeros", lambda found: _share(found.zeros, "yellow" if found.zeros == 1 else ""))
        if _with_nans(rows):
            yield _told("NaN", lambda found: _share(found.nans, "bold red"))


def _told(title: str, cell: Callable[[Statistics], Text | str]) -> _Column:
    return _Column(title, lambda row: "" if row.statistics is None else cell(row.statistics), is_number=True)


def _have_paths(rows: Sequence[ListedTensor]) -> bool:
    return any(row.tensor.shown != row.tensor.key for row in rows)


def _with_nans(rows: Sequence[ListedTensor]) -> int:
    return sum(row.statistics is not None and row.statistics.nans > 0 for row in rows)


def _number(value: float | None) -> str:
    """A number in a few digits: `-0.0512`, `12`, `3.4e+38`; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) < 1e5 and value == math.trunc(value) else f"{value:.3g}"


def _share(share: float, style: str) -> Text:
    """A share in percent; nothing of nothing, and never 0 or 100 of something else."""
    if not share:
        return Text()
    if share < 0.001:
        return Text("<0.1%", style=style)
    return Text("100%" if share == 1 else f"{min(share, 0.999):.1%}", style=style)


def _totals(rows: Sequence[ListedTensor], of: str) -> Text:
    values = sum(row.count for row in rows)
    sizes: Counter[str] = Counter()
    for row in rows:
        sizes[row.tensor.dtype] += row.size
    text = Text(f"{len(rows):,} tensor{'s' if len(rows) != 1 else ''}{of}   {values:,} values   ")
    text.append(readable_size(sizes.total()))
    if any(row.statistics is not None for row in rows):
        bad = _with_nans(rows)
        text.append(f"   NaN in {bad:,}" if bad else "   no NaN", style="bold red" if bad else "")
    if len(sizes) > 1:
        parts = (f"{dtype} {readable_size(size)}" for dtype, size in sizes.most_common())
        text.append(f"\n  {', '.join(parts)}", style=_QUIET)
    return text
