"""What may stand under a key of a sweep: mappings of known keys, numbers, words, times and sizes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as MappingOf
from types import MappingProxyType

from modelspec.diagnostics import Report, nearest
from modelspec.source.tree import Entry, Mapping, Node, Scalar

_SECONDS: MappingOf[str, float] = MappingProxyType({"s": 1, "m": 60, "h": 3600, "d": 86400})
_BYTES: MappingOf[str, float] = MappingProxyType({"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12})
_WITH_UNIT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]+)")


def is_null(node: Node) -> bool:
    """Whether nothing, or null, stands there: what a base says is taken away so."""
    return isinstance(node, Scalar) and node.value is None


def entries_of(
    node: Node, keys: tuple[str, ...], what: str, report: Report, *, example: str
) -> dict[str, Entry]:
    """The entries of a mapping by their keys, those with null left out; other keys are reported."""
    if not isinstance(node, Mapping):
        report.add("wrong-kind", f"{what} must be a mapping", node.place, help=f"for example `{example}`")
        return {}
    found: dict[str, Entry] = {}
    for entry in node.entries:
        key = entry.key.text
        if key not in keys:
            near = nearest(key, keys)
            report.add(
                "unknown-key",
                f"{what} has no key `{key}`",
                entry.key.place,
                help=f"did you mean `{near}`?" if near else f"it has {_listed(keys)}",
            )
        elif not is_null(entry.value):
            found[key] = entry
    return found


def _listed(words: tuple[str, ...]) -> str:
    shown = [f"`{word}`" for word in words]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def read_number(node: Node, what: str, report: Report, *, low: float = -math.inf) -> float | None:
    """A number; `None` where it is none, which is reported."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        report.add("wrong-kind", f"{what} must be a number", node.place, help="write a finite number")
        return None
    if value < low:
        report.add("wrong-value", f"{what} must be at least {low:g}", node.place, help="write a larger one")
        return None
    return value


def read_integer(node: Node, what: str, report: Report, *, low: int) -> int | None:
    """An integer; `None` where it is none, which is reported."""
    value = read_number(node, what, report, low=low)
    if value is None or isinstance(value, int):
        return value
    report.add("wrong-kind", f"{what} must be an integer", node.place, help=f"write `{round(value)}`")
    return None


def read_word(node: Node, words: tuple[str, ...], what: str, report: Report) -> str | None:
    """One of some words; `None` where it is none, which is reported."""
    if isinstance(node, Scalar) and node.text in words:
        return node.text
    near = nearest(node.text, words) if isinstance(node, Scalar) else None
    report.add(
        "wrong-value",
        f"{what} is {_listed(words).replace(' and ', ' or ')}",
        node.place,
        help=f"did you mean `{near}`?" if near else None,
    )
    return None


def read_text(node: Node, what: str, report: Report, *, example: str) -> str | None:
    """A text; `None` where it is none, which is reported."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
        return node.value
    report.add("wrong-kind", f"{what} must be a text", node.place, help=f"for example `{example}`")
    return None


def read_seconds(node: Node, what: str, report: Report) -> float | None:
    """A time as seconds: `30m`, `8h`, a number of seconds; `None` where it is none, which is reported."""
    return _with_unit(node, _SECONDS, what, "a time such as `30s`, `30m`, `8h` or `2d`", report)


def read_bytes(node: Node, what: str, report: Report) -> float | None:
    """A size as bytes: `5GB`, a number of bytes; `None` where it is none, which is reported."""
    return _with_unit(node, _BYTES, what, "a size such as `500MB` or `5GB`", report)


def _with_unit(
    node: Node, units: MappingOf[str, float], what: str, wanted: str, report: Report
) -> float | None:
    match node:
        case Scalar(value=int() | float() as number) if not isinstance(number, bool) and number > 0:
            return float(number)
        case Scalar(value=str() as text) if (found := _WITH_UNIT.fullmatch(text)) and found[2] in units:
            return float(found[1]) * units[found[2]]
    report.add("wrong-value", f"{what} is {wanted}", node.place, help="write a number and its unit")
    return None
