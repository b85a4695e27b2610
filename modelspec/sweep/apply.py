"""What a point gives to the document, given as `--set` gives it; and whether its paths are there at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from modelspec.diagnostics import Report
from modelspec.language.load import Document
from modelspec.language.merge import History
from modelspec.language.override import Override, apply_override
from modelspec.source.tree import Mapping
from modelspec.sweep.values import Choices, Choose, Parameter, Path, Setting, Space, Zip
from modelspec.sweep.values_of import drawn

ClassOf = Callable[[str], str | None]


def document_of_point(
    document: Document, settings: Iterable[Setting], class_of: ClassOf, report: Report
) -> Document:
    """The document with a point's values in it; a path that leads nowhere in it is reported.

    Args:
        class_of: the class that a string on the way (`adam`) stands for.
    """
    history = History(dict(document.history.replaced))
    tree = document.tree
    for setting in settings:
        tree = apply_override(tree, _override(setting), class_of, report, history)
    return replace(document, tree=tree, history=history)


def check_paths(tree: Mapping, space: Space, class_of: ClassOf, report: Report) -> None:
    """Report each path of a space that the document does not have, where its alternative has set its own."""
    for part in space.parts:
        match part:
            case Parameter():
                value = part.domain.nodes[0] if isinstance(part.domain, Choices) else drawn(part.domain, 0.5)
                _applied(tree, Setting(part.path, value), class_of, report)
            case Zip():
                for path, value in zip(part.paths, part.rows[0], strict=True):
                    _applied(tree, Setting(path, value), class_of, report)
            case Choose():
                for alternative in part.alternatives:
                    inner = tree
                    for path, value in alternative.set:
                        inner = _applied(inner, Setting(path, value), class_of, report)
                    check_paths(inner, alternative.space, class_of, report)


def _applied(tree: Mapping, setting: Setting, class_of: ClassOf, report: Report) -> Mapping:
    return apply_override(tree, _override(setting), class_of, report, History())


def _override(setting: Setting) -> Override:
    return Override(setting.path.steps, setting.value, setting.path.place.source, _start(setting.path))


def _start(path: Path) -> int:
    """Where the path itself begins: behind the quote, where it stands in quotes."""
    text = path.place.source.text
    return path.place.start + (text[path.place.start : path.place.start + 1] in ('"', "'"))
