"""`build` against the Keras script that a user would write, and against the floor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import ROOT, Child, modelspec, run_child, script, side_by_side
from benchmarks.rows import Row, seconds

# How much faster than the script, by model and backend; anything above 1 elsewhere.
_BARS = {("resnet50", "jax"): 4.0, ("efficientnet_b0", "jax"): 10.0}
_FLOOR = 1.7
MODELS = ("resnet50", "efficientnet_b0")


def measure_builds(model: str, backend: str, folder: Path, *, runs: int) -> Iterator[Row]:
    """The rows of one model on one backend."""
    document, archive = str(ROOT / "configs" / f"{model}.yaml"), folder / f"{model}.keras"
    command = modelspec("build", document, "-o", str(archive))
    empty, kept = folder / "empty", folder / "kept"
    run_child(Child(command, cache=kept, backend=backend))
    size = archive.stat().st_size
    check = modelspec("check", document)
    bytes_file = folder / "floor.bin"
    done = side_by_side(
        {
            "script": Child(script(model, str(archive)), backend=backend, removes=archive),
            "build": Child(command, cache=empty, fresh=True, backend=backend, removes=archive),
            "again": Child(command, cache=kept, backend=backend, removes=archive),
            "floor": Child(script("floor", str(bytes_file), str(size)), backend=backend, removes=bytes_file),
            "check": Child(check, cache=kept, backend=backend),
        },
        runs=runs,
    )
    archive.unlink(missing_ok=True)
    bytes_file.unlink(missing_ok=True)
    times = {name: series.seconds for name, series in done.items()}
    work = {name: series.processor for name, series in done.items()}
    faster, bar = times["script"] / times["build"], _BARS.get((model, backend), 1.0)
    yield Row(
        backend,
        f"build {model}, the Keras script beside it",
        seconds(times["build"]),
        f"script {seconds(times['script'])}",
        f"{faster:.1f}x faster",
        f"{bar:.0f}x faster" if bar > 1 else "faster",
        faster >= bar,
        f"{seconds(work['build'])}, {work['script'] / work['build']:.1f}x",
    )
    above = times["build"] / times["floor"]
    yield Row(
        backend,
        f"build {model}, cold",
        seconds(times["build"]),
        f"floor {seconds(times['floor'])}",
        f"{above:.2f}x the floor",
        f"within {_FLOOR}x",
        above <= _FLOOR,
        f"{seconds(work['build'])}, {work['build'] / work['floor']:.2f}x",
        f"the floor is `import keras` and {size / 1e6:,.0f} MB on the disk",
    )
    below = times["again"] / times["floor"]
    yield Row(
        backend,
        f"build {model}, unchanged",
        seconds(times["again"]),
        f"floor {seconds(times['floor'])}",
        f"{below:.2f}x the floor",
        "below the floor",
        below < 1,
        f"{seconds(work['again'])}, {work['again'] / work['floor']:.2f}x",
    )
    yield Row(
        backend,
        f"check {model}, unchanged",
        seconds(times["check"]),
        f"floor {seconds(times['floor'])}",
        f"{times['check'] / times['floor']:.2f}x the floor",
        processor=f"{seconds(work['check'])}, {work['check'] / work['floor']:.2f}x",
    )
