"""Values that lie in the HDF5 files of nested archives, each read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

Read = Callable[[tuple[str, str]], "Array"]
"""The value of a variable by the key of its archive and its address there."""


@contextmanager
def stored_values(weights_of: Callable[[str], Any]) -> Iterator[Read]:
    """A reader of values, for the length of the block.

    Args:
        weights_of: the open HDF5 file of an archive, by its key.
    """
    with ExitStack() as stack:
        files: dict[str, Any] = {}

        def read(source: tuple[str, str]) -> Array:
            key, address = source
            if key not in files:
                files[key] = stack.enter_context(_opened(weights_of(key)))
            return _value(files[key], address)

        yield read


def _opened(file: IO[bytes]) -> Any:
    import h5py

    return h5py.File(file, "r")


def _value(file: Any, address: str) -> Array:
    """One dataset as Keras stores it; bfloat16 lies there as raw bytes."""
    dataset = file[address]
    value = dataset[()]
    if dataset.attrs.get("dtype") == "bfloat16":
        import ml_dtypes

        value = value.view(ml_dtypes.bfloat16)
    return value  # type: ignore[no-any-return]
