"""A file of weights, whatever its format: what tensors it holds, and the values of each, not read yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from modelspec.weights.values import Values


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor of a file of weights.

    Args:
        key: what it is found by in its file: the HDF5 address (`layers/dense_1/vars/0`), the member of an npz
            file without `.npy`, the name in a safetensors file. Of no other tensor of the file.
        names: what it is called, see `names_of`; in formats that hold names alone, its key. Empty where the
            file says no names.
        shape: sizes.
        dtype: as Keras names it (`float32`, `bfloat16`).
    """

    key: str
    names: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str

    @property
    def shown(self) -> str:
        """Its best name, for messages and tables."""
        return self.names[0] if self.names else self.key


class Checkpoint(Protocol):
    """An open file of weights; a context manager that closes it.

    Nothing of it is believed that was not checked when it was opened: shapes and storage of each tensor, and
    that its values lie in the file itself.
    """

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def form(self) -> str:
        """What it is, as a noun: `Keras archive`, `safetensors file`."""

    @property
    def tensors(self) -> tuple[StoredTensor, ...]:
        """All it holds, in Keras' order where the file tells it, else in its own; the optimizer's last."""

    @property
    def is_hdf5(self) -> bool:
        """Whether keys are addresses of Keras' HDF5 layout."""

    @property
    def is_ordered(self) -> bool:
        """Whether the order of its tensors is one that somebody gave them."""

    @property
    def layer_names(self) -> Mapping[str, str]:
        """Names of layers by the address of their group, without its `vars`; empty where it has none."""

    @property
    def assets(self) -> tuple[str, ...]:
        """Paths of what layers have saved besides variables: the address of a group, and a file's name."""

    def asset(self, path: str) -> bytes:
        """The content of one of its assets."""

    def values(self, tensor: StoredTensor) -> Values:
        """The values of one of its tensors, with their bits, read when they are made.

        Piece by piece, where the file has them in one piece; by any thread, until the file is closed. Making
        them raises `SpecError` where the file turns out to be damaged.
        """

    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
