"""What a foreign HDF5 file of weights must not hold, found without following or reading anything of it.

Links are looked at before anything is opened through them, and shapes and storage before any value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any

Flaw = tuple[str, str]
"""A path in the file and one sentence."""

Visit = Callable[[str, Any], None]
"""Told of each group, and each dataset without a flaw, by its address and h5py's low-level object."""

DAMAGE = (OSError, RuntimeError, ValueError, LookupError, TypeError, ArithmeticError, MemoryError)
"""What h5py raises of a file that is damaged, wherever in it it stumbles."""

_MOST_OBJECTS = 1_000_000
_MOST_DEPTH = 200
# A dataset that declares this many times what it stores, and is large, is taken for an attack, as Keras does.
_MOST_EXPANSION = 1_000
_LARGE = 1 << 28
# What takes no room at all reads as zeros without being unpacked; our own files hold such up to this size.
_LARGE_UNSTORED = 1 << 32
# Deflate, shuffle, Fletcher's checksum, szip, n-bit, scale-offset: what HDF5 itself reads; and LZF of h5py.
_FILTERS = frozenset({1, 2, 3, 4, 5, 6, 32000})
_NUMBERS = frozenset("biufc")
_BFLOAT16_BYTES = 2
_SUPERBLOCK = 96


def flaws_of(file: Any) -> Iterator[Flaw]:
    """Everything in an HDF5 file that no file of weights has, in the order of its names.

    Args:
        file: seekable and readable, at its beginning.
    """
    import h5py

    try:
        with h5py.File(file, "r") as opened:
            if "model_config" in opened.attrs:
                yield (
                    "/",
                    "it is a whole model of the older form, which some releases load without safe mode",
                )
            yield from flaws_within(opened, file)
    except DAMAGE as error:
        yield damage(error)


def flaws_within(opened: Any, file: Any, *, visit: Visit | None = None) -> Iterator[Flaw]:
    """What `flaws_of` finds in a file that is open, in one walk; raises `DAMAGE`.

    Args:
        opened: h5py's high-level file.
        file: what it was opened on.
        visit: told of what is sound. Of no use to it is what it was told before a flaw came.
    """
    if opened.userblock_size:
        yield "/", f"{opened.userblock_size:,} bytes lie before the file's beginning"
    size = file.seek(0, 2)
    behind = size - _end_address(file)
    if behind > 0:
        yield "/", f"{behind:,} bytes lie behind the file's end"
    yield from _Walk(size, visit).group(opened.id, "", ())


def damage(error: Exception) -> Flaw:
    """What is to be said where h5py raises one of `DAMAGE`."""
    return "/", f"it is damaged: HDF5 cannot read it ({type(error).__name__})"


def _end_address(file: Any) -> int:
    """Where a file says that it ends.

    Source: the HDF5 file format specification 3.0, section II.A, the superblock: the third address in it,
    after 24 bytes in version 0, 28 in version 1 and 12 in versions 2 and 3. HDF5 has opened the file before,
    so that the version is one of these.
    """
    file.seek(0)
    head = file.read(_SUPERBLOCK)
    version = head[8]
    width = head[13] if version < 2 else head[9]
    start = {0: 24, 1: 28}.get(version, 12) + 2 * width
    return int.from_bytes(head[start : start + width], "little")


@dataclass(slots=True)
class _Walk:
    """The state of one walk.

    Args:
        size: of the file in bytes.
        visit: see `flaws_within`.
    """

    size: int
    visit: Visit | None
    seen: dict[int, str] = field(default_factory=dict)
    objects: int = 0

    def group(self, group: Any, path: str, above: tuple[int, ...]) -> Iterator[Flaw]:
        import h5py

        if len(above) > _MOST_DEPTH:
            yield path, f"groups are nested more than {_MOST_DEPTH} deep"
            return
        links = group.links
        for raw in sorted(group):
            self.objects += 1
            if self.objects > _MOST_OBJECTS:
                if self.objects == _MOST_OBJECTS + 1:
                    yield path or "/", f"it has more than {_MOST_OBJECTS:,} objects"
                return
            name = raw.decode("utf-8", "backslashreplace")
            inner = f"{path}/{name}"
            kind = links.get_info(raw).type
            if kind == h5py.h5l.TYPE_EXTERNAL:
                yield inner, "it is a link into another file"
            elif kind != h5py.h5l.TYPE_HARD:
                yield inner, "it is a soft link, which no file of weights needs"
            else:
                yield from self._object(group, raw, inner, above)

    def _object(self, group: Any, raw: bytes, path: str, above: tuple[int, ...]) -> Iterator[Flaw]:
        import h5py

        opened = h5py.h5o.open(group, raw)
        address = int(h5py.h5o.get_info(opened).addr)
        if address in above:
            yield path, "it leads back to a group that it is in"
        elif address in self.seen:
            yield path, f"it is the same object as `{self.seen[address]}`"
        elif isinstance(opened, h5py.h5g.GroupID):
            self.seen[address] = path
            if self.visit is not None:
                self.visit(path[1:], opened)
            yield from self.group(opened, path, (*above, address))
        elif isinstance(opened, h5py.h5d.DatasetID):
            self.seen[address] = path
            flaws = tuple(dataset_flaws(opened, size=self.size))
            yield from ((path, message) for message in flaws)
            if self.visit is not None and not flaws:
                self.visit(path[1:], opened)
        else:
            yield path, "it is neither a group nor a dataset"


def dataset_flaws(dataset: Any, *, size: int) -> Iterator[str]:
    """What is wrong with a dataset, as sentences; none of its values is read.

    Args:
        dataset: h5py's low-level one.
        size: of the file in bytes.
    """
    import h5py

    plist = dataset.get_create_plist()
    if plist.get_external_count():
        yield "its values lie in another file"
        return
    if plist.get_layout() == h5py.h5d.VIRTUAL:
        yield "it is put together from datasets that may lie in other files"
        return
    filters = [plist.get_filter(n)[0] for n in range(plist.get_nfilters())]
    unknown = [code for code in filters if code not in _FILTERS]
    if unknown:
        yield f"it is packed by the filter {unknown[0]}, which only a plugin reads"
    wrong = _wrong_type(dataset.get_type())
    if wrong is not None:
        yield wrong
    elif dataset.get_space().get_simple_extent_type() == h5py.h5s.NULL:
        yield "it has no shape"
    else:
        yield from _wrong_extent(dataset, size)


def reads_as_zeros(dataset: Any) -> bool:
    """Whether nothing is stored of a dataset and nothing says what stands for it."""
    import h5py

    filled = dataset.get_create_plist().fill_value_defined()
    return not dataset.get_storage_size() and bool(filled != h5py.h5d.FILL_VALUE_USER_DEFINED)


def _wrong_extent(dataset: Any, size: int) -> Iterator[str]:
    declared = prod(dataset.shape) * dataset.dtype.itemsize
    stored = dataset.get_storage_size()
    offset = dataset.get_offset()
    if (offset or 0) + stored > size:
        yield f"it claims {stored:,} bytes of a file that has {size:,}"
    elif offset is not None and stored != declared:
        yield f"it declares {declared:,} bytes and has {stored:,}"
    elif _is_bomb(dataset, declared, stored):
        yield f"it declares {declared:,} bytes and stores {stored:,}"


def _is_bomb(dataset: Any, declared: int, stored: int) -> bool:
    if declared <= max(_LARGE, _MOST_EXPANSION * stored):
        return False
    return declared > _LARGE_UNSTORED or not reads_as_zeros(dataset)


def _wrong_type(kind: Any) -> str | None:
    """What is wrong with a dataset's type: Keras stores numbers, and bfloat16 as two raw bytes."""
    import h5py

    classes = {
        h5py.h5t.VLEN: "values of variable length",
        h5py.h5t.REFERENCE: "references",
        h5py.h5t.STRING: "texts",
        h5py.h5t.TIME: "times",
        h5py.h5t.ARRAY: "arrays in arrays",
    }
    found = classes.get(kind.get_class())
    if found is not None:
        return f"it holds {found}, not numbers"
    if kind.get_class() == h5py.h5t.OPAQUE:
        raw = kind.get_size() == _BFLOAT16_BYTES
        return None if raw else f"it holds raw bytes, {kind.get_size()} at a time, not numbers"
    if kind.dtype.hasobject or kind.dtype.kind not in _NUMBERS:
        return "it holds compound values, not numbers"
    return None
