"""Weights that are nothing but NaN: loaded as they are, and told."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from modelspec.diagnostics import Place, Report
from modelspec.weights.nan_watch import NanWatch

_EXAMPLES = 3


def warn_of_nans(
    watch: NanWatch, report: Report, *, places: Mapping[str, Place] = MappingProxyType({})
) -> None:
    """Tell of each file that held nothing but NaN for a variable.

    Args:
        watch: of all that was read.
        report: gets a warning a file.
        places: where files are named in a document.
    """
    for file, paths in watch.hopeless().items():
        shown = ", ".join(f"`{path}`" for path in paths[:_EXAMPLES])
        more = len(paths) - _EXAMPLES
        report.add(
            "nan-weights",
            f"`{file}` holds nothing but NaN for {shown}{f' and {more:,} more' if more > 0 else ''}",
            places.get(file),
            help="take a file from before the training failed",
        )
