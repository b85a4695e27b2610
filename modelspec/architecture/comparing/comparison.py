"""Two sides compared: everything that differs between them, and what it comes to."""

from __future__ import annotations

from modelspec.architecture.comparing.edits import Edit
from modelspec.architecture.comparing.finding_edits import edits_between
from modelspec.architecture.comparing.fitting import Fits, fits
from modelspec.architecture.comparing.levels import Level, at_level
from modelspec.architecture.comparing.matching import Matching, match
from modelspec.architecture.comparing.shape_changes import ShapeChanges, paired_paths, shape_changes
from modelspec.architecture.comparing.sides import Side
from modelspec.architecture.comparing.totals import Totals, totals_of
from modelspec.architecture.hashing import Hashes, hashes_of
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comparing two sides gave.

    Args:
        edits: those that count at the level; what follows from others is among them, marked.
        hashes, totals: of both sides.
        fits: `None` where the variables of a side are not known.
    """

    before: Side
    after: Side
    level: Level
    matching: Matching
    edits: tuple[Edit, ...]
    hashes: tuple[Hashes, Hashes]
    totals: tuple[Totals, Totals]
    shapes: ShapeChanges
    fits: Fits | None

    @property
    def differs(self) -> bool:
        """Whether anything that counts differs."""
        return bool(self.edits)


def compare_sides(before: Side, after: Side, *, level: Level = "exact") -> Comparison:
    """Compare two sides."""
    graphs = before.architecture.graph, after.architecture.graph
    matching = match(*graphs)
    every = edits_between(before.architecture, after.architecture, matching)
    found = None
    if before.facts is not None and after.facts is not None:
        found = fits(before.facts.variables, after.facts.variables, dict(paired_paths(matching)))
    return Comparison(
        before,
        after,
        level,
        matching,
        at_level(every, level),
        (hashes_of(before.architecture), hashes_of(after.architecture)),
        (totals_of(before), totals_of(after)),
        shape_changes(before, after, matching),
        found,
    )
