"""Sweeps from a few lines of text."""

from __future__ import annotations

from modelspec.diagnostics import Report, Source
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping
from modelspec.sweep.read_section import read_sweep
from modelspec.sweep.values import Point, Sweep


def sweep_from(text: str) -> Sweep:
    """The sweep of a section's text, in which nothing is wrong."""
    report = Report()
    tree = read_tree(
        Source("s.yaml", "sweep:\n" + "".join(f"  {line}\n" for line in text.splitlines())), report
    )
    assert isinstance(tree, Mapping)
    sweep = read_sweep(tree.entries[0], report)
    assert report.diagnostics == []
    return sweep


def values(point: Point) -> dict[str, object]:
    """What a point has, by key."""
    return dict(point.values)
