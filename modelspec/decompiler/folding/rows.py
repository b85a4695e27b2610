"""Uses of one block that follow each other with values of their own, as the rows of `each`."""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import replace

from modelspec.decompiler.folding.patterns import Different, same_key
from modelspec.decompiler.folding.plan import Plan
from modelspec.decompiler.folding.progressions import along_letters, along_numbers, without_gaps
from modelspec.decompiler.folding.runs import may_begin, stretches
from modelspec.decompiler.folding.values import Affine, Column, Node, Parts, Run, Sequence, Use

_FEWEST, _MOST = 3, 16
_MOST_COLUMNS = 5
_WIDEST = 90  # columns that need a line each

Columns = list[tuple[tuple[str, ...], tuple[object, ...]]]


def with_rows(plan: Plan) -> Plan:
    """The plan with rows in its sequences; bodies of blocks have none."""
    return replace(plan, sequences=tuple(_with_rows(sequence) for sequence in plan.sequences))


def _with_rows(sequence: Sequence) -> Sequence:
    stops = stretches(sequence)
    nodes: list[Node] = []
    place = 0
    while place < len(sequence.nodes):
        stop, chained = stops[place]
        stop = min(stop, place + _MOST) if isinstance(sequence.nodes[place], Use) else place + 1
        row = None
        if stop - place >= _FEWEST and may_begin(sequence.nodes[place], nodes, chained):
            row = _rows_of(sequence.nodes[place:stop], chained)
        nodes.append(row if row is not None else sequence.nodes[place])
        place = stop if row is not None else place + 1
    return replace(sequence, nodes=tuple(nodes))


def _rows_of(nodes: Several[Node], chained: tuple[int, ...]) -> Run | None:
    uses = [node for node in nodes if isinstance(node, Use)]
    columns: Columns = []
    try:
        name = _name([use.name for use in uses], columns)
    except Different:
        return None
    args = tuple(
        _value([use.args[place] for use in uses], ("use", str(place)), columns)
        for place in range(len(uses[0].args))
    )
    if not columns or len(columns) > _MOST_COLUMNS:
        return None
    named = name is not None
    wide = sum(len(str(list(values))) + len(hint[-1]) + 8 for hint, values in columns) > _WIDEST
    lines = 2 + named + wide * len(columns) + len(columns) / 2
    if lines >= len(uses) * (1 + named):
        return None
    return Run(tuple(uses), args, name, chained, tuple(columns))


def _value(values: list[object], hint: tuple[str, ...], columns: Columns) -> object:
    values = without_gaps(values)
    keys = [same_key(value) for value in values]
    if all(key == keys[0] for key in keys):
        return values[0]
    for number, (_, column) in enumerate(columns):
        if [same_key(value) for value in column] == keys:
            return Column(number)
    columns.append((hint, tuple(values)))
    return Column(len(columns) - 1)


def _name(names: Several[Parts | None], columns: Columns) -> Parts | None:
    first = names[0]
    if first is None:
        return None
    if any(name is None or len(name) != len(first) for name in names):
        raise Different
    found: list[str | int | Affine | Column] = []
    for place, part in enumerate(first):
        column = [name[place] for name in names if name is not None]
        if all(item == part for item in column):
            found.append(part)
        elif all(isinstance(item, int) for item in column):
            try:
                found.append(along_numbers([item for item in column if isinstance(item, int)]))
            except Different:
                value = _value(list(column), ("n",), columns)
                assert isinstance(value, Column)
                found.append(value)
        elif all(isinstance(item, str) for item in column):
            found += along_letters([str(item) for item in column])
        else:
            raise Different
    return tuple(found)
