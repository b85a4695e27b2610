"""The releases of Keras, each in a virtual environment of its own, with the libraries it goes with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

OLD_JAX, NEW_JAX = "0.4.38", "0.10.2"


@dataclass(frozen=True, slots=True)
class Release:
    """A release of Keras and the JAX it runs on; 3.5 and 3.8 do not import with a new one."""

    keras: str
    jax: str

    @property
    def label(self) -> str:
        """`3.5` of 3.5.0."""
        return ".".join(self.keras.split(".")[:2])

    @property
    def folder(self) -> str:
        """What its environment is called."""
        return f"keras-{self.keras}-jax-{self.jax}"


RELEASES = (
    Release("3.5.0", OLD_JAX),
    Release("3.8.0", OLD_JAX),
    Release("3.10.0", NEW_JAX),
    Release("3.11.3", NEW_JAX),
    Release("3.12.4", NEW_JAX),
    Release("3.13.2", NEW_JAX),
    Release("3.14.1", NEW_JAX),
    Release("3.15.1", NEW_JAX),
)
# What the two that need an old JAX are compared with: bits are a matter of JAX, not of Keras.
REFERENCES = {OLD_JAX: Release("3.15.1", OLD_JAX), NEW_JAX: Release("3.15.1", NEW_JAX)}


def python_of(release: Release, folder: Path) -> Path:
    """The Python of a release's environment, which is made where there is none."""
    home = folder / release.folder
    python = home / "bin" / "python"
    if not python.exists():
        print(f"making {home}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        packages = [f"keras=={release.keras}", f"jax=={release.jax}", "h5py", "scipy"]
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def open_all(release: Release, folder: Path, arguments: Sequence[str], *, backend: str) -> None:
    """Open archives under a release.

    Args:
        release: it.
        folder: the folder of the environments.
        arguments: those of `open_archives.py`.
        backend: of Keras.
    """
    script = Path(__file__).with_name("open_archives.py")
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "JAX_PLATFORMS": "cpu",
        # What was compiled for one release of Keras does for the others on the same JAX.
        "JAX_COMPILATION_CACHE_DIR": str(folder / f"compiled-{release.jax}"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    environment.pop("PYTHONPATH", None)
    subprocess.run(
        [str(python_of(release, folder)), str(script), *arguments],
        check=True,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
