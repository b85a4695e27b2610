"""How long a mistake takes that the catalog can find, and what is imported for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import ROOT, Child, imported, modelspec, side_by_side
from benchmarks.rows import Row, seconds

_SECONDS = 0.25
_HEAVY = frozenset({"keras", "jax", "torch", "tensorflow", "numpy", "h5py"})


def measure_mistakes(folder: Path, *, runs: int) -> Iterator[Row]:
    """A wrong argument in a small document and in a large one; what Python itself takes, beside them."""
    children = {"python": Child(("-c", "pass"))}
    for model in ("mnist_cnn", "resnet50"):
        text = (ROOT / "configs" / f"{model}.yaml").read_text()
        assert "kernel_size: " in text
        path = folder / f"{model}.yaml"
        path.write_text(text.replace("kernel_size: ", "kernel_sise: ", 1))
        children[model] = Child(modelspec("check", str(path)), cache=folder / "cache", status=1)
    done = side_by_side(children, runs=runs)
    empty = done["python"]
    yield Row("", "an empty Python process", seconds(empty.seconds), processor=seconds(empty.processor))
    for model in ("mnist_cnn", "resnet50"):
        heavy = sorted(imported(children[model]) & _HEAVY)
        yield Row(
            "",
            f"check {model} with an unknown argument",
            seconds(done[model].seconds),
            bar=f"{_SECONDS} s, no Keras",
            met=done[model].seconds <= _SECONDS and not heavy,
            processor=seconds(done[model].processor),
            note=f"imports {', '.join(heavy)}" if heavy else "",
        )
