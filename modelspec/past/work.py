"""What goes along while a config is translated: the catalog it is held against, and what is found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from modelspec.catalog.lookup import Catalog
from modelspec.past.refusal import Unreadable
from modelspec.past.values import PLACEHOLDER, Placeholder

Json = Any

Kind = Literal["layer", "function", "object"]

_DEEPEST = 60
_UNFIT = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(slots=True)
class Work:
    """The state of one translation.

    Args:
        catalog: of the Keras that the config is translated for.
        written_by: the Keras that wrote it, as it says.
        layer: the one that is translated at the moment.
        path: the layers that are the models around it, the outermost left out.
        depth: how deep models and layers are inside each other there.
        notes: sentences, in the order in which they were found.
        placeholders: by name.
        names: what layers were called that are called otherwise now, by their new paths.
    """

    catalog: Catalog
    written_by: str | None = None
    layer: str = ""
    path: tuple[str, ...] = ()
    depth: int = 0
    notes: dict[str, None] = field(default_factory=dict)
    placeholders: dict[str, Placeholder] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def note(self, sentence: str) -> None:
        """Keep a sentence, once."""
        self.notes[sentence] = None

    def rename(self, changed: Mapping[str, str]) -> None:
        """Keep what layers of the model at hand were called, by what they are called now."""
        for old, new in changed.items():
            self.names["/".join((*self.path, new))] = old
        if changed:
            old, new = next(iter(changed.items()))
            self.note(f"names that no document can write are others now: `{new}` was `{old}`")

    def deeper(self) -> None:
        """Enter a model or object inside another; raises `Unreadable` where there is no end of it."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Unreadable(f"models and layers are nested more than {_DEEPEST} deep")

    def placeholder(self, name: str, kind: Kind, *, why: str, config: Json) -> str:
        """The registered name of a placeholder; equal ones are one, others of that name are counted."""
        stem = _UNFIT.sub("_", name).strip("_") or "unnamed"
        kept = config if isinstance(config, dict) else {"config": config}
        number = 1
        while True:
            full = f"{PLACEHOLDER}>{stem}" if number == 1 else f"{PLACEHOLDER}>{stem}_{number}"
            known = self.placeholders.get(full)
            if known is None:
                self.placeholders[full] = Placeholder(full, kind, self.layer, why, (), (), kept)
                return full
            if known.kind == kind and known.why == why:
                return full
            number += 1

    def wired(self, name: str, *, reads: tuple[str, ...], read_by: tuple[str, ...]) -> None:
        """Say what the layer of a placeholder reads and who reads it, if nobody has."""
        known = self.placeholders[name]
        if not known.reads and not known.read_by:
            self.placeholders[name] = replace(known, reads=reads, read_by=read_by)
