"""Weights of TensorFlow.js: the manifest in a `model.json`, and the files of bare values beside it.

Source: `io_handlers` of TensorFlow.js: the values of a group lie one behind the other in its files, joined,
little end first; where they are quantized, the manifest says how.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from math import prod
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from modelspec.archive.checkpoint.older_hdf5 import tell_of_left
from modelspec.archive.checkpoint.opened import OpenCheckpoint, Request
from modelspec.archive.container import open_regular
from modelspec.archive.limits import Limits
from modelspec.archive.member_names import name_problem, quoted
from modelspec.archive.refusal import Refused
from modelspec.archive.region import ReadRegion
from modelspec.catalog.safety.finding import path_text
from modelspec.frozen import dataclass
from modelspec.weights.dtypes import stored_dtype
from modelspec.weights.in_place import values_in_place
from modelspec.weights.older.arranging import Held, arranged_by_name, arranged_flat
from modelspec.weights.older.classes import is_layer
from modelspec.weights.values import Values

if TYPE_CHECKING:
    import numpy.typing as npt
    from _typeshed import WriteableBuffer

    Array = npt.NDArray[Any]

MANIFEST = "weightsManifest"
_DTYPES = frozenset({"float32", "float16", "int32", "uint8", "int8", "uint16", "bool", "complex64"})
_MOST = 100_000
_HELP = "copy all files of the model anew, those that `model.json` names beside it"


class Joined:
    """Files one behind the other, read as one; see `modelspec.weights.in_place.Readable`."""

    def __init__(self, parts: list[ReadRegion]) -> None:
        self._parts = parts

    @property
    def size(self) -> int:
        """Bytes of all."""
        return sum(part.size for part in self._parts)

    @property
    def extent(self) -> tuple[int, int] | None:
        """Where they lie, if that is one file."""
        return self._parts[0].extent if len(self._parts) == 1 else None

    def read_at(self, position: int, buffer: WriteableBuffer, /) -> None:
        """Fill `buffer` from a position on. Raises `OSError` past the end of the last file."""
        with memoryview(buffer) as view, view.cast("B") as whole:
            done = 0
            for part in self._parts:
                count = min(len(whole) - done, part.size - position)
                if count > 0:
                    part.read_at(position, whole[done : done + count])
                    done += count
                    position += count
                position -= part.size
            if done < len(whole):
                raise OSError("the files end before what is asked of them")


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor of a manifest.

    Args:
        lying: its dtype in the file.
        dtype: that of its values, by Keras' name.
        scale: what the numbers in the file are multiplied with; `None` where they are the values.
        least: what is added to that.
    """

    name: str
    shape: tuple[int, ...]
    lying: str
    dtype: str
    scale: float | None
    least: float

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return prod(self.shape) * stored_dtype(self.lying).itemsize


def open_tfjs(value: Mapping[str, object], request: Request, limits: Limits) -> OpenCheckpoint:
    """Open the weights of a model of TensorFlow.js.

    Args:
        value: the object of its `model.json`, with `MANIFEST` among its keys.

    Raises:
        Refused: a file is missing, cut off or longer than the manifest says, or the manifest is wrong.
        OSError: a file cannot be read.
    """
    with ExitStack() as stack:
        held: list[Held] = []
        for number, group in enumerate(_groups(value)):
            source, entries = _opened(group, (MANIFEST, number), request, stack)
            held.extend(_held(entries, source))
        counts = Counter(one.name for one in held)
        twice = next((name for name, count in counts.items() if count > 1), None)
        if twice is not None:
            raise Refused("broken-archive", f"names two tensors {quoted(twice)}", help=_HELP)
        config = config_of_tfjs(value)
        arranged = arranged_by_name({"": held}) if config is None else arranged_flat(config, held)
        tell_of_left(arranged, request)
        return OpenCheckpoint(
            request,
            "model of TensorFlow.js",
            arranged.tensors,
            lambda tensor: arranged.values[tensor.key](),
            stack.pop_all(),
            is_hdf5=config is not None,
            # Converters sort layers by name.
            is_ordered=config is not None,
            layer_names=arranged.layer_names,
        )


def config_of_tfjs(value: Mapping[str, object]) -> Mapping[str, object] | None:
    """The config of Keras in a `model.json`; `None` where there is none."""
    topology = value.get("modelTopology")
    if isinstance(topology, dict) and isinstance(topology.get("model_config"), dict):
        topology = topology["model_config"]
    return topology if isinstance(topology, dict) and is_layer(topology) else None


def _groups(value: Mapping[str, object]) -> list[Mapping[str, object]]:
    manifest = value[MANIFEST]
    if not isinstance(manifest, list) or not all(isinstance(group, dict) for group in manifest):
        raise Refused("not-weights", f"has a `{MANIFEST}` that is no list of groups", help=_HELP)
    return manifest


def _opened(
    group: Mapping[str, object], where: tuple[str, int], request: Request, stack: ExitStack
) -> tuple[Joined, list[Entry]]:
    """The files of a group, open, and what they hold, which takes all of them."""
    match group:
        case {"paths": list() as paths, "weights": list() as weights}:
            pass
        case _:
            raise Refused("not-weights", f"lacks `paths` or `weights` (`{path_text(where)}`)", help=_HELP)
    if len(paths) > _MOST or len(weights) > _MOST:
        raise Refused("archive-too-large", f"has more than {_MOST:,} entries (`{path_text(where)}`)")
    entries = [_entry(one, (*where, "weights", number)) for number, one in enumerate(weights)]
    parts = [_part(name, (*where, "paths", n), request.path.parent, stack) for n, name in enumerate(paths)]
    source = Joined(parts)
    needed = sum(entry.size for entry in entries)
    if source.size != needed:
        names = ", ".join(quoted(str(name)) for name in paths[:3])
        raise Refused(
            "broken-archive",
            f"names {needed:,} bytes of values, and {names} {'has' if len(paths) == 1 else 'have'}"
            f" {source.size:,}",
            help=_HELP,
        )
    return source, entries


def _part(name: object, where: tuple[str | int, ...], folder: Path, stack: ExitStack) -> ReadRegion:
    if not isinstance(name, str) or name_problem(name) is not None or "/" in name:
        raise Refused(
            "unsafe-weights",
            f"is not read: {quoted(str(name))} is no name of a file beside it (`{path_text(where)}`)",
            help=_HELP,
        )
    path = folder / name
    if path.is_symlink():
        raise Refused("unsafe-weights", f"is not read: {quoted(name)} beside it is a link", help=_HELP)
    if not path.is_file():
        raise Refused("missing-shard", f"names {quoted(name)}, which is not beside it", help=_HELP)
    file = stack.enter_context(open_regular(path))
    return ReadRegion(file, Lock(), start=0, size=file.seek(0, 2))


def _entry(value: object, where: tuple[str | int, ...]) -> Entry:
    match value:
        case {"name": str() as name, "shape": list() as shape, "dtype": str() as dtype, **rest} if (
            name and all(type(size) is int and size >= 0 for size in shape)
        ):
            pass
        case _:
            message = f"has a tensor without name, shape or dtype (`{path_text(where)}`)"
            raise Refused("not-weights", message, help=_HELP)
    if dtype not in _DTYPES:
        raise Refused(
            "unknown-dtype",
            f"has the tensor {quoted(name)} of the dtype {quoted(dtype)}, which is none of numbers",
            help="only tables of texts have it, which are no variables: take the tensor out of the manifest",
        )
    lying, scale, least = _quantization(rest.get("quantization"), dtype, name, where)
    return Entry(name, tuple(shape), lying, dtype, scale, least)


def _quantization(
    value: object, dtype: str, name: str, where: tuple[str | int, ...]
) -> tuple[str, float | None, float]:
    """The dtype in the file, what its numbers are multiplied with, and what is added."""
    match value:
        case None:
            return dtype, None, 0.0
        case {"dtype": "float16"}:
            return "float16", None, 0.0
        case {
            "dtype": "uint8" | "uint16" as lying,
            "scale": int() | float() as scale,
            "min": int() | float() as least,
        }:
            return lying, scale, least
    message = f"says of {quoted(name)} a quantization that nobody knows (`{path_text(where)}`)"
    raise Refused("unknown-dtype", message, help="convert the model without quantizing it")


def _held(entries: list[Entry], source: Joined) -> Iterator[Held]:
    begin = 0
    for entry in entries:
        yield Held(entry.name, entry.shape, entry.dtype, _values(entry, source, begin))
        begin += entry.size


def _values(entry: Entry, source: Joined, begin: int) -> Any:
    lying, dtype = stored_dtype(entry.lying), stored_dtype(entry.dtype)

    def values() -> Values:
        stored = values_in_place(source, begin, shape=entry.shape, lying=lying, dtype=lying)
        if entry.scale is None and lying == dtype:
            return stored

        def fill(start: int, out: Array) -> None:
            assert stored.fill is not None
            piece = np.empty(out.shape, lying)
            stored.fill(start, piece)
            out[...] = _restored(piece, entry)

        return Values(entry.shape, dtype, is_zero=False, fill=fill)

    return values


def _restored(piece: Array, entry: Entry) -> Array:
    """The values that quantized ones stand for; computed in float64, as JavaScript does."""
    if entry.scale is None:
        return piece
    found = piece.astype(np.float64) * entry.scale + entry.least
    return np.rint(found) if entry.dtype == "int32" else found
