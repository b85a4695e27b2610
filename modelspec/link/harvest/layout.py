"""How the harvested data is laid out as text: one entry a line, so that two releases can be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping


def dump(data: Mapping[str, object]) -> str:
    """The data as JSON: sections in order, each entry of a section on a line of its own."""
    sections = []
    for name, section in data.items():
        match section:
            case dict():
                entries = ",\n".join(f"{_compact(key)}:{_compact(value)}" for key, value in section.items())
                sections.append(f"{_compact(name)}:{{\n{entries}\n}}")
            case _:
                sections.append(f"{_compact(name)}:{_compact(section)}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
