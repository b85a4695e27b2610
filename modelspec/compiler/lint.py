"""What rules find in a document; Keras is needed only where a rule needs shapes, and not for what is kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from modelspec.compiler.stages import check_document, link_checked_document
from modelspec.compiler.values import Checked, Compiled, Options, Progress, Text, silent
from modelspec.diagnostics import Diagnostic, Report, SpecError
from modelspec.frozen import dataclass
from modelspec.language.closed import Load
from modelspec.language.values import Origin
from modelspec.lint.choice import Asked, chosen_rules
from modelspec.lint.finding import Finding
from modelspec.lint.ignores import Ignores
from modelspec.lint.length_rules import Lengths
from modelspec.lint.load_rules import OrderedLoad
from modelspec.lint.rules import RULES, Rule
from modelspec.lint.run import Material, findings, kept, needs_model
from modelspec.lint.view import View
from modelspec.source.files import shown_path

# `layers/dense_1/vars/0`, or below a nested model.
_OF_LAYER = re.compile(r"((?:.*/)?layers/([a-z0-9_]*?)(?:_\d+)?)/(?:.*/)?vars/\d+$")
# Sections that fold.
_OF_GRAPH = frozenset({"defaults", "blocks", "models", "layers"})
# A base may declare for others what it does not use, and a default may be written over what a base says.
_OF_ONE_FILE = frozenset({"default-written", "would-fold"})


@dataclass(frozen=True, slots=True)
class Linted:
    """A document and what was found in it.

    Args:
        view: what the rules looked at.
        findings: of the rules, by place.
        told: what the stages say of it, without what is not chosen or ignored.
    """

    text: Text
    view: View
    findings: tuple[Finding, ...]
    told: tuple[Diagnostic, ...]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All of it."""
        return (*self.told, *(finding.diagnostic for finding in self.findings))


def lint_document(
    text: Text, options: Options, asked: Asked, report: Report, *, progress: Progress = silent
) -> Linted:
    """Look for what a document may mean otherwise than its author thinks.

    Args:
        asked: the rules that the caller selects and ignores.
        report: gets what was found, and the files that the document names.

    Raises:
        SpecError: the document has mistakes that keep it from being compiled; no rule was looked for.
    """
    own = Report()
    try:
        progress("checking", 0, 0)
        checked = check_document(text, options, own)
        rules = _fit(chosen_rules(asked, checked.spec.lint, own), checked)
        linked = None
        if needs_model(rules):
            linked = link_checked_document(checked, options, own, progress=progress)
        own.raise_if_errors()
    finally:
        report.files.extend(own.files)
    linted = _linted(text, checked, linked, rules, own)
    report.take(linted.diagnostics)
    return linted


def check_rules(compiled: Compiled, report: Report) -> None:
    """Report what the rules find that are errors; those that the document ignores are not looked for."""
    checked = compiled.checked
    rules = chosen_rules(Asked(("error",)), checked.spec.lint, report)
    material = Material(View(checked.resolved, checked.catalog, compiled.linked))
    report.take(finding.diagnostic for finding in findings(rules, material, Ignores()))


def _fit(rules: tuple[Rule, ...], checked: Checked) -> tuple[Rule, ...]:
    """The rules that can be answered: of a document over bases not those that are about one text."""
    one_file = len(checked.document.sources) == 1
    return tuple(rule for rule in rules if one_file or rule.id not in _OF_ONE_FILE)


def _linted(
    text: Text, checked: Checked, compiled: Compiled | None, rules: tuple[Rule, ...], report: Report
) -> Linted:
    ignores = Ignores()
    view = View(checked.resolved, checked.catalog, compiled.linked if compiled is not None else None)
    loads = tuple(_ordered_loads(checked, compiled, report)) if compiled is not None else ()
    lengths = None
    if compiled is not None and any(rule.of_lengths is not None for rule in rules):
        lengths = _lengths(text, compiled)
    found = findings(rules, Material(view, checked.document.tree, loads, lengths), ignores)
    of_text = {rule.id for rule in rules if rule.of_text is not None}
    found = tuple(
        finding
        for finding in found
        if finding.rule not in of_text or finding.origin.place.source.name == text.source.name
    )
    chosen = frozenset(rule.id for rule in rules)
    told = kept(_not_better_told(report.diagnostics, found), ignores, hidden=frozenset(RULES) - chosen)
    if "unused-ignore" in chosen:
        # What needs a model cannot be told from what is not there, where none was made.
        asked = {rule.id for rule in rules if compiled is not None or not needs_model([rule])}
        found += tuple(ignores.unused(text.source, asked=asked, known=RULES))
    return Linted(text, view, found, tuple(told))


def _lengths(text: Text, compiled: Compiled) -> Lengths | None:
    """How long a document is and would be; `None` where its model has no document of its own."""
    from modelspec.decompiler.decompile import Wanted, decompile

    layers = compiled.checked.document.tree.entry("layers")
    if layers is None:
        return None
    try:
        folded = decompile(
            compiled.linked.config, compiled.checked.catalog, Wanted(text.source.name), Report()
        )
    except SpecError:
        return None
    return Lengths(_lines(text.source.text), _lines(folded), Origin(layers.key.place))


def _lines(text: str) -> int:
    """How many lines describe the graph: what a section is of stands at the beginning of its line."""
    count, counts = 0, False
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line[0].isspace() and line[0] != "-":
            counts = line.partition(":")[0] in _OF_GRAPH
        count += counts
    return count


def _not_better_told(diagnostics: Iterable[Diagnostic], found: Iterable[Finding]) -> Iterator[Diagnostic]:
    """The diagnostics without Keras' own warnings of a mask where the rule says who would have read it."""
    places = {finding.origin.place for finding in found if finding.rule == "mask-destroyed"}
    for item in diagnostics:
        if not (item.code == "keras-warning" and item.place in places and "mask" in item.message):
            yield item


def _ordered_loads(checked: Checked, compiled: Compiled, report: Report) -> Iterator[OrderedLoad]:
    """The files that are matched in order, of which it is known what layers they hold."""
    ordered = [load for load in checked.spec.weights.loads if load.match == "order" and _is_whole(load)]
    if not ordered:
        return
    from modelspec.archive.checkpoint import open_checkpoint

    wanted = _stems(variable.address for variable in compiled.linked.variables)
    for load in ordered:
        with ExitStack() as stack:
            opened = open_checkpoint(Path(shown_path(load.path)), report, place=load.origin.place)
            if opened is None:
                continue
            checkpoint = stack.enter_context(opened)
            if checkpoint.is_hdf5:
                stored = _stems(tensor.key for tensor in checkpoint.tensors)
                yield OrderedLoad(load.file, load.origin_of(("match",)), stored, wanted)


def _is_whole(load: Load) -> bool:
    return not (load.source or load.into or load.only or load.exclude)


def _stems(addresses: Iterable[str]) -> Mapping[str, int]:
    """How many layers of each class hold some variables, by the stem of their groups."""
    owners = {match[1]: match[2] for match in map(_OF_LAYER.match, addresses) if match}
    return dict(Counter(owners.values()))
