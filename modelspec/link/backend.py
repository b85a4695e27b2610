"""Which backend Keras runs on, decided without importing Keras, and the import itself."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from modelspec.diagnostics import Report

# By what they cost to import, cheapest first. Keras' fourth, numpy, needs JAX and so is never the lightest.
BACKENDS = ("jax", "torch", "tensorflow")

# What Keras writes into `keras.json` by itself at its first import. It names tensorflow whatever is
# installed, so a file with nothing but this says nothing about what the user wants.
_UNTOUCHED = MappingProxyType(
    {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}
)

# How the libraries are kept from looking for other devices and from writing about them while they are
# imported.
_QUIET_CPU = MappingProxyType({"JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"})


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend and who chose it.

    Args:
        name: `jax`, `torch` or `tensorflow`.
        why: where the choice comes from, for tables (`KERAS_BACKEND`, `the lightest that is installed`).
    """

    name: str
    why: str


def choose_backend(
    report: Report, *, asked: str | None = None, environ: Mapping[str, str] = os.environ
) -> Backend | None:
    """The backend that Keras shall run on; imports nothing.

    A Keras that is imported already keeps its backend. Else the first that speaks decides: `asked`, the
    environment's `KERAS_BACKEND`, a `keras.json` that somebody wrote, the lightest backend that is installed.

    Args:
        report: gets `backend-fixed`, `unknown-backend`, `backend-not-installed` or `no-backend`.
        asked: what the command line or the caller asks for.
        environ: where `KERAS_BACKEND` and `KERAS_HOME` are looked up.
    """
    running = _running()
    if running is not None:
        if asked is not None and asked != running:
            report.add(
                "backend-fixed",
                f"Keras already runs on `{running}` in this process and cannot change to `{asked}`",
                help="choose the backend before Keras is imported",
            )
            return None
        return Backend(running, "Keras is imported already")
    for name, why in ((asked, "asked for"), (environ.get("KERAS_BACKEND"), "KERAS_BACKEND")):
        if name:
            return _wanted(name, why, report)
    from_file = _keras_json(environ)
    # Keras writes this file by itself, so one that names what is missing is no mistake of the user's.
    if from_file is not None and _installed(from_file):
        return Backend(from_file, "keras.json")
    for name in BACKENDS:
        if _installed(name):
            return Backend(name, "the lightest that is installed")
    report.add(
        "no-backend",
        "no backend for Keras is installed",
        help="install one: `pip install 'modelspec[jax]'` (or `[torch]`, `[tensorflow]`)",
    )
    return None


def import_keras(backend: Backend, *, cpu_only: bool = True) -> None:
    """Import Keras on `backend`, leaving the environment of the process as it was.

    Args:
        backend: from `choose_backend`.
        cpu_only: keep JAX from looking for other devices (it remembers this for the life of the process).
            A caller that trains in this process sets it to false.
    """
    if "keras" in sys.modules:
        return
    wanted = {"KERAS_BACKEND": backend.name, "KERAS_NNX_ENABLED": "0"}
    if cpu_only:
        wanted |= {key: os.environ.get(key, value) for key, value in _QUIET_CPU.items()}
    with _environment(wanted):
        import keras  # noqa: F401


def is_tensorflow_installed() -> bool:
    """Whether layers that only TensorFlow can make can be made; it is not imported."""
    return _installed("tensorflow")


def _running() -> str | None:
    config = sys.modules.get("keras.src.backend.config")
    if config is None or "keras" not in sys.modules:
        return None
    return str(config.backend())


def _wanted(name: str, why: str, report: Report) -> Backend | None:
    if name not in BACKENDS:
        report.add(
            "unknown-backend",
            f"no backend is called `{name}` ({why})",
            help=f"one of {', '.join(f'`{item}`' for item in BACKENDS)}",
        )
        return None
    if not _installed(name):
        report.add(
            "backend-not-installed",
            f"the backend `{name}` ({why}) is not installed",
            help=f"install it: `pip install 'modelspec[{name}]'`",
        )
        return None
    return Backend(name, why)


def _installed(name: str) -> bool:
    return name in BACKENDS and find_spec(name) is not None


def _keras_json(environ: Mapping[str, str]) -> str | None:
    home = environ.get("KERAS_HOME")
    folder = Path(home) if home else Path("~/.keras").expanduser()
    try:
        found = json.loads((folder / "keras.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or found == _UNTOUCHED:
        return None
    name = found.get("backend")
    return name if isinstance(name, str) else None


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {key: os.environ.get(key) for key in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
