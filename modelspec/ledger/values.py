"""What a ledger holds: the sweep, its variants, their runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from modelspec.frozen import dataclass

Primitive = str | int | float | bool | None
VariantState = Literal["distinct", "duplicate", "rejected"]
RunState = Literal["PENDING", "RUNNING", "DONE", "PRUNED", "FAILED"]
ENDED: tuple[RunState, ...] = ("DONE", "PRUNED", "FAILED")


@dataclass(frozen=True, slots=True)
class SweepRow:
    """The sweep that a folder is of.

    Args:
        identity: a hash of each part of what the sweep is, by the part's name; another one is another sweep.
        method: `grid`, `random` or `bayes`.
        seed: of all that is drawn.
        parameters: what varies, by its keys, in order.
        document: the text of the base with the sweep in it, which everything can be read from again.
        base: where the references of the document start: the folder relative to the sweep's own, and in full.
        settings: what the caller decided (backend, allowed modules), as JSON values.
        metric: of the objective; `None` for a sweep that only builds.
        goal: whether more is better, or less.
        reduce: whether the best epoch of a run counts, or the last.
        aggregate: what is made of the values of a variant's seeds.
        seeds: with which each variant is trained; empty for the document's own.
        version: of modelspec.
        earlier: the document as it was with each space that the sweep had before, and up to which number the
            points of that space go; the oldest first.
    """

    name: str
    identity: Mapping[str, str]
    method: str
    seed: int
    parameters: tuple[str, ...]
    document: str
    base: tuple[str, str]
    settings: Mapping[str, object]
    metric: str | None
    goal: Literal["maximize", "minimize"]
    reduce: Literal["best", "last"]
    aggregate: Literal["mean", "median", "best", "worst"]
    seeds: tuple[int, ...]
    version: str
    earlier: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One point of the sweep.

    Args:
        number: from 1, in the order in which points are tried.
        values: of each part that the point has, by its key.
        state: `distinct` ones are run.
        fingerprint: what tells it from all that is built and trained otherwise; empty where nothing is built.
        duplicate_of: the number of the first variant with this fingerprint.
        reasons: why it is rejected, a line each, with the place.
        document: the text of the variant's document; empty where it is not run.
        facts: of what is built: `params`, `trainable_params`, `layers`, `memory`, `output_shape`, `hash`.
    """

    number: int
    name: str
    values: tuple[tuple[str, Primitive], ...]
    state: VariantState
    fingerprint: str = ""
    duplicate_of: int | None = None
    reasons: tuple[str, ...] = ()
    document: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def params(self) -> int | None:
        """How many parameters it has, as `count_params()`."""
        found = self.facts.get("params")
        return found if isinstance(found, int) else None


@dataclass(frozen=True, slots=True)
class RunRow:
    """A variant trained, or built, with one seed.

    Args:
        variant: its number.
        seed: `None` for the document's own.
        folder: its name in `runs`.
        attempt: how often it was started.
        failures: how many of these starts failed by the run's own fault.
        lost: how many ended with the machine that they ran on.
        value: of the objective.
        epochs: how many were trained.
        metrics: of the epoch that counts.
        started, ended: of the last attempt, seconds since 1970.
        spent: seconds of all attempts.
        host, pid: where the last attempt ran.
        exit: its exit status; negative for a signal.
        error: why it failed: `code`, `message`, `log` (its last lines).
    """

    variant: int
    seed: int | None
    folder: str
    state: RunState = "PENDING"
    attempt: int = 0
    failures: int = 0
    lost: int = 0
    value: float | None = None
    epochs: int = 0
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    started: float | None = None
    ended: float | None = None
    spent: float = 0.0
    host: str | None = None
    pid: int | None = None
    exit: int | None = None
    error: Mapping[str, object] = field(default_factory=dict)


def folder_name(variant: int, seed: int | None) -> str:
    """The name of a run's folder: `0012`, or `0012-seed3` for one of several seeds."""
    return f"{variant:04d}" if seed is None else f"{variant:04d}-seed{seed}"
