"""A sweep seen through before it runs: 1,008 residual networks, all of them different."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import ROOT, Child, Run, modelspec, run_child, script, side_by_side
from benchmarks.rows import Row, seconds

_POINTS = 1_008
_GRID = """\
modelspec_sweep: 1
base: resnet.yaml
method: grid
space:
  vars.width: {int: [8, 30], step: 2}
  vars.depth: {int: [2, 8], step: 1}
  vars.classes: [10, 100, 1000]
  vars.rate: [0.0, 0.1, 0.2, 0.3]
"""
_EDITS = (
    ("  classes: 10\n", "  classes: 10\n  rate: 0.0\n"),
    (
        "  - GlobalAveragePooling2D\n",
        "  - GlobalAveragePooling2D\n  - Dropout: {rate: $rate}\n    when: $(rate > 0)\n",
    ),
)
# Of so many points the script makes one, and the time of all is reckoned from those.
_EVERY = 47
_COLD, _WARM = 20.0, 4.0


def measure_sweep(backend: str, folder: Path, *, runs: int) -> Iterator[Row]:
    """`sweep plan` with nothing known, with all layers known, and again; beside a loop over constructors."""
    place = folder / "sweep"
    place.mkdir()
    text = (ROOT / "configs" / "resnet_cifar.yaml").read_text().partition("\nexpect:")[0] + "\n"
    for before, after in _EDITS:
        assert text.count(before) == 1
        text = text.replace(before, after)
    (place / "resnet.yaml").write_text(text)
    sweep, cache = place / "grid.yaml", place / "kept"
    sweep.write_text(_GRID)
    plan = modelspec("sweep", "plan", str(sweep), "--format", "concise")
    of = run_child(Child(script("count_resnets", str(_EVERY)), backend=backend))
    whole, computed = map(float, of.said.split()[-2:])
    cold = side_by_side({"cold": Child(plan, cache=cache, fresh=True, backend=backend)}, runs=min(runs, 2))[
        "cold"
    ]
    _expect(cold.runs[0])
    yield Row(
        backend,
        f"sweep plan of {_POINTS:,} ResNets, never planned",
        seconds(cold.seconds),
        f"script {seconds(whole)}, reckoned from every {_EVERY}th",
        f"{whole / cold.seconds:.0f}x faster",
        f"{_COLD:.0f} s",
        cold.seconds <= _COLD,
        f"{seconds(cold.processor)}, {computed / cold.processor:.0f}x less",
        "the script makes each model with Keras' constructors and counts its parameters: no hash",
    )
    # New documents of known layers: the name is another, and so is each document.
    renamed = [run_child(Child((*plan, "--set", f"name=again{n}"), cache=cache)) for n in range(min(runs, 2))]
    known = min(renamed, key=lambda run: run.seconds)
    _expect(known)
    yield Row(
        "",
        "the same layers in new documents",
        seconds(known.seconds),
        ratio=f"{whole / known.seconds:.0f}x faster",
        processor=f"{seconds(known.processor)}, {computed / known.processor:.0f}x less",
        note="no Keras",
    )
    again = side_by_side({"again": Child(plan, cache=cache)}, runs=runs)["again"]
    yield Row(
        "",
        "the same plan again",
        seconds(again.seconds),
        ratio=f"{whole / again.seconds:.0f}x faster",
        bar=f"{_WARM:.0f} s",
        met=again.seconds <= _WARM,
        processor=f"{seconds(again.processor)}, {computed / again.processor:.0f}x less",
        note="no Keras",
    )


def _expect(run: Run) -> None:
    assert f"{_POINTS:,} points, {_POINTS:,} distinct, 0 rejected" in run.said
