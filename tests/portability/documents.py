"""The documents whose archives are opened by every release: the configs, the golden ones, every class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from variants import class_documents

import modelspec

ROOT = Path(__file__).parents[2]
FOLDERS = {"configs": ROOT / "configs", "golden documents": ROOT / "tests" / "golden"}
OLDEST = "keras>=3.5"


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
    built = []
    for kind, name, document in _documents(classes=classes):
        if name.partition("-")[2] in without:
            continue
        built.append(_build(folder, kind, name, document))
        if built[-1].floor != "3.5":
            try:
                built.append(_build(folder, f"{kind}, `{OLDEST}`", f"{name}-3.5", document, target=OLDEST))
            except modelspec.SpecError:
                continue  # it holds what 3.5 does not have, which is said at its line
    for name, document in _files(FOLDERS["configs"]):
        if name in without:
            continue
        built.append(
            _build(folder, "configs, `installed`", f"{name}-installed", document, target="installed")
        )
    return built


def _documents(*, classes: bool) -> Iterator[tuple[str, str, str | Path]]:
    for kind, folder in FOLDERS.items():
        for name, path in _files(folder):
            yield kind, f"{folder.name}-{name}", path
    if classes:
        for name, text in class_documents():
            yield "layers, every argument", f"class-{name}", text


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob("*.yaml")):
        yield path.stem, path


def _build(folder: Path, kind: str, name: str, document: str | Path, *, target: str | None = None) -> Archive:
    loaded = (
        modelspec.loads(document, target=target)
        if isinstance(document, str)
        else modelspec.load(document, target=target)
    )
    built = loaded.build(folder / f"{name}.keras")
    return Archive(kind, name, built.floor)
