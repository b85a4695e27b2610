"""One variant of a sweep as a document to go on with."""

from __future__ import annotations

from pathlib import Path

from modelspec.archive.write_failures import write_or_report
from modelspec.compiler.sweeping.folders.numbers import require_variant
from modelspec.compiler.sweeping.folders.opening import base_of
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.values import VariantRow
from modelspec.sweep.moved import moved_text


@dataclass(frozen=True, slots=True)
class Promoted:
    """A variant and its document, whose references are as seen from where it shall lie."""

    variant: VariantRow
    text: str


def promote(
    folder: Path, number: int, output: Path | None, report: Report, *, replace: bool = False
) -> Promoted:
    """Write the document of a variant.

    Args:
        folder: of the sweep.
        output: the file; `None` for none, with the references as seen from the working folder.
        replace: whether a file that is there already may be replaced.

    Raises:
        SpecError: there is no such variant that is run, or the file is there, or cannot be written.
        LedgerError: there is no such sweep, or its ledger is damaged.
    """
    with open_for_reading(folder) as ledger:
        row, variants = ledger.sweep(), ledger.variants()
    variant = require_variant(variants, number, report)
    if output is not None and output.exists() and not replace:
        report.add(
            "file-exists",
            f"`{output}` is there already",
            help="`--force` replaces it; `-o` with another name keeps both",
        )
    report.raise_if_errors()
    assert variant is not None
    target = (Path.cwd() if output is None else output.parent).resolve()
    text = moved_text(variant.document, base_of(SweepFolder(folder), row), target)
    if output is not None:
        write_or_report(output, text.encode(), report)
    return Promoted(variant, text)
