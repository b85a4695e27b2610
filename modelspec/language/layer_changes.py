"""`weights.lora` and `weights.quantize`: what is done to layers that patterns choose, once they are made."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.diagnostics import Report
from modelspec.language.closed import Lora, Patterns, Quantize
from modelspec.language.schema import LoraSection, QuantizeSection, read_section
from modelspec.language.values import Fields, Items, Plain, Value

# A layer of these modes is calibrated on data, which a document has not.
_CALIBRATED = ("gptq", "awq")


def close_lora(value: Value | None, report: Report) -> tuple[Lora, ...]:
    """`lora`: one mapping, or a list of them of which a later one goes over an earlier one."""
    found = []
    for entry in _entries(value):
        section = read_section(LoraSection, entry, "`weights.lora`", report)
        layers = patterns_of(entry.get("layers")) if isinstance(entry, Fields) else None
        if section is None or layers is None or not isinstance(entry, Fields):
            continue
        alpha = entry.get("alpha")
        place = alpha.origin if alpha is not None else None
        found.append(Lora(layers, section.rank, entry.origin, section.alpha, place))
    return tuple(found)


def close_quantize(value: Value | None, report: Report) -> tuple[Quantize, ...]:
    """`quantize`: one mapping, or a list of them of which a later one goes over an earlier one."""
    found = []
    for entry in _entries(value):
        config = entry.get("config") if isinstance(entry, Fields) else None
        plain = _without(entry, "config")
        section = read_section(QuantizeSection, plain, "`weights.quantize`", report)
        layers = patterns_of(entry.get("layers")) if isinstance(entry, Fields) else None
        if section is None or layers is None:
            continue
        if section.mode is None and config is None:
            report.add(
                "missing-key",
                "`weights.quantize` needs a `mode`",
                entry.origin.place,
                help="for example `mode: int8`",
                frames=entry.origin.frames,
            )
            continue
        if section.mode in _CALIBRATED:
            mode = entry.get("mode") if isinstance(entry, Fields) else None
            report.add(
                "wrong-value",
                f"`{section.mode}` calibrates layers on data, so it is nothing for a document",
                (mode or entry).origin.place,
                help="quantize the trained model",
            )
            continue
        found.append(Quantize(layers, section.mode, entry.origin, config))
    return tuple(found)


def patterns_of(value: Value | None) -> Patterns | None:
    """A list of texts as patterns; `None` for anything else, which the schema has complained of."""
    if not isinstance(value, Items):
        return None
    return Patterns(tuple(item for item in value.items if isinstance(item, Plain)), value.origin)


def _entries(value: Value | None) -> Iterator[Value]:
    match value:
        case None | Plain(value=None):
            return
        case Items(items=items):
            yield from items
        case _:
            yield value


def _without(value: Value, key: str) -> Value:
    if not isinstance(value, Fields):
        return value
    return Fields(tuple(field for field in value.fields if field.name != key), value.origin)
