"""Large tensors through every verb that writes weights: how much memory each takes, in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import modelspec

STATUS = Path("/proc/self/status")
pytestmark = pytest.mark.skipif(not STATUS.exists(), reason="nobody tells what a process took")

PACKAGE = str(Path(modelspec.__file__).parents[1])
KERNEL = 64 << 20
BOUND = 3 * KERNEL
"""What Python with NumPy and HDF5 takes, some blocks, and less than two kernels."""

DOCUMENT = """\
modelspec: 1
name: large
inputs:
  x: [4096]
layers:
  - Dense: {{units: 4096}}
    name: dense
    repeat: {count}
"""


# What the system counts for a child begins with what its parent held: the process tells of itself.
TELLING = f"""
import atexit, pathlib, sys
target = pathlib.Path(sys.argv.pop(1))
atexit.register(lambda: target.write_text(pathlib.Path({str(STATUS)!r}).read_text()))
sys.argv[0] = "modelspec"
from modelspec.cli import main
main()
"""


def peak_of(folder: Path, *arguments: str) -> int:
    """Runs modelspec; the most memory that it held, in bytes."""
    status = folder / "status"
    subprocess.run(
        [sys.executable, "-c", TELLING, str(status), *arguments, "--quiet"],
        cwd=folder,
        env={**os.environ, "MODELSPEC_CACHE": str(folder / "cache"), "PYTHONPATH": PACKAGE},
        check=True,
    )
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


FORMATS = ("w.safetensors", "w.weights.json", "w.npz", "w.weights.h5")


@pytest.mark.parametrize(
    ("count", "formats"), [(5, FORMATS[:1]), pytest.param(16, FORMATS, marks=pytest.mark.slow)]
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, count: int, formats: tuple[str, ...]) -> None:
    (tmp_path / "net.yaml").write_text(DOCUMENT.format(count=count))
    loading = DOCUMENT.format(count=count) + "weights: {load: [{file: w.safetensors}]}\n"
    (tmp_path / "loading.yaml").write_text(loading)
    # Keras is asked for the model, and for the names of its variables, only once.
    peak_of(tmp_path, "check", "net.yaml")
    took = {"build": peak_of(tmp_path, "build", "net.yaml", "-o", "net.keras")}
    assert (tmp_path / "net.keras").stat().st_size > count * KERNEL
    peak_of(tmp_path, "weights", "extract", "net.keras", "--only", "dense/bias", "-o", "names.npz")
    for name in formats:
        shards = ("--shard-size", "150MB") if name.endswith(".json") else ()
        took[name] = peak_of(tmp_path, "weights", "extract", "net.keras", "-o", name, *shards)
        attach = ("weights", "attach", "net.keras", "--from", name, "-o", "new.keras")
        took[f"attach {name}"] = peak_of(tmp_path, *attach)
    took["load"] = peak_of(tmp_path, "build", "loading.yaml", "-o", "loaded.keras")
    assert {what: size for what, size in took.items() if size > BOUND} == {}
    assert (tmp_path / "loaded.keras").stat().st_size > count * KERNEL
    for path in tmp_path.glob("*.*"):
        path.unlink()
