"""Tensors of which every value is NaN, noticed while they are read for something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING, Any

from modelspec.weights.values import Values

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_FIRST = 1 << 10

Key = tuple[str, str]
"""A file and what is filled from it, as messages call them."""


@dataclass(slots=True)
class NanWatch:
    """Watches values while they are made, by any thread; costs a look at the first of each piece.

    Args:
        _seen: that had values, in the order in which they were asked for.
        _sound: that had a value other than NaN.
    """

    _seen: dict[Key, bool] = field(default_factory=dict)
    _sound: set[Key] = field(default_factory=set)

    def watched(self, values: Values, file: str, path: str) -> Values:
        """The same values.

        Args:
            values: of a tensor.
            file: that they lie in.
            path: of the variable that they are for.
        """
        key, fill, whole = (file, path), values.fill, values.whole
        if values.lying is not None and fill is not None:
            # Such values may be copied without being made: the first ones tell of all but hopeless tensors.
            if self._is_sound_at_first(values):
                return values
            values = replace(values, lying=None)
        self._seen.setdefault(key, False)

        def filled(start: int, out: Array) -> None:
            assert fill is not None
            fill(start, out)
            self.look(out, key)

        def made() -> Array:
            assert whole is not None
            array = whole()
            self.look(array, key)
            return array

        return replace(values, fill=None if fill is None else filled, whole=None if whole is None else made)

    def _is_sound_at_first(self, values: Values) -> bool:
        import numpy as np

        first = np.empty(min(prod(values.shape), _FIRST), values.dtype)
        if values.fill is not None and first.size:
            values.fill(0, first)
        return bool((first == first).any()) or not first.size

    def look(self, array: Array, key: Key) -> None:
        """Notice what is in a piece."""
        if key in self._sound or not array.size:
            return
        self._seen[key] = True
        flat = array.reshape(-1)
        # NaN alone differs from itself, in every dtype.
        if bool(flat[0] == flat[0]) or bool((flat == flat).any()):
            self._sound.add(key)

    def hopeless(self) -> Mapping[str, tuple[str, ...]]:
        """What had nothing but NaN, by file."""
        found: dict[str, list[str]] = {}
        for key, has_values in self._seen.items():
            if has_values and key not in self._sound:
                found.setdefault(key[0], []).append(key[1])
        return {file: tuple(paths) for file, paths in found.items()}
