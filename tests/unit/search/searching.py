"""Sweeps from a few lines of text, for a search."""

from __future__ import annotations

from modelspec.diagnostics import Report, Source
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping
from modelspec.sweep.read_section import read_sweep
from modelspec.sweep.values import Sweep


def sweep_from(text: str) -> Sweep:
    """The sweep of a section's text, in which nothing is wrong; it looks for a high `score`."""
    report = Report()
    lines = [
        *text.splitlines(),
        *(["objective: {metric: score, goal: maximize}"] * ("objective" not in text)),
    ]
    tree = read_tree(Source("s.yaml", "sweep:\n" + "".join(f"  {line}\n" for line in lines)), report)
    assert isinstance(tree, Mapping)
    sweep = read_sweep(tree.entries[0], report)
    assert report.diagnostics == []
    return sweep
