"""Tables of comma-separated values: a line of names, then numbers or texts."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modelspec.archive.container import open_regular
from modelspec.archive.refusal import Refused
from modelspec.diagnostics.shown import shown
from modelspec.training.data.held import DataFile, Held

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

# Rows that are turned into numbers at once, so that their texts are not all held.
_CHUNK = 1 << 14
_OWN = "mend the table, or read it with a function of your own: `python: data.py:load`"


def open_csv(path: Path) -> DataFile:
    """The columns that the first line names. Raises `Refused` or `OSError`."""
    with _rows(path) as rows:
        names = next(rows, [])
    if not names or not all(name.strip() for name in names):
        raise Refused(
            "bad-data",
            "does not name every column in its first line",
            help="its first line holds the names, separated by commas",
        )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Refused("bad-data", f"has two columns `{shown(twice)}`", help="rename one of them")

    def read(wanted: tuple[str, ...]) -> Array:
        return _columns(path, [names.index(name) for name in wanted], names)

    return DataFile(path, "column", {name: Held((None,), "value") for name in names}, read)


@contextmanager
def _rows(path: Path) -> Iterator[Iterator[list[str]]]:
    with open_regular(path):  # no pipe and no device
        pass
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield csv.reader(file, strict=True)
    except UnicodeDecodeError:
        raise Refused("bad-data", "is not UTF-8 text", help="save it as UTF-8") from None
    except csv.Error as error:
        raise Refused("bad-data", f"cannot be read as a table: {error}", help=_OWN) from None


def _columns(path: Path, positions: Sequence[int], names: Sequence[str]) -> Array:
    """Columns as one array; a vector of a single one."""
    pieces: list[list[Array]] = [[] for _ in positions]
    pending: list[list[str]] = []
    start = 2
    with _rows(path) as rows:
        next(rows, None)
        for number, row in enumerate(rows, 2):
            if not row:  # an empty line
                continue
            if len(row) != len(names):
                raise Refused(
                    "bad-data",
                    f"has {len(row)} values in row {number:,}, and {len(names)} columns",
                    help=_OWN,
                )
            pending.append(row)
            if len(pending) == _CHUNK:
                _take(pieces, pending, positions, names, start)
                pending, start = [], number + 1
    if pending:
        _take(pieces, pending, positions, names, start)
    if not any(pieces):
        raise Refused("bad-data", "has no rows below its names", help="store some samples")
    columns = [np.concatenate(of_column) for of_column in pieces]
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=-1)


def _take(
    pieces: list[list[Array]],
    rows: Sequence[Sequence[str]],
    positions: Sequence[int],
    names: Sequence[str],
    start: int,
) -> None:
    for of_column, position in zip(pieces, positions, strict=True):
        of_column.append(_values([row[position] for row in rows], names[position], start))


def _values(texts: list[str], name: str, start: int) -> Array:
    """Whole numbers where all are such, numbers where all are, else texts.

    Raises:
        Refused: a cell among numbers is none.
    """
    empty = next((at for at, text in enumerate(texts) if not text.strip()), None)
    if empty is not None:
        raise Refused("bad-data", f"has nothing in column `{shown(name)}`, row {start + empty:,}", help=_OWN)
    cells = np.array(texts)
    for dtype in (np.int64, np.float64):
        try:
            return cells.astype(dtype)
        except (ValueError, OverflowError):
            continue
    odd = [at for at, text in enumerate(texts) if not _is_number(text)]
    if len(odd) < len(texts):
        raise Refused(
            "bad-data",
            f"has `{shown(texts[odd[0]])}` among the numbers of column `{shown(name)}`,"
            f" row {start + odd[0]:,}",
            help=_OWN,
        )
    return cells.astype(np.object_)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
