"""A table of a sweep as a Parquet file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from modelspec.archive.atomic import write_atomically
from modelspec.ledger.table import Cell


class NoParquetError(Exception):
    """What writes such files is not installed."""


def write_parquet(target: Path, columns: Mapping[str, list[Cell]]) -> int:
    """Write columns as a file, whole or not at all; how many rows it has.

    Raises:
        NoParquetError: pyarrow is not installed.
        WriteError: the file cannot be written.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise NoParquetError from None
    table = pyarrow.table({name: _of_one_kind(cells) for name, cells in columns.items()})
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(table, sink)
    write_atomically(target, sink.getvalue().to_pybytes())
    return int(table.num_rows)


def _of_one_kind(cells: list[Cell]) -> list[Cell]:
    """A column of Parquet has one kind: numbers, truth values, or else texts."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {bool} or kinds <= {int} or kinds <= {str}:
        return cells
    if kinds <= {int, float}:
        return [None if cell is None else float(cell) for cell in cells]
    return [None if cell is None else str(cell) for cell in cells]
