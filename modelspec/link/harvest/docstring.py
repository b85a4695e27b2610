"""What a Google-style docstring says about arguments."""

from __future__ import annotations

import inspect
import re
from typing import Any

_SECTION = re.compile(r"^(?:Args|Arguments|Call arguments):\s*$", re.MULTILINE)
CALL_SECTION = re.compile(r"^Call arguments:\s*$", re.MULTILINE)
_ENTRY = re.compile(r"^ {4}(\*{0,2}\w+(?:\s*,\s*\w+)*)\s*(?:\([^)]*\))?:\s?(.*)$")


def argument_texts(symbol: Any, heading: re.Pattern[str] = _SECTION) -> dict[str, str]:
    """The text of each argument in the first section so headed, white space folded; empty without one."""
    doc = inspect.getdoc(symbol) or ""
    section = heading.search(doc)
    if section is None:
        return {}
    texts: dict[str, str] = {}
    names: list[str] = []
    for line in doc[section.end() :].splitlines():
        if line and not line.startswith(" "):
            break
        entry = _ENTRY.match(line)
        if entry:
            names = [name.strip().lstrip("*") for name in entry[1].split(",")]
            texts.update(dict.fromkeys(names, entry[2]))
        else:
            texts.update({name: f"{texts[name]} {line.strip()}" for name in names})
    return {name: re.sub(r"\s+", " ", text).strip() for name, text in texts.items()}


def class_texts(cls: type, heading: re.Pattern[str] = _SECTION) -> dict[str, str]:
    """The text of each argument that a class or one of its bases describes, the nearest one's."""
    texts: dict[str, str] = {}
    for base in reversed(cls.__mro__[:-1]):
        # Own docstrings only: an inherited one has been read where it stands.
        for symbol in (base, vars(base).get("__init__")):
            if getattr(symbol, "__doc__", None):
                texts |= argument_texts(symbol, heading)
    return texts
