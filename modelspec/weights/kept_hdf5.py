"""An HDF5 file of weights, open: what the walk that checks it finds, and the values of its datasets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from modelspec.weights.dtypes import stored_dtype
from modelspec.weights.foreign_hdf5 import DAMAGE, Flaw, damage, flaws_within, reads_as_zeros
from modelspec.weights.in_place import Readable, values_in_place
from modelspec.weights.table import ITEM_SIZES
from modelspec.weights.values import Values

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_VARS = "vars"
_BFLOAT16 = "bfloat16"
_MOST_FLAWS = 10
_MOST_NAME = 1_000
# What the root of a file says that Keras 2 wrote, of a whole model or of weights alone; the names of many
# layers lie in several attributes.
_OLDER = ("model_config", "layer_names", "layer_names0")
_MOST_NAMES = 1_000_000


@dataclass(frozen=True, slots=True)
class KeptDataset:
    """A dataset of an open file.

    Args:
        shape: sizes.
        dtype: as Keras names it, or as NumPy does where Keras has none such.
        lying: its dtype in the file; bfloat16 lies there as raw bytes.
        offset: of its first byte, where it lies in one piece and as NumPy would write it.
        opened: h5py's object.
    """

    shape: tuple[int, ...]
    dtype: str
    lying: np.dtype[Any]
    offset: int | None
    opened: Any


class KeptHdf5:
    """An HDF5 file that is open and was looked through once; nothing of it is to be used that has flaws.

    Attributes:
        is_older: whether Keras 2 laid it out, by names of layers and variables.
        flaws: what no file of weights has, the first few.
        datasets: by address, as the file lists them.
        groups: the addresses of all groups.
        has_names: whether anything has a name.
        layer_names: of what has a group `vars` with a name, by the address of the group that holds it.

    Args:
        file: seekable, readable and `Readable`; at its beginning. Stays open.
    """

    def __init__(self, file: Readable) -> None:
        import h5py

        self.is_older = False
        self.flaws: tuple[Flaw, ...] = ()
        self.datasets: dict[str, KeptDataset] = {}
        self.groups: set[str] = set()
        self.has_names = False
        self.layer_names: dict[str, str] = {}
        self._file = file
        self._opened: Any = None
        self._odd: list[Flaw] = []
        try:
            self._opened = h5py.File(file, "r")
            self.is_older = any(name in self._opened.attrs for name in _OLDER)
            found = islice(flaws_within(self._opened, file, visit=self._visit), _MOST_FLAWS)
            self.flaws = (*found, *self._odd[:_MOST_FLAWS])
        except DAMAGE as error:
            self.flaws = (damage(error),)
        if self.flaws:
            self.close()

    @property
    def unknown_dtypes(self) -> Mapping[str, str]:
        """The dtypes that Keras does not have, by address."""
        return {
            address: dataset.dtype
            for address, dataset in self.datasets.items()
            if dataset.dtype not in ITEM_SIZES
        }

    def values(self, address: str) -> Values:
        """The values of a dataset; making them raises `OSError` where the file is damaged."""
        dataset = self.datasets[address]
        dtype = stored_dtype(dataset.dtype)
        if dataset.offset is not None:
            return values_in_place(
                self._file, dataset.offset, shape=dataset.shape, lying=dataset.lying, dtype=dtype
            )
        if reads_as_zeros(dataset.opened.id):
            return Values(dataset.shape, dtype, is_zero=True, fill=_put_zeros)
        return Values(dataset.shape, dtype, is_zero=False, whole=lambda: _read(dataset, dtype))

    def text(self, name: str) -> str | None:
        """A text among the attributes of the whole file, of any length; `None` where there is none such.

        Raises:
            OSError: the file is damaged there.
        """
        try:
            return _any_text(self._opened, name)
        except DAMAGE as error:
            raise OSError(f"HDF5 cannot read `{name}` ({type(error).__name__})") from None

    def texts(self, address: str, name: str) -> tuple[str, ...] | None:
        """A list of texts among the attributes of a group, which may lie in several: `names0`, `names1`.

        Args:
            address: of the group; empty for the whole file.
            name: of the attribute.

        Returns:
            The texts; `None` where there is no such attribute.

        Raises:
            OSError: the file is damaged there, or they are no texts.
        """
        try:
            group = self._opened[address] if address else self._opened
            return _texts(group, name)
        except DAMAGE as error:
            raise OSError(f"HDF5 cannot read `{name}` ({type(error).__name__})") from None

    def close(self) -> None:
        """Close the HDF5 file; what it lies in stays open."""
        if self._opened is not None:
            self._opened.close()

    def _visit(self, address: str, opened: Any) -> None:
        import h5py

        try:
            if isinstance(opened, h5py.h5d.DatasetID):
                self._keep(address, h5py.Dataset(opened))
            else:
                self.groups.add(address)
                self._keep_name(address, h5py.Group(opened))
        except _NoText as error:
            self._odd.append((f"/{address}", f"its attribute `{error}` is no text"))

    def _keep_name(self, address: str, group: Any) -> None:
        above, _, last = address.rpartition("/")
        name = _text(group, "name") if last == _VARS else None
        if name is not None:
            self.has_names = True
            if above:
                self.layer_names[above] = name

    def _keep(self, address: str, dataset: Any) -> None:
        import h5py

        kind = dataset.id.get_type()
        raw = kind.get_class() == h5py.h5t.OPAQUE
        if address in self.datasets:
            self._odd.append((f"/{address}", "another has the same name"))
        elif raw != (_text(dataset, "dtype") == _BFLOAT16):
            self._odd.append((f"/{address}", "its values and its attribute `dtype` contradict each other"))
        else:
            # Without what h5py notes in a dtype beside the numbers.
            lying = np.dtype(dataset.dtype.str)
            plain = raw or kind == h5py.h5t.py_create(lying, logical=True)
            self.datasets[address] = KeptDataset(
                shape=tuple(dataset.shape),
                dtype=_BFLOAT16 if raw else lying.newbyteorder("=").name,
                lying=stored_dtype(_BFLOAT16) if raw else lying,
                offset=dataset.id.get_offset() if plain else None,
                opened=dataset,
            )


class _NoText(Exception):
    """An attribute that should be a text is none."""


def _text(owner: Any, name: str) -> str | None:
    """A text among the attributes of an object; `None` where it has none such.

    Raises:
        _NoText: it is something else, or nothing that can be printed.
    """
    import h5py

    if name not in owner.attrs:
        return None
    attribute = owner.attrs.get_id(name)
    if attribute.shape != () or attribute.get_type().get_class() != h5py.h5t.STRING:
        raise _NoText(name)
    found = owner.attrs[name]
    text = found.decode("utf-8", "surrogateescape") if isinstance(found, bytes) else str(found)
    if len(text) > _MOST_NAME or not text.isprintable():
        raise _NoText(name)
    return text


def _any_text(owner: Any, name: str) -> str | None:
    import h5py

    if name not in owner.attrs:
        return None
    attribute = owner.attrs.get_id(name)
    if attribute.shape != () or attribute.get_type().get_class() != h5py.h5t.STRING:
        return None
    found = owner.attrs[name]
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)


def _texts(owner: Any, name: str) -> tuple[str, ...] | None:
    """Source: `load_attributes_from_hdf5_group` of `keras.saving.legacy.hdf5_format`."""
    if name in owner.attrs:
        return _listed(owner, name)
    parts: list[str] = []
    count = 0
    while f"{name}{count}" in owner.attrs and len(parts) <= _MOST_NAMES:
        parts.extend(_listed(owner, f"{name}{count}"))
        count += 1
    return tuple(parts) if count else None


def _listed(owner: Any, name: str) -> tuple[str, ...]:
    """The texts of one attribute; one that is empty has any type."""
    import h5py

    attribute = owner.attrs.get_id(name)
    if len(attribute.shape) != 1 or attribute.shape[0] > _MOST_NAMES:
        raise ValueError(f"`{name}` is no list")
    if not attribute.shape[0]:
        return ()
    if attribute.get_type().get_class() != h5py.h5t.STRING:
        raise ValueError(f"`{name}` holds no texts")
    found = [one.decode("utf-8") if isinstance(one, bytes) else str(one) for one in owner.attrs[name]]
    if not all(one and len(one) <= _MOST_NAME and one.isprintable() for one in found):
        raise ValueError(f"`{name}` holds what is no name")
    return tuple(found)


def _put_zeros(start: int, out: Array) -> None:
    out[...] = 0


def _read(dataset: KeptDataset, dtype: np.dtype[Any]) -> Array:
    try:
        found = np.asarray(dataset.opened[()])  # h5py lets one thread in at a time
    except DAMAGE as error:
        raise OSError(f"HDF5 cannot read it ({type(error).__name__})") from None
    return found.view(dtype) if dataset.dtype == _BFLOAT16 else found.astype(dtype, copy=False)
