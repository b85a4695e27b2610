"""`start`: points that are tried first, each held against the space."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.diagnostics import Report, nearest
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence
from modelspec.sweep.shown import plain, shown_value
from modelspec.sweep.values import (
    Choices,
    Choose,
    Domain,
    Method,
    Normal,
    Parameter,
    Part,
    Range,
    Space,
    Start,
    Zip,
)

_EXAMPLE = "start: [{vars.width: 16}]"


def read_start(entry: Entry | None, space: Space, method: Method, report: Report) -> tuple[Start, ...]:
    """The points to start from; what is wrong with them is reported."""
    if entry is None:
        return ()
    if method == "grid":
        report.add(
            "wrong-value",
            "a grid tries every point, so `start` adds none",
            entry.key.place,
            help="take it out, or search by `random` or `bayes`",
        )
        return ()
    if not isinstance(entry.value, Sequence):
        report.add(
            "wrong-kind", "`start` is a list of points", entry.value.place, help=f"for example `{_EXAMPLE}`"
        )
        return ()
    starts = (_start(item, space, report) for item in entry.value.items)
    return tuple(start for start in starts if start is not None)


def _start(node: Node, space: Space, report: Report) -> Start | None:
    if not isinstance(node, Mapping):
        report.add(
            "wrong-kind",
            "a point to start from is a mapping of parameters to values",
            node.place,
            help=f"for example `{_EXAMPLE}`",
        )
        return None
    given = {entry.key.text: entry.value for entry in node.entries}
    parts = {part.key: part for part in _open_parts(space, given)}
    known = space.keys()
    values = []
    for entry in node.entries:
        key = entry.key.text
        if key not in parts:
            near = nearest(key, known)
            elsewhere = key in known
            report.add(
                "wrong-value" if elsewhere else "unknown-key",
                f"`{key}` belongs to an alternative that this point does not choose"
                if elsewhere
                else f"the space has no `{key}`",
                entry.key.place,
                help="choose that alternative in the same point"
                if elsewhere
                else (f"did you mean `{near}`?" if near else f"it has {', '.join(f'`{k}`' for k in known)}"),
            )
            continue
        problem = _objection(parts[key], entry.value)
        if problem is None:
            values.append((key, entry.value))
        else:
            report.add(
                "wrong-value",
                f"`{shown_value(entry.value)}` is no value of `{key}`",
                entry.value.place,
                help=problem,
            )
    return Start(tuple(values), node.place)


def _open_parts(space: Space, given: dict[str, Node]) -> Iterator[Part]:
    """The parts that a point may give: those of the alternatives that it chooses."""
    for part in space.parts:
        yield part
        chosen = given.get(part.key)
        if isinstance(part, Choose) and isinstance(chosen, Scalar):
            for alternative in part.alternatives:
                if alternative.label == chosen.text:
                    yield from _open_parts(alternative.space, given)


def _objection(part: Part, node: Node) -> str | None:
    """What a part takes, where a value is none of it."""
    match part:
        case Parameter(domain=domain):
            return _outside(domain, node)
        case Choose():
            labels = [alternative.label for alternative in part.alternatives]
            fits = isinstance(node, Scalar) and node.text in labels
            return None if fits else f"it is one of {', '.join(f'`{label}`' for label in labels)}"
        case Zip():
            value = node.value if isinstance(node, Scalar) else None
            fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(part.rows)
            return None if fits else f"it is the number of a row, from 0 to {len(part.rows) - 1}"


def _outside(domain: Domain, node: Node) -> str | None:
    match domain:
        case Choices(nodes=nodes):
            value = plain(node)
            if any(plain(choice) == value and type(plain(choice)) is type(value) for choice in nodes):
                return None
            return f"it is one of {', '.join(f'`{shown_value(choice)}`' for choice in nodes)}"
        case Normal():
            return None if _number(node) is not None else "it is a number"
        case Range():
            number = _number(node)
            fits = number is not None and domain.low <= number <= domain.high
            if fits and (not domain.whole or isinstance(number, int)):
                return None
            kind = "an integer" if domain.whole else "a number"
            return f"it is {kind} from {domain.low:g} to {domain.high:g}"


def _number(node: Node) -> int | float | None:
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
