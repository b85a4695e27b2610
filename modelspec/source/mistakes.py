"""The mistakes that both readers, of YAML and of JSON, find in a text."""

from __future__ import annotations

from typing import NoReturn

from modelspec.diagnostics import Label, Place, Report
from modelspec.diagnostics.shown import shown
from modelspec.source.limits import MAX_BYTES, MAX_DEPTH, MAX_DIGITS, MAX_NODES
from modelspec.source.tree import Scalar


class Refused(Exception):
    """Reading cannot go on; the reason is in the report."""


def report_duplicate(key: Scalar, first: Scalar, report: Report) -> None:
    """A key that its mapping has already."""
    report.add(
        "duplicate-key",
        f"the key `{shown(key.text)}` stands here twice",
        key.place,
        help="keep one of the two",
        labels=(Label(first.place, "the first is here"),),
    )


def report_long_number(place: Place, report: Report) -> None:
    """A number that no computation takes."""
    report.add(
        "too-large",
        f"a number has at most {MAX_DIGITS:,} characters, and this one has {place.end - place.start:,}",
        place,
        help="quote it if it is a text",
    )


def refuse_size(size: int, place: Place, report: Report) -> NoReturn:
    """A text of too many bytes."""
    report.add("too-large", f"a text has at most {MAX_BYTES:,} bytes, and this one has {size:,}", place)
    raise Refused


def refuse_depth(place: Place, report: Report) -> NoReturn:
    """A collection within too many others."""
    report.add("too-large", f"lists and mappings are nested more than {MAX_DEPTH} levels deep", place)
    raise Refused


def refuse_nodes(place: Place, report: Report) -> NoReturn:
    """More nodes than a text may have."""
    report.add(
        "too-large",
        f"the text has more than {MAX_NODES:,} values, those that aliases stand for included",
        place,
    )
    raise Refused
