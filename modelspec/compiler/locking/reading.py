"""What a compiled document is made of, hashed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from modelspec.archive.container import open_regular
from modelspec.archive.json_values import read_json
from modelspec.archive.limits import LIMITS
from modelspec.archive.refusal import Refused
from modelspec.archive.shard_map import WEIGHT_MAP, read_shard_map
from modelspec.compiler.kept_identity import identity_of_linked
from modelspec.compiler.locking.lock import LockedCode, LockedDocument, LockedFile
from modelspec.compiler.values import Compiled
from modelspec.link.registered.module import Module, sources_of

_SHARDS = ".weights.json"


def locked_document(compiled: Compiled, named: Iterable[str], folder: Path) -> LockedDocument:
    """What the lock says of a document.

    Args:
        compiled: the document, compiled.
        named: the paths of the files that it names, its own among them.
        folder: the lock's.

    Raises:
        OSError: a file cannot be read any more.
    """
    paths = dict.fromkeys(found for name in named for found in _with_shards(Path(name)))
    files = {path_from(folder, path): _hashed(path) for path in paths}
    return LockedDocument(
        identity=identity_of_linked(compiled.linked, use_cache=compiled.options.use_cache),
        params=compiled.linked.params,
        seed=compiled.checked.spec.weights.seed,
        files=dict(sorted(files.items())),
        code=dict(sorted(_code(compiled.checked.custom.modules, folder))),
    )


def path_from(folder: Path, path: Path) -> str:
    """A path as the lock writes it, the same on every system."""
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()


def _with_shards(path: Path) -> Iterator[Path]:
    """A file, and those beside it that it is the map of."""
    yield path
    if path.name.endswith(_SHARDS) and path.is_file():
        try:
            data = read_json(path.read_bytes(), LIMITS)
        except Refused:
            return
        if WEIGHT_MAP in data:
            yield from (path.parent / name for name in read_shard_map(data, path.parent).files)


def _hashed(path: Path) -> LockedFile:
    if path.is_dir():
        inside = {found.relative_to(path).as_posix(): _hashed(found) for found in _files_in(path)}
        listed = json.dumps([[name, file.sha256] for name, file in sorted(inside.items())])
        size = sum(file.size for file in inside.values())
        return LockedFile(hashlib.sha256(listed.encode()).hexdigest(), size)
    with open_regular(path) as file:
        return LockedFile(hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size)


def _files_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _code(modules: Iterable[Module], folder: Path) -> Iterator[tuple[str, LockedCode]]:
    for module in modules:
        if module.file is not None:
            yield path_from(folder, module.file), LockedCode(None, _hashed(module.file).sha256)
            continue
        sources = sources_of(module.package)
        # Names from the package on: it may be installed anywhere.
        top = os.path.commonpath([path.parent for path in sources]) if sources else ""
        listed = [[Path(os.path.relpath(path, top)).as_posix(), _hashed(path).sha256] for path in sources]
        digest = hashlib.sha256(json.dumps(sorted(listed)).encode()).hexdigest()
        yield module.name, LockedCode(_version_of(module.package), digest)


def _version_of(package: str) -> str | None:
    """The distribution and version that a package was installed with; `None` where it was not."""
    # Only here: it looks through everything that is installed.
    from importlib import metadata

    names = metadata.packages_distributions().get(package)
    return f"{names[0]} {metadata.version(names[0])}" if names else None
