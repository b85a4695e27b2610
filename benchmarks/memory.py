"""The most memory that building a large archive takes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import Child, modelspec, run_child
from benchmarks.rows import Row, megabytes, seconds

_BAR = 700e6  # bytes
_WIDTH, _LAYERS = 4096, 60  # kernels of 64 MiB, 1.007 billion parameters in all
_ROOM = int(4.3e9)  # bytes on the disk

_DOCUMENT = f"""\
modelspec: 1
name: billion
inputs:
  x: [{_WIDTH}]
layers:
  - Dense: {{units: {_WIDTH}}}
    name: dense
    repeat: {_LAYERS}
"""


def measure_memory(backend: str, folder: Path) -> Iterator[Row]:
    """One build of 1 billion float32 parameters; a note where the disk has no room for it."""
    what = "build 1 billion parameters: peak memory"
    if shutil.disk_usage(folder).free < _ROOM:
        yield Row(
            backend, what, "", bar=megabytes(_BAR), note=f"skipped, {folder} has no {megabytes(_ROOM)} free"
        )
        return
    document, archive = folder / "billion.yaml", folder / "billion.keras"
    document.write_text(_DOCUMENT)
    try:
        command = modelspec("build", str(document), "-o", str(archive))
        run = run_child(Child(command, cache=folder / "cache", fresh=True, backend=backend))
        size = archive.stat().st_size
    finally:
        archive.unlink(missing_ok=True)
    yield Row(
        backend,
        what,
        megabytes(run.peak),
        f"archive {megabytes(size)}",
        "",
        megabytes(_BAR),
        run.peak <= _BAR,
        note=f"{seconds(run.seconds)}, once",
    )
