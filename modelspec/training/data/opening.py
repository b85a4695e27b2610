"""A file of data opened by what its name ends in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from modelspec.archive.refusal import Refused
from modelspec.diagnostics import nearest
from modelspec.training.data.held import DataFile


def open_data(path: Path) -> DataFile:
    """Read the head of a file of data.

    Raises:
        Refused: it is of no format that is read, damaged, or holds what may run.
        OSError: it cannot be read.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(f"`{suffix}`" for suffix in FORMATS)
        near = nearest(path.suffix.lower(), FORMATS)
        raise Refused(
            "bad-data",
            f"is no file of data that is read: those end in {known}",
            help=f"did you mean `{path.stem}{near}`?"
            if near
            else "or give a function: `python: data.py:load`",
        )
    return reader(path)


def _npz(path: Path) -> DataFile:
    from modelspec.training.data.numpy_files import open_npz

    return open_npz(path)


def _npy(path: Path) -> DataFile:
    from modelspec.training.data.numpy_files import open_npy

    return open_npy(path)


def _csv(path: Path) -> DataFile:
    from modelspec.training.data.csv_file import open_csv

    return open_csv(path)


def _parquet(path: Path) -> DataFile:
    from modelspec.training.data.parquet_file import open_parquet

    return open_parquet(path)


_READERS: Mapping[str, Callable[[Path], DataFile]] = MappingProxyType(
    {".npz": _npz, ".npy": _npy, ".csv": _csv, ".parquet": _parquet}
)
FORMATS = tuple(_READERS)
"""What the names of files that are read end in."""
