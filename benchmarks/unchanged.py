"""What a check of an unchanged architecture imports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import ROOT, Child, imported, modelspec, run_child
from benchmarks.rows import Row

_KERAS = frozenset({"keras", "jax", "torch", "tensorflow"})


def measure_unchanged(folder: Path) -> Iterator[Row]:
    """Which of Keras and its backends the second `check` and `build` import: none is promised."""
    document, cache = str(ROOT / "configs" / "resnet50.yaml"), folder / "cache"
    verbs = {
        "check": modelspec("check", document),
        "build": modelspec("build", document, "-o", str(folder / "resnet50.keras")),
    }
    run_child(Child(verbs["check"], cache=cache))
    for verb, command in verbs.items():
        found = sorted(imported(Child(command, cache=cache)) & _KERAS)
        yield Row(
            "",
            f"{verb} resnet50, unchanged: what it imports",
            ", ".join(found) or "no Keras",
            bar="no Keras",
            met=not found,
        )
