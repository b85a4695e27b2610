"""The plan of a sweep for a terminal, a spreadsheet, a program, and in a sentence."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from modelspec.cli.common import diagnostics_json
from modelspec.compiler.sweeping.planning.values import Planned, Variant
from modelspec.compiler.sweeping.planning.variants import reason_text

if TYPE_CHECKING:
    from rich.table import Table

_HASH = 12  # characters of a hash that a table shows
_NONE = "-"


def columns_of(planned: Planned) -> tuple[str, ...]:
    """What varies, by its keys: those of the space, then paths that only move together."""
    found = dict.fromkeys(planned.sweep.space.keys())
    for variant in planned.variants:
        found |= dict.fromkeys(key for key, _ in variant.point.values)
    return tuple(found)


def summary(planned: Planned) -> str:
    """The plan in a line."""
    seen = len(planned.variants)
    if planned.sweep.method == "bayes":
        most = f"{planned.total:,} are run" if planned.total is not None else "others follow"
        points = f"{seen:,} point{'s' if seen != 1 else ''} to start from ({most}, as the search finds them)"
    elif planned.total is None:
        points = f"the first {seen:,} points"
    elif seen < planned.total:
        points = f"the first {seen:,} of {planned.total:,} points"
    else:
        points = f"{seen:,} point{'s' if seen != 1 else ''}"
    counts = [f"{planned.count('distinct'):,} distinct"]
    if duplicates := planned.count("duplicate"):
        counts.append(f"{duplicates:,} duplicate{'s' if duplicates != 1 else ''}")
    counts.append(f"{planned.count('rejected'):,} rejected")
    return f"{points}, {', '.join(counts)}{_cost(planned)}"


def _cost(planned: Planned) -> str:
    """What training all of it comes to."""
    if not planned.seeds or planned.sweep.method == "bayes" or not planned.runs:
        return ""
    runs = f"; {planned.runs:,} run{'s' if planned.runs != 1 else ''}"
    if planned.epochs is None:
        return runs
    return f"{runs}, {planned.runs * planned.epochs:,} epochs at the most"


def plan_data(planned: Planned) -> dict[str, object]:
    """The plan as JSON values."""
    sweep = planned.sweep
    return {
        "method": sweep.method,
        "seed": sweep.seed,
        "parameters": list(columns_of(planned)),
        "points": planned.total,
        "planned": len(planned.variants),
        "distinct": planned.count("distinct"),
        "duplicates": planned.count("duplicate"),
        "rejected": planned.count("rejected"),
        "runs": planned.runs,
        "epochs": planned.epochs,
        "variants": [_variant_data(variant) for variant in planned.variants],
    }


def _variant_data(variant: Variant) -> dict[str, object]:
    facts = variant.facts
    return {
        "number": variant.point.number,
        "name": variant.name,
        "state": variant.state,
        "duplicate_of": variant.duplicate_of,
        "values": dict(variant.point.values),
        "params": facts.params if facts is not None else None,
        "trainable_params": facts.trainable_params if facts is not None else None,
        "layers": facts.layers if facts is not None else None,
        "memory": facts.memory if facts is not None else None,
        "output_shape": facts.output_shape if facts is not None else None,
        "hash": facts.exact if facts is not None else None,
        "reasons": diagnostics_json(variant.reasons),
    }


def table_csv(planned: Planned) -> str:
    """The plan as a table for spreadsheets."""
    columns = columns_of(planned)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    fixed = ("number", "name", "state", "duplicate_of")
    facts = ("params", "trainable_params", "layers", "memory", "output_shape", "hash", "reason")
    writer.writerow((*fixed, *columns, *facts))
    for variant in planned.variants:
        data, values = _variant_data(variant), dict(variant.point.values)
        data["output_shape"] = "" if variant.facts is None else shape_text(variant.facts.output_shape)
        data["reason"] = "; ".join(map(reason_text, variant.reasons))
        writer.writerow(
            [
                *(data[key] for key in fixed),
                *(values.get(key) for key in columns),
                *(data[key] for key in facts),
            ]
        )
    return text.getvalue()


def terminal_table(planned: Planned) -> Table:
    """The plan for a terminal."""
    from rich.table import Table
    from rich.text import Text

    columns = columns_of(planned)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("name", no_wrap=True)
    for column in columns:
        table.add_column(column, no_wrap=True)
    table.add_column("params", justify="right", no_wrap=True)
    table.add_column("output", no_wrap=True)
    table.add_column("hash", no_wrap=True)
    table.add_column("", overflow="fold")
    for variant in planned.variants:
        values, facts = dict(variant.point.values), variant.facts
        cells = (
            str(variant.point.number),
            variant.name,
            *(_text(values[key]) if key in values else _NONE for key in columns),
            f"{facts.params:,}" if facts is not None else _NONE,
            shape_text(facts.output_shape) if facts is not None else _NONE,
            short_hash(facts.exact) if facts is not None else _NONE,
            _fate(variant),
        )
        table.add_row(*map(Text, cells))  # as texts: `[not-kept]` is no mark-up
    return table


def concise(variant: Variant) -> str:
    """A variant in a line."""
    values = " ".join(f"{key}={_text(value)}" for key, value in variant.point.values)
    facts = variant.facts
    known = (str(facts.params), shape_text(facts.output_shape), facts.exact) if facts is not None else ()
    return " ".join(filter(None, (str(variant.point.number), variant.name, values, *known, _fate(variant))))


def shape_text(shape: object) -> str:
    """A structure of shapes on one line."""
    return json.dumps(shape).replace('"', "")


def _text(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.6g}"
        case _:
            return str(value)


def short_hash(exact: str) -> str:
    """The part of a hash that a table shows."""
    return exact.partition(":")[2][:_HASH]


def _fate(variant: Variant) -> str:
    if variant.reasons:
        more = f" (and {len(variant.reasons) - 1} more)" if len(variant.reasons) > 1 else ""
        return f"rejected: {reason_text(variant.reasons[0])}{more}"
    return f"duplicate of #{variant.duplicate_of}" if variant.duplicate_of is not None else ""
