"""What a block needs besides files: broken archives, full disks, machines that lack something."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import NoReturn

import pytest
from docs_pages import REPOSITORY, Block

from modelspec.catalog import load

Setup = Callable[[Path, pytest.MonkeyPatch], None]


def prepare(block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make what the note `setup` of a block asks for."""
    name = block.notes.get("setup")
    if name is not None:
        SETUPS[name](folder, monkeypatch)


def _configs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The repository's own documents, as a reader of the README has them."""
    if not (folder / "configs").exists():
        (folder / "configs").symlink_to(REPOSITORY / "configs", target_is_directory=True)


def _latin1(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "net.yaml").write_bytes("modelspec: 1\n# café\n".encode("latin-1"))


# --- machines ------------------------------------------------------------------------------------------


def _fresh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a new process sees it: nothing compiled before, no backend chosen."""
    monkeypatch.setenv("MODELSPEC_CACHE", str(folder / "cache"))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr("modelspec.link.backend._running", lambda: None)


def _no_backend(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fresh(folder, monkeypatch)
    monkeypatch.setattr("modelspec.link.backend._installed", lambda name: False)


def _no_torch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fresh(folder, monkeypatch)
    monkeypatch.setattr("modelspec.link.backend._installed", lambda name: name != "torch")


def _no_tensorflow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fresh(folder, monkeypatch)
    monkeypatch.setattr("modelspec.link.backend._installed", lambda name: name != "tensorflow")


def _on_jax(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that runs on JAX already."""
    _fresh(folder, monkeypatch)
    monkeypatch.setattr("modelspec.link.backend._running", lambda: "jax")


def _no_keras(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> NoReturn:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(load, "_recorded_version", lambda distribution: None)
    monkeypatch.setattr(metadata, "version", missing)


def _broken_keras(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that no catalog is packaged for, and that cannot be imported."""
    _fresh(folder, monkeypatch)
    monkeypatch.setattr(load, "_recorded_version", lambda distribution: "3.9.2")
    monkeypatch.setattr(
        "modelspec.catalog.load.harvest_in_process_of_its_own",
        lambda path: "ModuleNotFoundError: No module named 'jax'",
    )


def _full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2000))


# --- archives ------------------------------------------------------------------------------------------

_CONFIG = json.dumps({"class_name": "Functional", "config": {}})


def _zip(folder: Path, members: Mapping[str, str]) -> Path:
    path = folder / "old.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def _no_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "old.keras").write_text("<!doctype html><title>404 Not Found</title>")


def _cut_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _zip(folder, {"metadata.json": "{}", "config.json": _CONFIG})
    path.write_bytes(path.read_bytes()[:-40])


def _unsafe_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _zip(folder, {"metadata.json": "{}", "config.json": _CONFIG, "../outside.txt": "here"})


def _large_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "old.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("config.json", _CONFIG)
        with archive.open("model.weights.h5", "w", force_zip64=True) as member:
            for _ in range(300):
                member.write(bytes(1_000_000))


def _odd_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _zip(folder, {"metadata.json": "{}", "config.json": _CONFIG, "model.weights.npz": "PK"})


def _no_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _zip(folder, {"metadata.json": "{}", "config.json": '{"layers": []}'})


def _odd_metadata(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sound archive, but for the member that Keras does not read."""
    import keras

    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)], name="old")
    model.save(folder / "saved.keras")
    with zipfile.ZipFile(folder / "saved.keras") as saved, zipfile.ZipFile(folder / "old.keras", "w") as new:
        for name in saved.namelist():
            new.writestr(name, "none" if name == "metadata.json" else saved.read(name))


SETUPS: Mapping[str, Setup] = MappingProxyType(
    {
        "configs": _configs,
        "latin1": _latin1,
        "fresh": _fresh,
        "no_backend": _no_backend,
        "no_torch": _no_torch,
        "no_tensorflow": _no_tensorflow,
        "on_jax": _on_jax,
        "no_keras": _no_keras,
        "broken_keras": _broken_keras,
        "full_disk": _full_disk,
        "no_archive": _no_archive,
        "cut_archive": _cut_archive,
        "unsafe_archive": _unsafe_archive,
        "large_archive": _large_archive,
        "odd_archive": _odd_archive,
        "no_model": _no_model,
        "odd_metadata": _odd_metadata,
    }
)
