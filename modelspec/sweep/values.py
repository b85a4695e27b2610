"""A sweep as typed values: its space, what is kept of it, and what a run of it may cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Literal

from modelspec.diagnostics import Place
from modelspec.frozen import dataclass
from modelspec.source.tree import Node, Primitive

Method = Literal["grid", "random", "bayes"]


@dataclass(frozen=True, slots=True)
class Path:
    """A path of the document, and where the sweep writes it."""

    steps: tuple[str, ...]
    place: Place

    @property
    def text(self) -> str:
        """As it is written."""
        return ".".join(self.steps)


@dataclass(frozen=True, slots=True)
class Choices:
    """One of several values, each as it is written in the sweep."""

    nodes: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included.

    Args:
        whole: whether they are integers.
        log: whether the logarithm is what is spread evenly.
        step: how far apart they are; `None` for all, or where `points` says how many there are.
        points: how many there are, spread evenly.
    """

    low: float
    high: float
    whole: bool
    log: bool
    step: float | None
    points: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class Normal:
    """Numbers around `mean`."""

    mean: float
    deviation: float
    place: Place


Domain = Choices | Range | Normal


@dataclass(frozen=True, slots=True)
class Parameter:
    """A path that takes values of a domain.

    Args:
        key: what it is called: its label, or the path itself.
        id: what tells it from every other of the sweep: the key, and the alternatives that it is one of.
    """

    key: str
    id: str
    path: Path
    domain: Domain


@dataclass(frozen=True, slots=True)
class Zip:
    """Paths that move together: row after row of values."""

    key: str
    id: str
    paths: tuple[Path, ...]
    rows: tuple[tuple[Node, ...], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of several that exclude each other: what it sets, and the parameters that only it has."""

    label: str
    set: tuple[tuple[Path, Node], ...]
    space: Space
    place: Place


@dataclass(frozen=True, slots=True)
class Choose:
    """A choice among labelled alternatives."""

    key: str
    id: str
    alternatives: tuple[Alternative, ...]
    place: Place


Part = Parameter | Zip | Choose


@dataclass(frozen=True, slots=True)
class Space:
    """What varies, in the order of the text."""

    parts: tuple[Part, ...] = ()

    def keys(self) -> tuple[str, ...]:
        """What varies, by its keys, those inside alternatives too, each once."""
        return tuple(dict.fromkeys(part.key for part in self.walk()))

    def walk(self) -> Iterator[Part]:
        """Every part, those inside alternatives after their choice."""
        for part in self.parts:
            yield part
            if isinstance(part, Choose):
                for alternative in part.alternatives:
                    yield from alternative.space.walk()


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that a point gives to a path of the document."""

    path: Path
    value: Node


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the space.

    Args:
        number: from 1, in the order in which they are tried.
        values: of each part that this point has, by its key: a scalar, the text of a larger value, the label
            of an alternative, the number of a row from 0.
        settings: what the document gets, in this order.
    """

    number: int
    values: tuple[tuple[str, Primitive], ...]
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of `keep`, or the `name`: a text with `$…` in which names may have dots."""

    text: str
    place: Place
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """A point to be tried first; what it leaves out is drawn."""

    values: tuple[tuple[str, Node], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Objective:
    """What a sweep looks for the best of."""

    metric: str
    goal: Literal["maximize", "minimize"]
    reduce: Literal["best", "last"]


@dataclass(frozen=True, slots=True)
class Repeats:
    """The seeds with which each point is trained, and what is made of their objectives."""

    seeds: tuple[int, ...]
    aggregate: Literal["mean", "median", "best", "worst"]


@dataclass(frozen=True, slots=True)
class Prune:
    """When a run that promises little is stopped."""

    by: Literal["hyperband", "median"]
    min_epochs: int
    max_epochs: int | None


@dataclass(frozen=True, slots=True)
class Budget:
    """What a sweep may cost. Times in seconds, the disk in bytes; `None` for no limit."""

    variants: int | None = None
    wall: float | None = None
    gpu_hours: float | None = None
    run_timeout: float | None = None
    disk_free: int | None = None


@dataclass(frozen=True, slots=True)
class OnFailure:
    """How often a run is tried again, and after how many failures in a row the sweep stops."""

    retries: int = 0
    stop_after_consecutive: int | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where runs are run, and how many at once.

    Args:
        resources: that each run takes: `cpu`, `gpu`, and `memory` in bytes.
        address: of the cluster; `None` for what the executor takes without one.
        options: what else the executor's engine is told, by the engine's own names.
    """

    executor: Literal["local", "ray", "slurm", "dask"] = "local"
    parallel: int = 1
    resources: tuple[tuple[str, float], ...] = ()
    address: str | None = None
    options: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Artifacts:
    """What is kept of runs: of the best so many all of it, of every one these files."""

    best: int | None = None
    always: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep.

    Args:
        place: of the section's key, or of the file's first one.
        track: where what runs measure is told to: the name of a tracker, and its address.
    """

    method: Method
    seed: int
    space: Space
    place: Place
    keep: tuple[Condition, ...] = ()
    name: Condition | None = None
    objective: Objective | None = None
    start: tuple[Start, ...] = ()
    repeats: Repeats | None = None
    prune: Prune | None = None
    budget: Budget = field(default_factory=Budget)
    on_failure: OnFailure = field(default_factory=OnFailure)
    run: Placement = field(default_factory=Placement)
    track: tuple[tuple[str, str], ...] = ()
    artifacts: Artifacts = field(default_factory=Artifacts)
