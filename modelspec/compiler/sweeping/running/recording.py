"""Points seen through, as the rows of a ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from modelspec.compiler.sweeping.planning.pool import variants_of
from modelspec.compiler.sweeping.planning.values import Variant
from modelspec.compiler.sweeping.planning.variants import Swept, reason_text
from modelspec.compiler.values import Options, Progress, Text, silent
from modelspec.diagnostics import Report
from modelspec.ledger.store import Ledger
from modelspec.ledger.values import RunRow, SweepRow, VariantRow, folder_name
from modelspec.sweep.variant_text import variant_text


def record_points(
    ledger: Ledger,
    swept: Swept,
    text: Text,
    options: Options,
    count: int,
    report: Report,
    *,
    earlier: tuple[tuple[Text, int], ...] = (),
    progress: Progress = silent,
) -> None:
    """See the first points of a sweep through, and note those that the ledger does not have yet.

    Args:
        earlier: see `read_swept`.

    Raises:
        SpecError: a process that saw points through was ended from outside.
        LedgerError: they cannot be noted.
    """
    sweep, known = ledger.sweep(), ledger.planned()
    if known >= count:
        return
    first = {row.fingerprint: row.number for row in reversed(ledger.variants()) if row.state == "distinct"}
    rows = []
    for done, variant in enumerate(variants_of(swept, count, text, options, report, earlier=earlier), 1):
        progress("planning", done, count)
        if variant.point.number > known:
            row = row_of(variant, swept, first)
            first.setdefault(row.fingerprint, row.number)
            rows.append(row)
    ledger.add(rows, (run for row in rows for run in runs_of(row, sweep)), planned=count)


def row_of(variant: Variant, swept: Swept, first: Mapping[str, int]) -> VariantRow:
    """A point as a row.

    Args:
        first: the number of the first variant that is built and trained in a way, by its fingerprint.
    """
    facts = variant.facts
    row = VariantRow(
        number=variant.point.number,
        name=variant.name,
        values=variant.point.values,
        state="rejected" if variant.reasons else "distinct",
        fingerprint=facts.built if facts is not None and not variant.reasons else "",
        reasons=tuple(reason_text(reason) for reason in variant.reasons),
        facts={
            "params": facts.params,
            "trainable_params": facts.trainable_params,
            "layers": facts.layers,
            "memory": facts.memory,
            "output_shape": facts.output_shape,
            "hash": facts.exact,
        }
        if facts is not None
        else {},
    )
    if row.state == "rejected":
        return row
    if row.fingerprint in first and first[row.fingerprint] != row.number:
        return replace(row, state="duplicate", duplicate_of=first[row.fingerprint])
    text = variant_text(swept.document, variant.point.settings, swept.catalog.class_of_identifier, Report())
    return replace(row, document=text)


def runs_of(variant: VariantRow, sweep: SweepRow) -> Iterable[RunRow]:
    """The runs that a point comes to: one for each seed."""
    if variant.state != "distinct":
        return
    for seed in sweep.seeds or (None,):
        yield RunRow(variant.number, seed, folder_name(variant.number, seed))
