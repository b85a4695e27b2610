"""What a sweep is: two with the same identity try the same points and train them alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType

from modelspec.compiler.sweeping.planning.recalled import said
from modelspec.compiler.sweeping.planning.variants import Swept
from modelspec.source.tree import Mapping as Tree

# Of the section, what decides which points there are and how they are judged. What a run of it may cost,
# where it runs and what is kept of it can be changed at any time.
_KEYS = ("method", "space", "keep", "start", "seed", "objective", "repeats")
NAMES: Mapping[str, str] = MappingProxyType(
    {"base": "the document", "train": "`train`", **{key: f"`{key}`" for key in _KEYS}}
)
"""What each part of an identity is called."""


def identity_of(swept: Swept, *, train: bool) -> dict[str, str]:
    """A hash of each part.

    Args:
        train: whether the sweep trains, or only builds.
    """
    tree = swept.document.tree
    base = Tree(tuple(entry for entry in tree.entries if entry.key.text != "train"), tree.place)
    training = tree.get("train") if train else None
    parts: dict[str, object] = {
        "base": said(base),
        "train": said(training) if training is not None else None,
    }
    for key in _KEYS:
        node = swept.section.get(key)
        parts[key] = said(node) if node is not None else None
    return {name: _hash(part) for name, part in parts.items()}


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> tuple[str, ...]:
    """The parts in which two sweeps differ, as they are called."""
    return tuple(text for name, text in NAMES.items() if one.get(name) != other.get(name))


def _hash(part: object) -> str:
    text = json.dumps(part, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
