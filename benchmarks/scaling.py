"""Compile time by the number of layers, in one chain and in many beside each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.children import Child, modelspec, side_by_side
from benchmarks.rows import Row, seconds

_CHAINS = (100, 300, 900)
_WIDE = ((10, 100), (10, 300), (20, 500))  # so many chains of so many layers
_LINEAR = 1.1  # an exponent up to which growth counts as linear, with room for the noise of the machine
_LIMIT = 3  # runs of each; the large ones take long


def measure_scaling(backend: str, folder: Path, *, runs: int, quick: bool) -> Iterator[Row]:
    """`check` with an empty cache, less what a document of one layer takes."""
    runs = min(runs, _LIMIT)
    yield from _rows(backend, folder, "a chain of", [(1, depth) for depth in _CHAINS], runs)
    wide = _WIDE[:2] if quick else _WIDE
    yield from _rows(backend, folder, "chains side by side,", wide, runs)


def _rows(
    backend: str, folder: Path, what: str, sizes: Sequence[tuple[int, int]], runs: int
) -> Iterator[Row]:
    children = {"base": _child(backend, folder, 1, 1)}
    children |= {f"{count}x{depth}": _child(backend, folder, count, depth) for count, depth in sizes}
    done = side_by_side(children, runs=runs)
    base = done["base"].seconds
    points = [
        (count * depth, max(done[f"{count}x{depth}"].seconds - base, 1e-3), done[f"{count}x{depth}"].seconds)
        for count, depth in sizes
    ]
    for layers, more, whole in points[:-1]:
        yield Row(
            backend,
            f"check, {what} {layers:,} layers",
            seconds(whole),
            "",
            f"{more / layers * 1e3:.2f} ms a layer",
        )
    layers, more, whole = points[-1]
    exponent = _exponent([(layers, more) for layers, more, _ in points])
    yield Row(
        backend,
        f"check, {what} {layers:,} layers",
        seconds(whole),
        f"1 layer {seconds(base)}",
        f"{more / layers * 1e3:.2f} ms a layer, exponent {exponent:.2f}",
        f"linear (exponent ≤ {_LINEAR})",
        exponent <= _LINEAR,
    )


def _child(backend: str, folder: Path, count: int, depth: int) -> Child:
    path = folder / f"scale_{count}x{depth}.yaml"
    path.write_text(scale_document(count, depth))
    command = modelspec("check", "--quiet", str(path))
    return Child(command, cache=folder / "empty", fresh=True, backend=backend)


def scale_document(count: int, depth: int) -> str:
    """A document of `count` chains of `depth` small `Dense` layers that read one input."""
    return (
        f"""\
modelspec: 1
name: scale
inputs:
  x: [8]
blocks:
  chain:
    layers:
      - Dense: {{units: 8}}
        name: dense
        repeat: {depth}
layers:
"""
        + "".join(f"  - chain:\n    name: chain{i}\n    from: x\n" for i in range(count))
        + (f"outputs: [{', '.join(f'chain{i}' for i in range(count))}]\n")
    )


def _exponent(points: Sequence[tuple[int, float]]) -> float:
    """The slope of the logarithms' least-squares line: 1 is linear, 2 quadratic."""
    xs = [math.log(size) for size, _ in points]
    ys = [math.log(value) for _, value in points]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)
