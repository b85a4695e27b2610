"""Writing `.weights.h5` in Keras' layout, and the same in several files with a map, as Keras reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelspec.archive.atomic import SiblingFile
from modelspec.archive.atomic_set import atomic_files
from modelspec.archive.limits import LIMITS
from modelspec.archive.member_names import quoted
from modelspec.archive.region import open_region
from modelspec.archive.sizes import readable_size, size_to_give
from modelspec.archive.weights_file.tensors import Tensor, Told, check_dtypes
from modelspec.archive.weights_file.whole import whole_file
from modelspec.archive.write_failures import diagnosed_writing, require_room
from modelspec.diagnostics import Report
from modelspec.link.linked import Group
from modelspec.weights.hdf5 import write_tensors
from modelspec.weights.layout import overhead
from modelspec.weights.shards import SUFFIX, Sized, divide, groups_of_shards, shard_map, shard_name

# Keras writes others as raw bytes, which it cannot read again.
_DTYPES = frozenset(
    {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
    | {"float16", "bfloat16", "float32", "float64", "complex64", "complex128"}
)
MOST_SHARDS = 500
"""More are not written: all are open at once."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an HDF5 file shall hold.

    Args:
        groups: the groups `vars`, with the names of layers.
        tensors: their keys are addresses below them.
    """

    groups: tuple[Group, ...]
    tensors: tuple[Tensor, ...]

    @property
    def size(self) -> int:
        """At most how many bytes the file has, and hardly more."""
        values = sum(tensor.size for tensor in self.tensors)
        return values + overhead(self.groups, ((tensor.key, tensor.dtype) for tensor in self.tensors))


def write_hdf5_file(
    target: Path, contents: Contents, report: Report, *, progress: Told | None = None
) -> None:
    """Write one file, which `load_weights` reads.

    Args:
        target: see `whole_file`.
        contents: see there.
        report: told what cannot be written.
        progress: see there.

    Raises:
        SpecError: a dtype is none of the format, or the file cannot be written.
    """
    _check(contents, report)
    with whole_file(target, needed=contents.size, report=report) as file:
        _write(file, contents, progress, before=0)


def write_shards(
    target: Path, contents: Contents, report: Report, *, shard_size: int, progress: Told | None = None
) -> tuple[Path, ...]:
    """Write several files and their map, all or none; they replace those that a map at `target` names.

    A tensor larger than a shard has one of its own, which is warned of.

    Args:
        target: the map, a name that ends in `.weights.json`.
        contents: of all files together.
        report: told what cannot be written.
        shard_size: at most how many bytes of values a file has.
        progress: see there.

    Returns:
        The files without the map, in order.

    Raises:
        SpecError: a dtype is none of the format, or the files cannot be written.
    """
    _check(contents, report)
    # As Keras makes it of the map's name.
    stem = target.stem.replace(SUFFIX.removesuffix(".json"), "")
    sized = tuple(Sized(tensor.key, tensor.size) for tensor in contents.tensors)
    shards = divide(sized, shard_size)
    if len(shards) > MOST_SHARDS:
        # Two shards that follow each other hold more than one may.
        least = size_to_give(2 * sum(one.size for one in sized) // (MOST_SHARDS - 1) + 1)
        report.fail(
            "cannot-write",
            f"shards of {readable_size(shard_size)} would be {len(shards):,} files, {MOST_SHARDS} at most are"
            " written",
            help=f"give a larger `--shard-size`: {least} will do",
        )
    _warn_of_large([one for one in sized if one.size > shard_size], shard_size, report)
    parts = [
        Contents(groups, tuple(contents.tensors[position] for position in shard.tensors))
        for groups, shard in zip(groups_of_shards(contents.groups, sized, shards), shards, strict=True)
    ]
    paths = [target.with_name(shard_name(stem, number)) for number in range(len(shards))]
    text = shard_map(sized, shards, stem=stem)
    needed = len(text) + sum(part.size for part in parts)
    with (
        diagnosed_writing(target, report, needed=needed),
        atomic_files([*paths, target], outdated=_outdated(target, stem, paths)) as files,
    ):
        require_room(target, needed)
        before = 0
        for file, part in zip(files, parts, strict=False):
            _write(file, part, progress, before=before)
            before += sum(tensor.size for tensor in part.tensors)
        files[-1].write(text)
    return tuple(paths)


def _warn_of_large(tensors: Sequence[Sized], shard_size: int, report: Report) -> None:
    if not tensors:
        return
    largest = max(tensor.size for tensor in tensors)
    more = len(tensors) - 1
    who = f"{quoted(tensors[0].address)} and {more:,} more have up to" if more else quoted(tensors[0].address)
    report.add(
        "large-tensor",
        f"{who} {'' if more else 'has '}{readable_size(largest)}, more than a shard of"
        f" {readable_size(shard_size)}: {'each' if more else 'it'} has a larger one of its own",
        help=f"with `--shard-size {size_to_give(largest)}` none would",
    )


def _check(contents: Contents, report: Report) -> None:
    help = "write `.safetensors`, or choose other tensors with `--only` and `--except`"
    check_dtypes(contents.tensors, _DTYPES, report, form="an HDF5 file that Keras reads", help=help)
    report.raise_if_errors()


def _write(file: SiblingFile, contents: Contents, progress: Told | None, *, before: int) -> None:
    with open_region(file, start=0) as region:
        write_tensors(
            region,
            contents.groups,
            [(tensor.key, tensor.values) for tensor in contents.tensors],
            progress=None if progress is None else lambda done: progress(before + done),
        )


def _outdated(target: Path, stem: str, paths: Sequence[Path]) -> tuple[Path, ...]:
    """The shards of the map that is there now which the new one does not have."""
    names = re.compile(rf"{re.escape(stem)}_\d{{5,}}\.weights\.h5")
    return tuple(
        target.with_name(name)
        for name in dict.fromkeys(_names_in(target))
        if names.fullmatch(name) and target.with_name(name) not in paths
    )


def _names_in(path: Path) -> Iterator[str]:
    """The files that a map names; none where it is no map."""
    try:
        if path.stat().st_size > LIMITS.json:
            return
        found = json.loads(path.read_bytes())["weight_map"].values()
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return
    for entry in found:
        yield from (name for name in (entry if isinstance(entry, list) else [entry]) if isinstance(name, str))
