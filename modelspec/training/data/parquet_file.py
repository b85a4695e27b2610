"""Parquet tables, read by pyarrow where it is installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modelspec.archive.container import open_regular
from modelspec.archive.refusal import Refused
from modelspec.diagnostics.shown import shown
from modelspec.training.data.held import DataFile, Held, require_memory

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_OWN = "mend the table, or read it with a function of your own: `python: data.py:load`"


def open_parquet(path: Path) -> DataFile:
    """The columns of a table. Raises `Refused` or `OSError`."""
    try:
        import pyarrow as arrow
        import pyarrow.parquet as parquet
    except ImportError:
        raise Refused(
            "bad-data", "needs pyarrow to be read", help="install it: `pip install 'modelspec[parquet]'`"
        ) from None
    with open_regular(path):  # no pipe and no device
        pass
    try:
        # Nothing of the file is kept mapped: it may change later.
        head = parquet.read_metadata(path)
        schema = head.schema.to_arrow_schema()
    except (arrow.ArrowException, OSError) as error:  # which is it differs by what is damaged
        raise Refused("bad-data", f"is no sound Parquet file: {_first_line(error)}", help=_OWN) from None
    held = {field.name: Held((head.num_rows, *_inner(field.type)), str(field.type)) for field in schema}

    def read(names: tuple[str, ...]) -> Array:
        require_memory(head.num_rows * len(names) * 8)
        try:
            table = parquet.read_table(path, columns=list(names), memory_map=False)
        except (arrow.ArrowException, OSError) as error:  # which is it differs by what is damaged
            raise Refused("bad-data", f"is no sound Parquet file: {_first_line(error)}", help=_OWN) from None
        columns = [_values(table.column(name), name) for name in names]
        return columns[0] if len(columns) == 1 else np.stack(columns, axis=-1)

    return DataFile(path, "column", held, read)


def _inner(kind: Any) -> tuple[int | None, ...]:
    """The sizes of what stands in one cell."""
    import pyarrow as arrow

    if arrow.types.is_fixed_size_list(kind):
        return (kind.list_size, *_inner(kind.value_type))
    if arrow.types.is_list(kind) or arrow.types.is_large_list(kind):
        return (None, *_inner(kind.value_type))
    return ()


def _values(column: Any, name: str) -> Array:
    if column.null_count:
        raise Refused("bad-data", f"has nothing in some rows of column `{shown(name)}`", help=_OWN)
    found = column.combine_chunks()
    if _inner(found.type):
        try:
            array = np.array(found.to_pylist())
        except ValueError:
            array = np.empty(0, np.object_)
    else:
        array = found.to_numpy(zero_copy_only=False)
    if array.dtype.kind in "biuf" or (array.dtype.kind in "OU" and _is_text(array)):
        return np.asarray(array)
    raise Refused(
        "bad-data", f"holds neither numbers nor texts in column `{shown(name)}`: `{column.type}`", help=_OWN
    )


def _is_text(array: Array) -> bool:
    return bool(array.size) and array.ndim == 1 and all(isinstance(item, str) for item in array)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
