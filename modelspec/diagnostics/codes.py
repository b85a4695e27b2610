"""Every code a diagnostic can have, with its severity and one sentence of meaning.

`docs/errors.md` shows each with an example; a test holds the two lists equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means, whatever the document."""

    severity: Severity
    meaning: str


_ERRORS = {
    # source: text -> tree
    "yaml-syntax": "the text is not YAML",
    "not-utf8": "the file is not UTF-8 text",
    "duplicate-key": "a mapping has the same key twice",
    "bad-key": "a mapping's key is not text",
    "ambiguous-scalar": "a word that YAML 1.1 and 1.2 read differently (`True`, `None`)",
    "yaml-tag": "a YAML tag, which this language does not use",
    "multiple-documents": "a file holds more than one document",
    "too-large": "the text, its nesting or its aliases exceed a bound",
    "bad-merge": "a merge key `<<` whose value is not a mapping or a list of mappings",
    "file-not-found": "a file that is named does not exist or cannot be read",
    "outside-root": "a path leaves the project's root",
}

_WARNINGS: dict[str, str] = {}

CODES: Mapping[str, Code] = MappingProxyType(
    {code: Code("error", meaning) for code, meaning in _ERRORS.items()}
    | {code: Code("warning", meaning) for code, meaning in _WARNINGS.items()}
)
