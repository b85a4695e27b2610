"""A variant by the number that the user gives."""

from __future__ import annotations

from collections.abc import Iterable

from modelspec.diagnostics import Report
from modelspec.ledger.values import VariantRow


def require_variant(variants: Iterable[VariantRow], number: int, report: Report) -> VariantRow | None:
    """The variant of a number that is run; `None` where there is none, which is reported."""
    found = {variant.number: variant for variant in variants}
    variant = found.get(number)
    if variant is None:
        report.add(
            "unknown-variant",
            f"the sweep has no variant #{number}",
            help=f"its variants are #1 to #{max(found)}" if found else "nothing of it was planned yet",
        )
        return None
    match variant.state:
        case "duplicate":
            report.add(
                "unknown-variant",
                f"variant #{number} is not run: it is the same as #{variant.duplicate_of}",
                help=f"ask for #{variant.duplicate_of}",
            )
            return None
        case "rejected":
            report.add(
                "unknown-variant",
                f"variant #{number} is not run: it was rejected",
                notes=variant.reasons,
                help="`modelspec sweep plan` shows which variants are run",
            )
            return None
        case _:
            return variant
