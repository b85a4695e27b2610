"""The report that collects diagnostics, and the exception that carries them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from modelspec.diagnostics.diagnostic import Diagnostic, Frame, Label
from modelspec.diagnostics.place import Place
from modelspec.diagnostics.render import in_order, render_full

# Errors after which nothing more is looked for: nobody reads on, and a hostile text has millions.
MAX_ERRORS = 100


class SpecError(Exception):
    """A document, file or argument has mistakes; `diagnostics` holds them as data, `str()` as text."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n\n".join(render_full(diagnostic) for diagnostic in self.diagnostics)


@dataclass(slots=True)
class Report:
    """Collects the diagnostics of one run; the only mutable value that stages share.

    Args:
        diagnostics: in the order they were found.
        files: those that the documents name, by path, whether they could be read or not: whoever waits for a
            mistake to be mended watches them.
    """

    diagnostics: list[Diagnostic] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    _seen: set[tuple[str, str, Place | None]] = field(default_factory=set)
    _errors: int = 0

    def add(
        self,
        code: str,
        message: str,
        place: Place | None = None,
        *,
        help: str | None = None,
        frames: tuple[Frame, ...] = (),
        labels: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> None:
        """Note a problem, once for each place: a block used ten times has its mistake told once.

        Raises:
            SpecError: this is error number `MAX_ERRORS`.
        """
        key = (code, message, place)
        if key in self._seen:
            return
        self._seen.add(key)
        found = Diagnostic(code, message, place, help, frames, labels, notes)
        self.diagnostics.append(found)
        self._errors += found.severity == "error"
        if self._errors == MAX_ERRORS:
            raise SpecError(self.diagnostics)

    def take(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Note problems that another report collected."""
        for item in diagnostics:
            self.add(
                item.code,
                item.message,
                item.place,
                help=item.help,
                frames=item.frames,
                labels=item.labels,
                notes=item.notes,
            )

    @property
    def has_errors(self) -> bool:
        """Whether anything worse than a warning was noted."""
        return any(item.severity == "error" for item in self.diagnostics)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """The warnings in the order they were noted."""
        return tuple(item for item in self.diagnostics if item.severity == "warning")

    def raise_if_errors(self) -> None:
        """Raise `SpecError` with everything noted so far if any of it is an error."""
        if self.has_errors:
            raise SpecError(self.diagnostics)

    def fail(
        self,
        code: str,
        message: str,
        place: Place | None = None,
        *,
        help: str | None = None,
        frames: tuple[Frame, ...] = (),
        labels: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> NoReturn:
        """Note an error after which nothing more can be found, and raise `SpecError` with all of them."""
        self.add(code, message, place, help=help, frames=frames, labels=labels, notes=notes)
        raise SpecError(self.diagnostics)
