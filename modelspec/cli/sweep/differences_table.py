"""Two variants of a sweep for a terminal, for lines, and for a program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelspec.cli.sweep.plan_table import shape_text, short_hash
from modelspec.compiler.sweeping.looking.differences import Differences
from modelspec.ledger.standings import Standing
from modelspec.source.tree import Node, Scalar
from modelspec.sweep.shown import plain
from modelspec.sweep.written import flow

if TYPE_CHECKING:
    from rich.table import Table

_NONE = "-"


def terminal_table(found: Differences) -> Table:
    """A column for each variant; below what they differ in, what they came to."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for standing in found.standings:
        table.add_column(
            Text(f"#{standing.variant.number} {standing.variant.name}"), overflow="fold", min_width=8
        )
    for change in found.changes:
        table.add_row(
            Text(change.path, style="yellow"), *map(Text, map(_text, (change.before, change.after)))
        )
    if not found.changes:
        table.add_row(Text("no differences", style="green"))
    table.add_row()
    for name, cells in _outcomes(found):
        table.add_row(Text(name, style="bright_black"), *map(Text, cells))
    return table


def concise(found: Differences) -> Iterator[str]:
    """A line for each path, and for each thing that they came to."""
    for change in found.changes:
        yield f"{change.path}: {_text(change.before)} -> {_text(change.after)}"
    for name, (one, two) in _outcomes(found):
        yield f"{name}: {one} -> {two}" if one != two else f"{name}: {one}"


def differences_data(found: Differences) -> dict[str, object]:
    """The comparison as JSON values."""
    return {
        "metric": found.sweep.metric,
        "variants": [_variant_data(standing) for standing in found.standings],
        "changes": [
            {
                "path": change.path,
                **({"before": plain(change.before)} if change.before is not None else {}),
                **({"after": plain(change.after)} if change.after is not None else {}),
            }
            for change in found.changes
        ],
    }


def _variant_data(standing: Standing) -> dict[str, object]:
    variant = standing.variant
    names = ("params", "trainable_params", "layers", "memory", "output_shape", "hash")
    return {
        "number": variant.number,
        "name": variant.name,
        "values": dict(variant.values),
        **{name: variant.facts.get(name) for name in names},
        "state": standing.state,
        "value": standing.value,
        "deviation": standing.deviation,
        "seeds": standing.count,
        "seconds": round(standing.seconds, 3),
    }


def _outcomes(found: Differences) -> Iterator[tuple[str, tuple[str, str]]]:
    """What is known of one of them at least."""
    names = ("params", "output", "hash", "state", *((found.sweep.metric,) if found.sweep.metric else ()))
    one, two = (dict(zip(names, _cells(standing), strict=False)) for standing in found.standings)
    for name in names:
        if one[name] != _NONE or two[name] != _NONE:
            yield name, (one[name], two[name])


def _cells(standing: Standing) -> tuple[str, ...]:
    variant, facts = standing.variant, standing.variant.facts
    value = _NONE if standing.value is None else f"{standing.value:.4g}"
    if standing.deviation is not None:
        value += f" ± {standing.deviation:.2g}"
    return (
        f"{variant.params:,}" if variant.params is not None else _NONE,
        shape_text(facts["output_shape"]) if "output_shape" in facts else _NONE,
        short_hash(str(facts["hash"])) if "hash" in facts else _NONE,
        standing.state,
        value,
    )


def _text(node: Node | None) -> str:
    """A value as it is written; nothing where there is none."""
    if node is None:
        return _NONE
    return (flow(node) or "null") if isinstance(node, Scalar) else flow(node)
