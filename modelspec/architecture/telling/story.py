"""The parts of a story: what a reader is told of a comparison, apart from how it looks."""

from __future__ import annotations

from modelspec.architecture.comparing.sides import NodePath
from modelspec.architecture.telling.patterns import Renamed
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """An argument, or something else of nodes, that is another now.

    Args:
        what: its name; empty where the node itself was replaced.
        values: before and after, each pair once.
    """

    what: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Nodes with the same edits.

    Args:
        label: what they are called together.
        cls: their class; empty where they have several.
        nodes: their paths, afterwards.
        place: where they are written; `None` where they are written in several places or in none.
        shapes: what they give, before and after, where that follows from nothing else; each pair once.
        whys: what says of each that it is the node it was.
    """

    label: str
    cls: str
    nodes: tuple[NodePath, ...]
    changes: tuple[Change, ...]
    place: str | None = None
    shapes: tuple[tuple[str, str], ...] = ()
    whys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A block that was edited.

    Args:
        place: where it is written.
        instances: how many instances show it.
    """

    name: str
    place: str
    instances: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Connected nodes that were put in, or taken out.

    Args:
        label: what they are called together.
        what: the class and arguments of a single one, the classes of several.
        nodes: their paths; of several runs of one form, those of all.
        times: how many runs of one form these are; what follows is of the first.
        sources, readers: what they read and what reads them, the ends of the model as `inputs` and `outputs`.
        joined: of a run that was taken out, whether a reader reads a source now.
    """

    label: str
    what: str
    nodes: tuple[NodePath, ...]
    sources: tuple[str, ...]
    readers: tuple[str, ...]
    place: str | None = None
    joined: tuple[tuple[str, str], ...] = ()
    times: int = 1


@dataclass(frozen=True, slots=True)
class Rewired:
    """Nodes that read something else, which follows from nothing that was put in or taken out.

    Args:
        before, after: what the first of them reads.
    """

    label: str
    nodes: tuple[NodePath, ...]
    before: str
    after: str
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """Something of a whole model that is another now: its name, inputs, outputs, a compile setting."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Story:
    """A comparison told.

    Args:
        recounted: how many automatic names moved because something before them did.
        followers: how many nodes give other shapes because something before them does.
    """

    wholes: tuple[Whole, ...]
    blocks: tuple[Block, ...]
    items: tuple[Item, ...]
    added: tuple[Run, ...]
    removed: tuple[Run, ...]
    rewired: tuple[Rewired, ...]
    renamed: tuple[Renamed, ...]
    compiled: tuple[Whole, ...]
    recounted: int
    followers: int

    @property
    def counts(self) -> tuple[tuple[int, str], ...]:
        """How many changes there are of each kind, those there are none of left out."""
        nodes = sum(len(run.nodes) for run in self.added), sum(len(run.nodes) for run in self.removed)
        found = (
            (len(self.blocks), "block edited" if len(self.blocks) == 1 else "blocks edited"),
            (sum(len(item.nodes) for item in self.items), "edited"),
            (nodes[0], "added"),
            (nodes[1], "removed"),
            (sum(len(one.nodes) for one in self.rewired), "rewired"),
            (sum(len(one.names) for one in self.renamed), "renamed"),
            (len(self.wholes), "of the model itself"),
            (len(self.compiled), "of compile settings"),
        )
        return tuple((count, what) for count, what in found if count)
