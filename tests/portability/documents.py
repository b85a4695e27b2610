"""The documents whose archives are opened by every release: configs, golden ones, the conformance set."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from samples import documents

import modelspec

ROOT = Path(__file__).parents[2]
FOLDERS = {"configs": ROOT / "configs", "golden documents": ROOT / "tests" / "golden"}
OLDEST = "keras>=3.5"
_NAMED_OPERATIONS = "3.11"


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that was built.

    Args:
        kind: the row of the table it counts in.
        name: of its file, without the end.
        floor: the oldest Keras that `build` said opens it; `None` where it promises nothing.
    """

    kind: str
    name: str
    floor: str | None


def build_all(folder: Path, *, classes: bool, without: frozenset[str]) -> list[Archive]:
    """Build the documents into a folder, some for more than one target; those in `without` are left out."""
    return list(_all(folder, classes=classes, without=without))


def masked(archive: Path) -> bool:
    """Whether some layer of an archive makes masks, which arrays of the numpy backend do not carry."""
    with zipfile.ZipFile(archive) as members:
        config = members.read("config.json").decode()
    return '"mask_zero": true' in config or '"class_name": "Masking"' in config


def _all(folder: Path, *, classes: bool, without: frozenset[str]) -> Iterator[Archive]:
    for kind, name, document in _documents(classes=classes):
        if name.partition("-")[2] in without:
            continue
        found = _build(folder, kind, name, document)
        if found is None:
            print(f"{name} does not build", file=sys.stderr)
            continue
        yield found
        # Without the names of its operations a document may open in older ones.
        if found.floor == _NAMED_OPERATIONS:
            nameless = _build(folder, f"{kind}, `{OLDEST}`", f"{name}-3.5", document, target=OLDEST)
            if nameless is not None:
                yield nameless
        if kind == "configs":
            whole = _build(folder, "configs, `installed`", f"{name}-installed", document, target="installed")
            if whole is not None:
                yield whole


def _documents(*, classes: bool) -> Iterator[tuple[str, str, str | Path]]:
    for kind, folder in FOLDERS.items():
        for name, path in _files(folder):
            yield kind, f"{folder.name}-{name}", path
    if classes:
        yield from documents()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob("*.yaml")):
        yield path.stem, path


def _build(
    folder: Path, kind: str, name: str, document: str | Path, *, target: str | None = None
) -> Archive | None:
    """An archive; `None` where the document holds what its target does not have."""
    read = modelspec.load if isinstance(document, Path) else modelspec.loads
    try:
        built = read(str(document), target=target, use_cache=False).build(folder / f"{name}.keras")
    except modelspec.SpecError:
        return None
    return Archive(kind, name, built.floor)
