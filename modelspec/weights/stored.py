"""Values that lie in the HDF5 files of nested archives, each read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING, Any

from modelspec.weights.foreign_hdf5 import DAMAGE, dataset_flaws

if TYPE_CHECKING:
    import numpy.typing as npt

    from modelspec.link.linked import Variable

    Array = npt.NDArray[Any]

Read = Callable[[tuple[str, str]], "Array"]
"""The value of a variable by the path of its archive and its address there."""


def unreadable(
    variables: Iterable[Variable], weights_of: Callable[[str], Any]
) -> Iterator[tuple[Variable, str]]:
    """Each variable of a nested archive whose value cannot or must not be read, and why.

    Links are looked at hop by hop before anything is opened through them, shapes before anything is read.

    Args:
        weights_of: the open HDF5 file of an archive, by its path; `None` where it has none.
    """
    with ExitStack() as stack:
        files: dict[str, Any] = {}
        for variable in variables:
            if variable.source is None:
                continue
            path, address = variable.source
            try:
                if path not in files:
                    file = weights_of(path)
                    files[path] = stack.enter_context(_opened(file)) if file is not None else None
                reason = (
                    "the archive has no weights"
                    if files[path] is None
                    else _refusal(files[path], address, variable)
                )
            except DAMAGE as error:
                reason = f"its file is damaged ({type(error).__name__})"
            if reason is not None:
                yield variable, reason


def _refusal(file: Any, address: str, variable: Variable) -> str | None:
    import h5py

    group = file
    for name in address.split("/"):
        # The link first: `in` and `[]` would follow it, into another file even.
        link = group.get(name, getlink=True) if isinstance(group, h5py.Group) else None
        if link is None:
            return f"the file has no `{address}`"
        if not isinstance(link, h5py.HardLink):
            return f"`{address}` is reached through a link"
        group = group[name]
    if not isinstance(group, h5py.Dataset):
        return f"`{address}` is no dataset"
    flaw = next(dataset_flaws(group.id, size=file.id.get_filesize()), None)
    if flaw is not None:
        return f"{flaw} (`{address}`)"
    if tuple(group.shape) != variable.shape:
        return f"`{address}` is of shape {tuple(group.shape)}, and the model's variable of {variable.shape}"
    return None


@contextmanager
def stored_values(weights_of: Callable[[str], Any]) -> Iterator[Read]:
    """A reader of values, for the length of the block.

    Args:
        weights_of: the open HDF5 file of an archive, by its path.
    """
    with ExitStack() as stack:
        files: dict[str, Any] = {}

        def read(source: tuple[str, str]) -> Array:
            path, address = source
            if path not in files:
                files[path] = stack.enter_context(_opened(weights_of(path)))
            return _value(files[path], address)

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
