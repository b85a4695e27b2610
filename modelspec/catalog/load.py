"""Which catalog goes with which Keras: packaged data, else what was harvested on this machine."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from modelspec.catalog.lookup import Catalog
from modelspec.catalog.target import minor_of
from modelspec.diagnostics import Report

# The layout of the data that this code reads; harvested files of another layout are left alone.
FORMAT = 4

_HARVEST = "modelspec.link.harvest"
_DISTRIBUTIONS = ("keras", "keras-nightly")
_DATA = Path(__file__).parent / "data"
_DOCS = ".docs"


def load_catalog(version: str, *, harvest: Callable[[Path], str | None] | None = None) -> Catalog:
    """The catalog of a Keras release; patch releases of one minor share it.

    Args:
        version: of Keras (`3.15.1`).
        harvest: writes the installed Keras' data to a path and returns what went wrong, or `None`. By
            default a fresh Python process does it, because reading Keras means importing it, which a
            check must not do to its own process, and because this room knows nothing of Keras.

    Raises:
        SpecError: with `no-catalog`, where the release is neither packaged nor installed, or its
            harvest failed.
    """
    return Catalog(_packaged_or_kept(version, "", harvest or harvest_in_process_of_its_own))


def load_docs(version: str, *, harvest: Callable[[Path], str | None] | None = None) -> Mapping[str, Any]:
    """What Keras says about its names; only what shows documentation reads it.

    Args:
        version: of Keras; patch releases share it. The newest release is packaged, others are harvested
            when they are first asked for, since all of them would be larger than the rest of the package.
        harvest: as for `load_catalog`.

    Returns:
        `classes`, `operations` and `functions` by canonical name, each with `doc` and, where described,
        `arguments` by name; `compile` with `arguments`. What every layer takes is described with each.

    Raises:
        SpecError: with `no-catalog`, as `load_catalog` does.
    """
    data = _packaged_or_kept(version, _DOCS, harvest or harvest_docs_in_process_of_its_own)
    common = data["common"]
    classes = {
        name: entry | {"arguments": common.get(entry.get("base"), {}) | entry.get("arguments", {})}
        for name, entry in data["classes"].items()
    }
    return {**data, "classes": classes}


def _packaged_or_kept(version: str, what: str, harvest: Callable[[Path], str | None]) -> Mapping[str, Any]:
    """The data of a release: from the package, the cache, or harvested now."""
    minor = minor_of(version)
    name = f"keras-{minor}{what}.json"
    packaged = _DATA / name
    if packaged.is_file():
        found: Mapping[str, Any] = json.loads(packaged.read_bytes())
        return found
    kept = cache_folder() / "catalog" / f"{FORMAT}" / name
    data = _read(kept)
    if data is None:
        _harvest_into(kept, minor, harvest)
        data = _read(kept)
    if data is None:
        Report().fail(
            "no-catalog",
            f"what was read from Keras {version} cannot be read back",
            help=f"take `{kept}` away and try again",
        )
    return data


def packaged_versions(folder: Path = _DATA) -> tuple[str, ...]:
    """The releases that the package has data for, oldest first (`3.15`).

    The oldest are no releases that modelspec runs on: what it writes is still meant to be read by them.
    """
    names = [path.name.removeprefix("keras-").removesuffix(".json") for path in folder.glob("keras-*.json")]
    minors = [name for name in names if not name.endswith(_DOCS)]
    return tuple(sorted(minors, key=lambda minor: tuple(int(part) for part in minor.split("."))))


@cache
def newest_packaged_catalog() -> Catalog:
    """The catalog of the newest release that the package has data for, whatever is installed."""
    return load_catalog(packaged_versions()[-1])


def installed_keras_version() -> str:
    """The version of the installed Keras, which is not imported for it.

    Raises:
        SpecError: with `no-keras`.
    """
    found = _recorded_version(tuple(sys.path))
    if found is not None:
        return found
    from importlib import metadata

    for distribution in _DISTRIBUTIONS:
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    Report().fail("no-keras", "Keras is not installed", help="install it: `pip install keras`")


@cache
def _recorded_version(folders: tuple[str, ...]) -> str | None:
    """The version in the name of the folder that an installer leaves beside a package.

    `importlib.metadata` finds it in every way there is, and takes as long to import as the whole catalog.

    Args:
        folders: where Python looks for packages. A process that has looked once goes on with what it found.
    """
    for distribution in _DISTRIBUTIONS:
        name = distribution.replace("-", "_")
        for folder in folders:
            for path in sorted(Path(folder).glob(f"{name}-*.dist-info")):
                return path.name[len(name) + 1 : -len(".dist-info")]
    return None


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the user that modelspec keeps things in which can be made again.

    `MODELSPEC_CACHE` sets it; else it lies where the system keeps caches.
    """
    if environ.get("MODELSPEC_CACHE"):
        return Path(environ["MODELSPEC_CACHE"])
    if sys.platform == "win32" and environ.get("LOCALAPPDATA"):
        return Path(environ["LOCALAPPDATA"]) / "modelspec" / "cache"
    if environ.get("XDG_CACHE_HOME"):
        return Path(environ["XDG_CACHE_HOME"]) / "modelspec"
    return Path.home() / ".cache" / "modelspec"


def harvest_in_process_of_its_own(path: Path) -> str | None:
    """Write the installed Keras' data to `path`; the last line of what went wrong, or `None`."""
    return _run_harvest("-o", str(path))


def harvest_docs_in_process_of_its_own(path: Path) -> str | None:
    """Write what the installed Keras says to `path`; the last line of what went wrong, or `None`."""
    return _run_harvest("--docs", str(path))


def _run_harvest(*arguments: str) -> str | None:
    import subprocess  # late: hardly any check needs it

    command = [sys.executable, "-m", _HARVEST, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    lines = done.stderr.strip().splitlines()
    return None if done.returncode == 0 else (lines[-1] if lines else f"exit status {done.returncode}")


def _environment() -> Mapping[str, str]:
    """The environment in which the new process finds this very package."""
    package = str(Path(__file__).parents[2])
    before = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([package, before] if before else [package])}


def _harvest_into(path: Path, minor: str, harvest: Callable[[Path], str | None]) -> None:
    installed = installed_keras_version()
    if minor_of(installed) != minor:
        Report().fail(
            "no-catalog",
            f"nothing is known of Keras {minor}: it is not packaged, and Keras {installed} is installed",
            help=f"install it once: `pip install 'keras=={minor}.*'`",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    wrong = harvest(path)
    if wrong is not None:
        Report().fail(
            "no-catalog",
            f"reading the classes of Keras {installed} failed: {wrong}",
            help="check that `import keras` works",
        )


def _read(path: Path) -> Mapping[str, Any] | None:
    """Kept data; `None` where there is none, or none of this layout."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and data.get("format") == FORMAT else None
