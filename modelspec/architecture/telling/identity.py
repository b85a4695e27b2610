"""Tensors that have the same names before and after and are others: told by what became of their nodes."""

from __future__ import annotations

from modelspec.architecture.comparing.comparison import Comparison
from modelspec.architecture.comparing.edits import Edit
from modelspec.architecture.comparing.shape_changes import paired_paths
from modelspec.architecture.comparing.sides import NodePath
from modelspec.architecture.telling.words import structure_text


class Identities:
    """Which node of one side is which of the other."""

    def __init__(self, comparison: Comparison) -> None:
        self._now = dict(paired_paths(comparison.matching))
        self._then = {after: before for before, after in self._now.items()}

    def texts(self, edit: Edit, *, inside: bool) -> tuple[str, str]:
        """What an edit has read, before and after.

        Where both read alike, the nodes of those names are others: `dense_1 (now dense_2)`, `dense_1 (new)`.

        Args:
            inside: whether the nodes are those of the model that the edit is of, and not beside its node.
        """
        plain = structure_text(edit.before), structure_text(edit.after)
        if plain[0] != plain[1]:
            return plain
        before, after = (
            (path or ()) if inside else (path or ())[:-1] for path in (edit.path, edit.after_path)
        )

        def then(name: str) -> str:
            return _said(name, self._now.get((*before, name)), "gone", "now")

        def now(name: str) -> str:
            return _said(name, self._then.get((*after, name)), "new", "was")

        return structure_text(edit.before, called=then), structure_text(edit.after, called=now)


def _said(name: str, other: NodePath | None, alone: str, word: str) -> str:
    if other is None:
        return f"{name} ({alone})"
    return name if other[-1] == name else f"{name} ({word} {other[-1]})"
