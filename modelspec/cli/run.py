"""What every verb does with a document: read it, do its work, print what was found."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Generic, TypeVar

from modelspec.cli.common import (
    Output,
    diagnostics_json,
    exit_status,
    print_diagnostics,
    print_json,
    read_text,
)
from modelspec.frozen import dataclass

if TYPE_CHECKING:
    from modelspec.compiler.values import Compiled, Options, Progress, Text
    from modelspec.diagnostics import Diagnostic, Report

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """What a verb made of a document.

    Args:
        result: `None` where the document has mistakes.
        diagnostics: all that was found, mistakes and warnings.
        files: those that the document names.
    """

    document: str
    result: Result | None
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[str, ...]

    @property
    def status(self) -> int:
        """The exit status."""
        return exit_status(self.diagnostics)

    @property
    def data(self) -> dict[str, object]:
        """The document and what was found in it, as JSON values."""
        return {"document": self.document, "diagnostics": diagnostics_json(self.diagnostics)}


def attempt(
    document: str, output: Output, work: Callable[[Text, Report, Progress], Result]
) -> Outcome[Result]:
    """Read a document, do a verb's work on it under a progress line, and print the diagnostics."""
    from modelspec.cli.progress import watched
    from modelspec.diagnostics import Report, SpecError

    report = Report()
    result = None
    try:
        # What a user's module prints while it is imported must not get among the verb's own output.
        with (
            redirect_stdout(sys.stderr),
            watched(document, quiet=output.quiet or output.form == "json") as progress,
        ):
            result = work(read_text(document, report), report, progress)
        found = tuple(report.diagnostics)
    except SpecError as error:
        found = error.diagnostics
    print_diagnostics(found, output)
    return Outcome(document, result, found, tuple(report.files))


def attempt_on_file(
    name: str, output: Output, work: Callable[[Report, Progress], Result]
) -> tuple[Result | None, tuple[Diagnostic, ...]]:
    """Do a verb's work on a file that is no document, under a progress line; nothing is printed of it yet.

    Args:
        name: what the progress line calls it.
        work: raises `SpecError` where there is no result.
    """
    from modelspec.cli.progress import watched
    from modelspec.diagnostics import Report, SpecError

    report = Report()
    try:
        # What a user's module prints while it is imported must not get among the verb's own output.
        with (
            redirect_stdout(sys.stderr),
            watched(name, quiet=output.quiet or output.form == "json") as progress,
        ):
            return work(report, progress), tuple(report.diagnostics)
    except SpecError as error:
        return None, error.diagnostics


def attempt_compile(document: str, options: Options, output: Output) -> Outcome[Compiled]:
    """Compile a document and print the diagnostics."""
    from modelspec.compiler.stages import compile_document

    return attempt(
        document,
        output,
        lambda text, report, progress: compile_document(text, options, report, progress=progress),
    )


def result_or_exit(outcome: Outcome[Result], output: Output) -> Result:
    """The result of a verb that answers for one document; exits where there is none."""
    if outcome.result is None:
        if output.form == "json":
            print_json(outcome.data)
        raise SystemExit(outcome.status)
    return outcome.result
