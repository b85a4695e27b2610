"""One point of a sweep to a variant: its values put in, checked, compiled without values, judged."""

from __future__ import annotations

from dataclasses import replace

from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.catalog.lookup import Catalog
from modelspec.compiler.layerwise.kept import KnownLayers, known_layers
from modelspec.compiler.stages import check_loaded, load_document
from modelspec.compiler.sweeping.planning.facts import Facts, facts_of
from modelspec.compiler.sweeping.planning.reading import sweep_of
from modelspec.compiler.sweeping.planning.recalled import recall, remember
from modelspec.compiler.sweeping.planning.values import Variant
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Diagnostic, Report, SpecError
from modelspec.frozen import dataclass
from modelspec.language.compose import document_scope
from modelspec.language.load import Document, Loader, loader_for
from modelspec.language.values import Items, Plain, Value
from modelspec.source.tree import Mapping
from modelspec.sweep.apply import document_of_point
from modelspec.sweep.conditions import NUMBER, holds, name_of, needs_plan, reads_of
from modelspec.sweep.numbering import Numbering
from modelspec.sweep.values import Condition, Point, Sweep


@dataclass(frozen=True, slots=True)
class Swept:
    """A document and its sweep, read once for all of its variants.

    Args:
        document: without the sweep.
        section: the sweep as it is written.
        known: what is known of layers, to which each variant adds.
        earlier: the sweep as it was before it was extended, and up to which number its points go.
        numbering: which point has which number.
    """

    document: Document
    section: Mapping
    sweep: Sweep
    loader: Loader
    catalog: Catalog
    options: Options
    known: KnownLayers
    earlier: tuple[tuple[Sweep, int], ...]
    numbering: Numbering


def read_swept(
    text: Text, options: Options, report: Report, *, earlier: tuple[tuple[Text, int], ...] = ()
) -> Swept:
    """A sweep, from its own file or a document's section.

    Args:
        earlier: its document as it was before it was extended, and up to which number its points go.

    Raises:
        SpecError: with what is wrong with it.
    """
    catalog = load_catalog(installed_keras_version())
    loader = loader_for(text.path, root=options.root, allowed=options.allowed_paths)
    document = load_document(text, options, catalog, loader, report)
    sweep = sweep_of(document, catalog, report)
    if sweep is None:
        report.add(
            "missing-key",
            "the document has no `sweep`",
            document.tree.place,
            help="write `sweep: {method: grid, space: {vars.width: [8, 16]}}`, or a file with `base:`",
        )
    report.raise_if_errors()
    assert sweep is not None
    section = document.tree.get("sweep")
    assert isinstance(section, Mapping)
    known = known_layers(use_cache=options.use_cache)
    before = tuple((read_swept(old, options, report).sweep, count) for old, count in earlier)
    return Swept(
        document=_without_sweep(document),
        section=section,
        sweep=sweep,
        loader=loader,
        catalog=catalog,
        options=options,
        known=known,
        earlier=before,
        numbering=Numbering(sweep, before),
    )


def _without_sweep(document: Document) -> Document:
    entries = tuple(entry for entry in document.tree.entries if entry.key.text != "sweep")
    return replace(document, tree=Mapping(entries, document.tree.place))


def variant_of(swept: Swept, point: Point) -> Variant:
    """A point seen through; what is wrong with it is its reason, and nobody else's."""
    report = Report()
    values: dict[str, object] = {}
    facts = None
    try:
        values = _known(swept, point, report)
        first = tuple(condition for condition in swept.sweep.keep if not needs_plan(condition))
        rest = tuple(condition for condition in swept.sweep.keep if needs_plan(condition))
        if _kept(first, values, report):
            facts = _compiled(swept, point, report)
            values |= _plan_values(facts)
            _kept(rest, values, report)
    except SpecError as error:
        reasons = tuple(item for item in error.diagnostics if item.severity == "error")
    else:
        reasons = tuple(item for item in report.diagnostics if item.severity == "error")
    return Variant(point, _name(swept, point, values), facts, reasons)


def is_recalled(swept: Swept, point: Point) -> bool:
    """Whether a point was planned before, so that it costs next to nothing."""
    document = document_of_point(swept.document, point.settings, swept.catalog.class_of_identifier, Report())
    return recall(document, swept.options) is not None


def _compiled(swept: Swept, point: Point, report: Report) -> Facts:
    document = document_of_point(swept.document, point.settings, swept.catalog.class_of_identifier, report)
    report.raise_if_errors()
    known = recall(document, swept.options)
    if known is not None:
        return known
    # A loader counts what it reads for one document, and each variant is one.
    loader = Loader(swept.loader.root, swept.loader.allowed)
    checked = check_loaded(document, swept.options, swept.catalog, loader, report)
    facts = facts_of(checked, swept.options, report, swept.known)
    remember(document, checked, swept.options, facts, report)
    return facts


def _known(swept: Swept, point: Point, report: Report) -> dict[str, object]:
    """What `keep` and `name` can read before anything is compiled."""
    document = document_of_point(swept.document, point.settings, swept.catalog.class_of_identifier, report)
    report.raise_if_errors()
    values: dict[str, object] = dict.fromkeys(swept.sweep.space.keys())
    for name, binding in document_scope(document.tree, Report()).bindings.items():
        values[f"vars.{name}"] = _readable(binding.value)
    values |= {key: value for key, value in point.values if not key.startswith("vars.")}
    values[NUMBER] = point.number
    return values


def _readable(value: Value) -> object:
    """A variable as expressions take it; objects and mappings stay opaque."""
    match value:
        case Plain():
            return value.value
        case Items():
            return [_readable(item) for item in value.items]
        case _:
            return value


def _plan_values(facts: Facts) -> dict[str, object]:
    return {
        "plan.params": facts.params,
        "plan.trainable_params": facts.trainable_params,
        "plan.layers": facts.layers,
        "plan.memory": facts.memory,
        "plan.output": facts.output_shape,
        **{f"plan.output.{name}": shape for name, shape in facts.outputs},
    }


def _kept(conditions: tuple[Condition, ...], values: dict[str, object], report: Report) -> bool:
    """Whether all conditions hold; those that do not are reported, each with what it read."""
    kept = True
    for condition in conditions:
        held = holds(condition, values, report)
        if held is False:
            read = ", ".join(
                f"{name} is {_shown(values[name])}" for name in sorted(reads_of(condition)) if name in values
            )
            report.add(
                "not-kept",
                f"`{condition.text}` does not hold" + (f": {read}" if read else ""),
                condition.place,
            )
        kept = kept and held is True
    return kept


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _name(swept: Swept, point: Point, values: dict[str, object]) -> str:
    """The name that the sweep gives; where it gives none, or what it reads is not known, one by number."""
    if swept.sweep.name is not None and all(name in values for name in reads_of(swept.sweep.name)):
        found = name_of(swept.sweep.name, values, Report())
        if found is not None:
            return found
    return f"{swept.document.stem}_{point.number}"


def reason_text(reason: Diagnostic) -> str:
    """A reason in a line, with its place."""
    place = f"{reason.place}: " if reason.place is not None else ""
    return f"{place}{reason.severity}[{reason.code}]: {reason.message}"
