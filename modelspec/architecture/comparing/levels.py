"""Which edits count, by how much names count."""

from __future__ import annotations

from typing import Literal

from modelspec.architecture.comparing.edits import Edit

Level = Literal["exact", "auto-names", "structure"]

LEVELS: tuple[Level, ...] = ("exact", "auto-names", "structure")

# Where the name of a layer inside another stands among that one's arguments.
_OBJECTS = ("arguments", "config")


def at_level(edits: tuple[Edit, ...], level: Level) -> tuple[Edit, ...]:
    """The edits that count.

    Args:
        level: `exact` counts every name; `auto-names` those that somebody wrote, so not what became of a name
            that Keras gives to another; `structure` none.
    """
    match level:
        case "exact":
            return edits
        case "auto-names":
            return tuple(edit for edit in edits if not _is_recount(edit))
        case "structure":
            return tuple(edit for edit in edits if edit.op != "rename" and not _names_inner(edit))


def _is_recount(edit: Edit) -> bool:
    return all(edit.automatic) if edit.op == "rename" else edit.follows == "names"


def _names_inner(edit: Edit) -> bool:
    """Whether an edit is one of the name of a layer among the arguments of another."""
    match edit.key:
        case ("arguments" | "calls", *_, str(above), "name") if edit.op == "argument":
            return above in _OBJECTS and len(edit.key) > 2
        case _:
            return False
