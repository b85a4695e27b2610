"""Domains: a list of values, or `{int: …}`, `{float: …}`, `{choice: …}`, `{normal: …}`."""

from __future__ import annotations

from modelspec.diagnostics import Report
from modelspec.source.tree import Entry, Mapping, Node, Scalar, Sequence
from modelspec.sweep.scalars import entries_of, read_integer, read_number
from modelspec.sweep.values import Choices, Domain, Method, Normal, Range

KINDS = ("int", "float", "choice", "normal")
DOMAIN_KEYS = ("path", *KINDS, "step", "points", "log")
MAX_VALUES = 100_000
"""Values of one domain that a grid visits."""

_EXAMPLE = "{int: [2, 8], step: 2}"


def read_domain(key: str, node: Node, method: Method, report: Report) -> Domain | None:
    """The domain of a parameter; `None` where it is none, which is reported.

    Args:
        key: what the parameter is called.
    """
    if isinstance(node, Sequence):
        return _choices(key, node, report)
    if not isinstance(node, Mapping):
        report.add(
            "wrong-kind",
            f"`{key}` has one value here, and a sweep gives it several",
            node.place,
            help=f"write a list, or a range such as `{_EXAMPLE}`",
        )
        return None
    found = entries_of(node, DOMAIN_KEYS, f"the domain of `{key}`", report, example=_EXAMPLE)
    kinds = [kind for kind in KINDS if kind in found]
    if len(kinds) != 1:
        if len(kinds) == 2:
            place, message = found[kinds[1]].key.place, f"`{key}` takes values of `{kinds[0]}` already"
        else:
            place, message = node.place, f"the domain of `{key}` does not say which values there are"
        report.add(
            "given-twice" if kinds else "missing-key", message, place, help=f"for example `{_EXAMPLE}`"
        )
        return None
    kind = kinds[0]
    for name in ("step", "points", "log"):
        if name in found and kind not in ("int", "float"):
            report.add(
                "unknown-key",
                f"`{name}` says how a range is divided, and `{kind}` is none",
                found[name].key.place,
                help="take it out",
            )
    value = found[kind].value
    match kind:
        case "choice":
            return _choices(key, value, report)
        case "normal":
            return _normal(key, found[kind], method, report)
        case _:
            return _range(key, kind, found, method, report)


def _choices(key: str, node: Node, report: Report) -> Choices | None:
    if isinstance(node, Sequence) and node.items:
        return Choices(node.items, node.place)
    report.add(
        "wrong-kind", f"`{key}` needs a list of one or more values", node.place, help="for example `[8, 16]`"
    )
    return None


def _pair(
    what: str, node: Node, report: Report, *, example: str, whole: bool = False
) -> tuple[float, float] | None:
    if not isinstance(node, Sequence) or len(node.items) != 2:
        report.add("wrong-kind", f"{what} takes two numbers", node.place, help=f"for example `{example}`")
        return None
    first, second = (
        read_integer(item, f"a bound of {what}", report, low=-(2**63))
        if whole
        else read_number(item, f"a bound of {what}", report)
        for item in node.items
    )
    return None if first is None or second is None else (first, second)


def _normal(key: str, entry: Entry, method: Method, report: Report) -> Normal | None:
    pair = _pair("`normal`", entry.value, report, example="normal: [0, 1]")
    if method != "random":
        report.add(
            "wrong-value",
            f"`normal` is for `method: random`, and this is a sweep by `{method}`",
            entry.key.place,
            help="write a list, or a range with `step` or `points`",
        )
        return None
    if pair is None:
        return None
    if pair[1] <= 0:
        report.add(
            "wrong-value",
            f"the deviation of `{key}` must be above 0",
            entry.value.place,
            help="write `normal: [mean, deviation]`",
        )
        return None
    return Normal(*pair, entry.value.place)


def _range(key: str, kind: str, found: dict[str, Entry], method: Method, report: Report) -> Range | None:
    node = found[kind].value
    pair = _pair(f"`{kind}`", node, report, example=f"{kind}: [1, 8]", whole=kind == "int")
    log = _flag(found.get("log"), report)
    step = points = None
    if entry := found.get("step"):
        read = read_integer if kind == "int" else read_number
        step = read(entry.value, f"the step of `{key}`", report, low=1 if kind == "int" else 0)
        if step == 0:
            report.add("wrong-value", f"the step of `{key}` must be above 0", entry.value.place)
        if not step:
            return None
    if entry := found.get("points"):
        points = read_integer(entry.value, f"`points` of `{key}`", report, low=1)
        if points is None:
            return None
    if step is not None and (points is not None or log):
        other = "points" if points is not None else "log"
        report.add(
            "given-twice",
            f"the values of `{key}` are a `step` apart, so there is no `{other}`",
            found[other].key.place,
            help="write `points` with `log: true`, or `step` alone",
        )
        return None
    if pair is None or log is None:
        return None
    low, high = pair
    if low > high:
        report.add(
            "wrong-value",
            f"the range of `{key}` ends before it begins",
            node.place,
            help=f"write `{kind}: [{high:g}, {low:g}]`",
        )
        return None
    if log and low <= 0:
        report.add(
            "wrong-value",
            f"the logarithm of a range that begins at {low:g} does not exist",
            node.place,
            help="begin above 0, or leave `log` away",
        )
        return None
    if method == "grid" and step is None and points is None:
        report.add(
            "endless-domain",
            f"a grid visits every value of `{key}`, and the range does not say which there are",
            found[kind].key.place,
            help="add `step: 1` or `points: 5`" if kind == "int" else "add `step` or `points: 5`",
        )
        return None
    if (points or 0) > MAX_VALUES or (step is not None and (high - low) / step > MAX_VALUES):
        report.add(
            "too-large",
            f"`{key}` takes more than {MAX_VALUES:,} values",
            node.place,
            help="take larger steps",
        )
        return None
    return Range(low, high, kind == "int", log, step, points, node.place)


def _flag(entry: Entry | None, report: Report) -> bool | None:
    if entry is None:
        return False
    if isinstance(entry.value, Scalar) and isinstance(entry.value.value, bool):
        return entry.value.value
    report.add("wrong-kind", "`log` is `true` or `false`", entry.value.place)
    return None
