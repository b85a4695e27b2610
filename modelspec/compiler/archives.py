"""The `.keras` archives that a document nests as they are: their configs for linking, their values for writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelspec.archive.reader import KerasArchive, open_keras
from modelspec.diagnostics import Report
from modelspec.graph.model import Program, WholeModel
from modelspec.source.files import shown_path

if TYPE_CHECKING:
    import numpy as np

Read = Callable[[tuple[str, str]], "np.ndarray[Any, Any]"]


def nested_archives(program: Program) -> dict[str, WholeModel]:
    """The models of a document, and of the documents it nests, that are archives, by model key."""
    found = {
        model.key: model
        for model in program.models
        if isinstance(model, WholeModel) and model.archive is not None
    }
    for _, nested in program.nested:
        found |= nested_archives(nested)
    return found


@contextmanager
def opened_archives(program: Program, report: Report) -> Iterator[Mapping[str, KerasArchive]]:
    """The nested archives, open for the length of the block. Raises `SpecError` where one cannot be read."""
    with ExitStack() as stack:
        opened: dict[str, KerasArchive] = {}
        for key, model in nested_archives(program).items():
            path = Path(shown_path(Path(str(model.archive))))  # as messages shall call it
            archive = open_keras(path, report, model.origin.place)
            if archive is not None:
                opened[key] = stack.enter_context(archive)
        report.raise_if_errors()
        yield opened


@contextmanager
def archived_values(archives: Mapping[str, KerasArchive]) -> Iterator[Read]:
    """A reader of variables by archive key and HDF5 address; each is read when it is asked for."""
    import h5py

    with ExitStack() as stack:
        files: dict[str, Any] = {}

        def read(source: tuple[str, str]) -> np.ndarray[Any, Any]:
            key, address = source
            if key not in files:
                files[key] = stack.enter_context(h5py.File(archives[key].weights(), "r"))
            return _value(files[key], address)

        yield read


def _value(file: Any, address: str) -> np.ndarray[Any, Any]:
    """One dataset as Keras stores it; bfloat16 lies there as raw bytes."""
    dataset = file[address]
    value = dataset[()]
    if dataset.attrs.get("dtype") == "bfloat16":
        import ml_dtypes

        value = value.view(ml_dtypes.bfloat16)
    return value  # type: ignore[no-any-return]
