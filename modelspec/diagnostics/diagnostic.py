"""One problem as data."""

from __future__ import annotations

from modelspec.diagnostics.codes import CODES, Severity
from modelspec.diagnostics.place import Place
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """One step on the way to a place: ``in block `residual`, repeat 2 of 3`` and where it is used."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Label:
    """Another place that belongs to the problem, with a few words: `first written here`."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: a code, where, one short sentence, and a way out.

    Args:
        code: a key of `codes.CODES`.
        message: one sentence in lower case without a full stop; the user's text in backticks.
        place: where; `None` for problems of no document (a missing backend).
        help: what to do about it, a sentence in lower case.
        frames: how the place was reached, innermost first.
        labels: further places to show.
        notes: further lines of facts (shapes that met, where each came from).
    """

    code: str
    message: str
    place: Place | None = None
    help: str | None = None
    frames: tuple[Frame, ...] = ()
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise KeyError(f"{self.code!r} is not in modelspec.diagnostics.codes.CODES")

    @property
    def severity(self) -> Severity:
        """`error`, `warning` or `info`, fixed by the code."""
        return CODES[self.code].severity
