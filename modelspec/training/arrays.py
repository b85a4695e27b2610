"""Arrays of a checkpoint in one file, whole or not at all; read back without unpickling."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modelspec.archive.atomic import write_atomically

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays by name. Raises `WriteError`."""
    buffer = io.BytesIO()
    # Names hold `/`, which a zip archive has room for.
    np.savez(buffer, **{name: _plain(array) for name, array in arrays.items()})  # type: ignore[arg-type]
    write_atomically(path, buffer.getvalue())


def read_arrays(path: Path) -> dict[str, Array]:
    """Arrays by name.

    Raises:
        ValueError: the file is damaged.
        OSError: it cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (zipfile.BadZipFile, EOFError, KeyError) as error:
        raise ValueError("it is damaged") from error


def _plain(array: Array) -> Array:
    """An array of a dtype that NumPy itself has, which holds every value of the narrow ones."""
    return array.astype(np.float32) if array.dtype.isbuiltin == 2 else array
