"""A file of weights that is only in memory, with whatever names a test wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from modelspec.weights.checkpoint import StoredTensor
from modelspec.weights.names import names_of
from modelspec.weights.values import Values


@dataclass
class MemoryCheckpoint:
    """See `modelspec.weights.checkpoint.Checkpoint`.

    Args:
        arrays: by key.
        layer_names: of layers, for a file in Keras' layout.
    """

    arrays: Mapping[str, Any]
    is_hdf5: bool = False
    layer_names: Mapping[str, str] = field(default_factory=dict)
    path: Path = Path("w.test")
    form: str = "file in memory"

    @property
    def tensors(self) -> tuple[StoredTensor, ...]:
        return tuple(
            StoredTensor(key, self._names(key), values.shape, values.dtype.name)
            for key, values in self.arrays.items()
        )

    def _names(self, key: str) -> tuple[str, ...]:
        if not self.is_hdf5:
            return (key,)
        return names_of(key, self.layer_names) if self.layer_names else ()

    def values(self, tensor: StoredTensor) -> Values:
        values = np.asarray(self.arrays[tensor.key])
        return Values(values.shape, values.dtype, False, whole=lambda: values)

    def close(self) -> None:
        pass

    def __enter__(self) -> MemoryCheckpoint:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
