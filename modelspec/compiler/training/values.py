"""What a run of training is asked for and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

from modelspec.frozen import dataclass

State = Literal["done", "stopped", "interrupted"]


@dataclass(frozen=True, slots=True)
class Run:
    """What the caller wants.

    Args:
        output: the trained archive.
        folder: what the run writes while it trains.
        resume: whether to go on from where a run in the folder came to.
        restart: whether to begin anew although one could go on.
        note: what `result.json` says besides how the run ended.
    """

    output: Path
    folder: Path
    resume: bool = False
    restart: bool = False
    note: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trained:
    """How a run ended.

    Args:
        state: `done`; `stopped` where a file `STOP` ended it; `interrupted` by the keyboard.
        path: the trained archive; `None` where it was not written.
        size: bytes of it.
        params: parameters of the model.
        epochs: how many are done, those of earlier processes included.
        wanted: how many were asked for; `None` where a function trains.
        begun: how many of them were done when this process began.
        kept: the last epoch whose state is kept.
        metrics: of the last epoch.
        folder: of the run.
        floor: the oldest Keras that opens the archive; `None` where nothing is promised.
    """

    state: State
    path: Path | None
    size: int
    params: int
    epochs: int
    wanted: int | None
    begun: int
    kept: int
    metrics: Mapping[str, Any]
    folder: Path
    floor: str | None
