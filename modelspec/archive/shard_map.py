"""The map of a sharded set of weights, `.weights.json`: which variables lie in which files beside it.

Source: `ShardedH5IOStore` of `keras.src.saving.saving_lib`: under `weight_map`, by the full name of each
group `vars`, the name of its file, or the list of them; under `metadata`, `total_size`. Keras wants the files
under names made of the map's own; here they are called what the map says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from modelspec.archive.member_names import name_problem, quoted
from modelspec.catalog.safety.finding import path_text

WEIGHT_MAP = "weight_map"
_MOST_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class ShardFlaw:
    """What is wrong with a map.

    Args:
        code: a key of the diagnostics' codes.
        where: in the map.
        message: one sentence.
    """

    code: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class ShardMap:
    """A map whose files are there; to be believed only where it has no flaws.

    Args:
        groups: the names of their files, by the full name of a group, as written.
        files: the names of all files, in the order in which the map names them, and where first.
        size: bytes of all values, as far as the map says.
        flaws: everything wrong.
    """

    groups: Mapping[str, tuple[str, ...]]
    files: Mapping[str, str]
    size: float | None
    flaws: tuple[ShardFlaw, ...]


def read_shard_map(value: Mapping[str, object], folder: Path) -> ShardMap:
    """Check a map, and that its files are there; they are not opened.

    Args:
        value: the JSON object, with `WEIGHT_MAP` among its keys.
        folder: the map's.
    """
    groups: dict[str, tuple[str, ...]] = {}
    files: dict[str, str] = {}
    flaws = tuple(_read(value[WEIGHT_MAP], folder, groups, files))
    match value:
        case {"metadata": {"total_size": int() | float() as size}}:
            return ShardMap(groups, files, size, flaws)
    return ShardMap(groups, files, None, flaws)


def _read(
    weight_map: object, folder: Path, groups: dict[str, tuple[str, ...]], files: dict[str, str]
) -> Iterator[ShardFlaw]:
    if not isinstance(weight_map, dict):
        yield ShardFlaw("unsafe-weights", WEIGHT_MAP, "it is no mapping")
        return
    if len(weight_map) > _MOST_ENTRIES:
        yield ShardFlaw("archive-too-large", WEIGHT_MAP, f"it has more than {_MOST_ENTRIES:,} entries")
        return
    for key, given in weight_map.items():
        where = path_text((WEIGHT_MAP, key))
        names = given if isinstance(given, list) else [given]
        for name in names:
            if not isinstance(name, str) or name_problem(name) is not None or "/" in name:
                message = f"{quoted(str(name))} is no name of a file beside the map"
                yield ShardFlaw("unsafe-weights", where, message)
            elif name not in files:
                files[name] = where
                yield from _missing(folder / name, where)
        groups[key] = tuple(map(str, names))


def _missing(shard: Path, where: str) -> Iterator[ShardFlaw]:
    if shard.is_symlink():
        yield ShardFlaw("unsafe-weights", where, f"the shard {quoted(shard.name)} is a link")
    elif not shard.is_file():
        yield ShardFlaw("missing-shard", where, f"the shard {quoted(shard.name)} does not exist")
