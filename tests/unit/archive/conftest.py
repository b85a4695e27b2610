"""Archives to work on, and Keras as the oracle on the backend that imports fastest."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from modelspec.archive.writer import open_archive
from modelspec.diagnostics import Report

os.environ.setdefault("KERAS_BACKEND", "jax")

CONFIG = b'{"class_name": "Sequential", "config": {"layers": []}}'
HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 4


@pytest.fixture
def config() -> bytes:
    return CONFIG


@pytest.fixture
def hdf5() -> bytes:
    return HDF5


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes an archive with our writer; returns its path."""

    def write(name: str = "net.keras", *, config: bytes = CONFIG, weights: bytes = HDF5) -> Path:
        path = tmp_path / name
        with open_archive(path, needed=1000, report=Report()) as writer:
            writer.add("metadata.json", b"{}")
            writer.add("config.json", config)
            with writer.stream("model.weights.h5") as file:
                file.write(weights)
        return path

    return write


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """Packs members with Python's own `zipfile`; returns the path."""

    def pack(
        members: dict[str, bytes] | None = None,
        *,
        name: str = "foreign.keras",
        method: int = zipfile.ZIP_STORED,
    ) -> Path:
        members = {"config.json": CONFIG, "model.weights.h5": HDF5} if members is None else members
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", method) as archive:
            for member, data in members.items():
                archive.writestr(member, data)
        path = tmp_path / name
        path.write_bytes(packed.getvalue())
        return path

    return pack
