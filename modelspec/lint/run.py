"""The chosen rules over a document: each thing found told once, without what its author ignores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from modelspec.diagnostics import Diagnostic, Place
from modelspec.frozen import dataclass
from modelspec.lint.finding import Finding
from modelspec.lint.ignores import Ignores
from modelspec.lint.load_rules import OrderedLoad
from modelspec.lint.rules import Rule
from modelspec.lint.view import View
from modelspec.source.tree import Mapping


@dataclass(frozen=True, slots=True)
class Material:
    """What rules look at.

    Args:
        view: the graph, with shapes where the model was linked.
        tree: of the document, its bases merged into it; `None` where its text is not looked at.
        loads: the files that are matched in order.
    """

    view: View
    tree: Mapping | None = None
    loads: tuple[OrderedLoad, ...] = ()


def findings(rules: Iterable[Rule], material: Material, ignores: Ignores) -> tuple[Finding, ...]:
    """What the rules find and no comment ignores, by place; what is found at one place several times, through
    a block's uses or copies of an item, counts once and says how often.
    """
    found = [
        finding
        for rule in rules
        for finding in _of(rule, material)
        if not ignores.ignored(finding.diagnostic)
    ]
    return tuple(_once(found))


def needs_model(rules: Iterable[Rule]) -> bool:
    """Whether any of the rules needs shapes, dtypes or counts."""
    return any(rule.of_model is not None or rule.of_loads is not None for rule in rules)


def _of(rule: Rule, material: Material) -> Iterator[Finding]:
    if rule.of_graph is not None:
        yield from rule.of_graph(material.view)
    if rule.of_model is not None and material.view.linked is not None:
        yield from rule.of_model(material.view)
    if rule.of_text is not None and material.tree is not None:
        yield from rule.of_text(material.tree)
    if rule.of_loads is not None:
        yield from rule.of_loads(material.loads)


def _once(found: Sequence[Finding]) -> Iterator[Finding]:
    first: dict[tuple[str, str, Place], Finding] = {}
    count: dict[tuple[str, str, Place], int] = {}
    for finding in found:
        key = (finding.rule, finding.message, finding.origin.place)
        first.setdefault(key, finding)
        count[key] = count.get(key, 0) + 1
    for key, finding in first.items():
        if count[key] > 1:
            yield replace(finding, notes=(*finding.notes, f"{count[key]} times, through blocks and repeats"))
        else:
            yield finding


def kept(diagnostics: Iterable[Diagnostic], ignores: Ignores, *, hidden: frozenset[str]) -> list[Diagnostic]:
    """The diagnostics of a check that are errors, or warnings that nobody ignores.

    Args:
        diagnostics: of the stages.
        ignores: the comments.
        hidden: the rules that are not chosen.
    """
    return [
        item
        for item in diagnostics
        if item.severity == "error" or not (item.code in hidden or ignores.ignored(item))
    ]
