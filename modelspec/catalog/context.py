"""What resolving any value needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from modelspec.catalog.known import KnownObjects
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.safety.policy import CAUTIOUS, Policy
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.language.values import Field, Origin


@dataclass(frozen=True, slots=True)
class Context:
    """What resolving any value of a document needs.

    Args:
        defaults: by canonical class name, the document's default arguments.
        models: the keys of the document's nested models, which a string may name where a layer is wanted.
        unknown_modules: whether the document names modules under `use` that were not imported, so that a
            name which nothing registers may be theirs; why is said there, once.
        applying: classes whose defaults are being resolved, so that a default cannot stand inside itself.
        policy: what the caller lets the document do.
        known: objects that were resolved before, and are again; `None` where that is not known.
    """

    catalog: Catalog
    report: Report
    defaults: Mapping[str, tuple[Field, ...]]
    models: frozenset[str]
    unknown_modules: bool
    applying: frozenset[str] = frozenset()
    policy: Policy = CAUTIOUS
    known: KnownObjects | None = None

    def complain(self, code: str, message: str, origin: Origin, *, help: str | None = None) -> None:
        """Note a mistake at the place a value was written."""
        self.report.add(code, message, origin.place, help=help, frames=origin.frames)

    def complain_of_key(self, code: str, message: str, field: Field, *, help: str | None = None) -> None:
        """Note a mistake at a key."""
        self.report.add(code, message, field.place, help=help, frames=field.value.origin.frames)

    def inside_defaults_of(self, name: str) -> Context:
        """The context for the values of a class's own defaults."""
        return replace(self, applying=self.applying | {name})


def did_you_mean(near: str | None) -> str | None:
    """The help that names what is near, or none."""
    return f"did you mean `{near}`?" if near else None


def listed(family: str | None) -> str | None:
    """The help that says where all that may stand in a place is listed, or none where anything may."""
    return f"`modelspec classes --family {family}` lists what may stand here" if family is not None else None
