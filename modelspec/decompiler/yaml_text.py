"""Document data as YAML: an item for each layer, its arguments on one line where they fit.

Only what this language reads as something else is quoted; see `source.scalars`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from modelspec.formatting.plain import may_be_plain
from modelspec.formatting.width import WIDTH
from modelspec.language.words import LOCAL_KEY

_BLOCK_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\[[-0-9:, .nul]+\]")


def print_document(sections: Mapping[str, object]) -> str:
    """A document's text.

    Args:
        sections: by key in order; a list under `layers` is one of items.
    """
    lines: list[str] = []
    for key, value in sections.items():
        if isinstance(value, dict | list) and value and lines:
            lines.append("")
        lines += _entry(key, value, 0, in_item=key in _BLOCKS)
    return "\n".join(lines) + "\n"


_BLOCKS = frozenset({"layers", "models", "blocks", "inputs"})


def _entry(key: str, value: object, indent: int, *, in_item: bool = False) -> list[str]:
    """A key and its value, at an indent."""
    head = f"{' ' * indent}{scalar(key)}:"
    if isinstance(value, dict | list) and value:
        if key == "layers" and isinstance(value, list) and in_item:
            return [head, *(line for item in value for line in _item(item, indent + 2))]
        if key in _BLOCKS and in_item and isinstance(value, dict):
            inside = [
                line
                for name, inner in value.items()
                for line in (
                    _entry(name, inner, indent + 2) if key == "inputs" else _model(name, inner, indent + 2)
                )
            ]
            return [head, *inside]
        line = f"{head} {flow(value)}"
        if len(line) <= WIDTH:
            return [line]
        return [head, *_block(value, indent + 2)]
    if isinstance(value, dict | list):
        return [f"{head} {flow(value)}"]
    return [f"{head} {block_scalar(value)}"]


def _model(name: str, model: object, indent: int) -> list[str]:
    assert isinstance(model, dict)
    lines = [f"{' ' * indent}{scalar(name)}:"]
    for key, value in model.items():
        lines += _entry(key, value, indent + 2, in_item=key in _BLOCKS)
    return lines


def _item(item: object, indent: int) -> list[str]:
    """An item: its class key on the line of the dash, its words below."""
    pad = " " * indent
    if isinstance(item, str):
        return [f"{pad}- {scalar(item)}"]
    assert isinstance(item, dict)
    lines: list[str] = []
    for number, (key, value) in enumerate(item.items()):
        if value is None and number == 0:
            found = [f"{' ' * (indent + 2)}{scalar(key)}:"]
        elif isinstance(value, dict | list) and value:
            line = f"{' ' * (indent + 2)}{scalar(key)}: {flow(value)}"
            deeper = indent + 4
            if len(line) <= WIDTH:
                found = [line]
            elif isinstance(value, dict) and number == 0 and LOCAL_KEY.fullmatch(key):
                found = _filled_use(key, value, indent + 2)
            else:
                found = [f"{' ' * (indent + 2)}{scalar(key)}:", *_block(value, deeper)]
        else:
            found = _entry(key, value, indent + 2)
        lines += found
    lines[0] = f"{pad}- {lines[0][indent + 2 :]}"
    return lines


def _block(value: dict[str, object] | list[object], indent: int) -> list[str]:
    """A collection with an entry a line."""
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in _entry(key, item, indent)]
    if all(not isinstance(item, dict | list) for item in value):
        return _filled(value, indent)
    lines: list[str] = []
    for item in value:
        line = f"{' ' * indent}- {flow(item) if isinstance(item, dict | list) else block_scalar(item)}"
        if len(line) > WIDTH and isinstance(item, dict | list) and item:
            inner = _block(item, indent + 2)
            inner[0] = f"{' ' * indent}- {inner[0][indent + 2 :]}"
            lines += inner
        else:
            lines.append(line)
    return lines


def _filled(items: list[object], indent: int) -> list[str]:
    """A long list of scalars, as many on a line as fit."""
    pad = " " * indent
    lines, line = [], f"{pad}["
    for number, item in enumerate(items):
        text = scalar(item) + ("]" if number == len(items) - 1 else ",")
        if len(line) + len(text) + 1 > WIDTH and line.strip() != "[":
            lines.append(line.rstrip())
            line = f"{pad} "
        line += text + " "
    return [*lines, line.rstrip()]


def _filled_use(key: str, value: dict[str, object], indent: int) -> list[str]:
    """A use of a block with many arguments, as many on a line as fit."""
    head = f"{' ' * indent}{key}: {{"
    lines, line = [], head
    for number, (name, item) in enumerate(value.items()):
        text = f"{scalar(name)}: {flow(item)}" + ("}" if number == len(value) - 1 else ",")
        if len(line) + len(text) + 1 > WIDTH and line.strip() != head.strip():
            lines.append(line.rstrip())
            line = " " * len(head)
        line += text + " "
    return [*lines, line.rstrip()]


def flow(value: object) -> str:
    """A value on one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(flow(item) for item in value) + "]"
        case _:
            return scalar(value)


def block_scalar(value: object) -> str:
    """A scalar that stands alone on the rest of its line, where a slice needs no quotes."""
    if isinstance(value, str) and (_BLOCK_PLAIN.fullmatch(value) or value == "/"):
        return value
    return scalar(value)


def scalar(value: object) -> str:
    """A scalar as it is written anywhere."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return number(value)
        case str():
            return value if may_be_plain(value) else _quoted(value)
        case _:
            raise TypeError(f"no scalar: {type(value).__name__}")


def _quoted(text: str) -> str:
    """A text between double quotes, with everything escaped that cannot be seen."""
    return '"' + "".join(_ESCAPES.get(letter) or _shown(letter) for letter in text) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def _shown(letter: str) -> str:
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def number(value: float) -> str:
    """A float so that reading it gives the very same."""
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)
