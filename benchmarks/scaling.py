"""Compile time by the number of layers, in one chain and in many beside each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.children import Child, script, side_by_side
from benchmarks.rows import Row, seconds

_CHAINS = (100, 300, 900)
_WIDE = ((10, 100), (10, 300), (20, 500))  # so many chains of so many layers
_LINEAR = 1.15  # an exponent up to which growth counts as linear; n log n has 1.14 from 1,000 to 10,000
_LIMIT = 3  # runs of each; the large ones take long


def measure_scaling(backend: str, folder: Path, *, runs: int, quick: bool) -> Iterator[Row]:
    """A check without the cache, in a new process each, less what a process needs before its first layer."""
    runs = min(runs, _LIMIT)
    yield from _rows(backend, folder, "a chain of", [(1, depth) for depth in _CHAINS], runs)
    wide = _WIDE[:2] if quick else _WIDE
    yield from _rows(backend, folder, "chains side by side,", wide, runs)


def _rows(
    backend: str, folder: Path, what: str, sizes: Sequence[tuple[int, int]], runs: int
) -> Iterator[Row]:
    first = _document(folder, 1, 1)
    children = {
        size: Child(script("compile", first, _document(folder, *size)), backend=backend) for size in sizes
    }
    done = side_by_side(children, runs=runs)
    points = [(count * depth, done[count, depth].told) for count, depth in sizes]
    exponent = _exponent(points)
    for layers, took in points:
        last = layers == points[-1][0]
        yield Row(
            backend,
            f"check, {what} {layers:,} layers",
            seconds(took),
            "",
            f"{took / layers * 1e3:.2f} ms a layer" + (f", exponent {exponent:.2f}" if last else ""),
            f"linear (exponent ≤ {_LINEAR})" if last else "",
            exponent <= _LINEAR if last else None,
        )


def _document(folder: Path, count: int, depth: int) -> str:
    path = folder / f"scale_{count}x{depth}.yaml"
    path.write_text(scale_document(count, depth))
    return str(path)


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
