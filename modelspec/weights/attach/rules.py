"""How one file of weights is taken into a model, as an entry of `weights.load` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Match = Literal["name", "path", "order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What of a file goes where.

    Args:
        source: the subtree of the file that is taken, as names or as an HDF5 address; `None` for all of it.
        into: the subtree of the model that is filled, as a graph path; `None` for all of it.
        match: by names, by the addresses of the HDF5 layout, or in Keras' order.
        rename: patterns of the file's names below `source`, and what each becomes below `into`; the first
            that matches a name counts. See `renaming`.
        only: patterns of graph paths; what none of them chooses is neither filled nor missed.
        exclude: what they choose is neither filled nor missed.
        missing: of a variable that the file has nothing for: an error, or as it would be without the file.
        unexpected: of a tensor that no variable wants.
        mismatch: of a tensor whose variable has another shape; a layer of which one is skipped is skipped
            whole.
        optimizer: whether the optimizer's state is taken too.
    """

    source: str | None = None
    into: str | None = None
    match: Match = "name"
    rename: tuple[tuple[str, str], ...] = ()
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    missing: Literal["error", "init"] = "error"
    unexpected: Literal["error", "ignore"] = "error"
    mismatch: Literal["error", "skip"] = "error"
    optimizer: bool = False


Part = tuple[str | int, ...]
"""Where in a rule something stands, as its key in a document: `("rename", 0)`; empty for the whole."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a rule, or with how a file fits a model by it.

    Args:
        code: of the diagnostic.
        message: one sentence.
        help: the way out.
        part: what of the rule it is about.
    """

    code: str
    message: str
    help: str | None = None
    part: Part = ()
