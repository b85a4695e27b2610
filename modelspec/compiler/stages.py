"""From text to a model without values: the stages in the order in which a document passes through them."""

from __future__ import annotations

from dataclasses import replace

from modelspec import __version__
from modelspec.catalog.load import cache_folder, installed_keras_version, load_catalog
from modelspec.catalog.lookup import Catalog
from modelspec.catalog.resolve import resolve_program
from modelspec.catalog.safety.policy import Policy
from modelspec.compiler.archives import check_archives
from modelspec.compiler.custom import caller_of, find_custom
from modelspec.compiler.missing_tensorflow import check_tensorflow
from modelspec.compiler.patterns import select_layers
from modelspec.compiler.requirements import check_requirements
from modelspec.compiler.values import Checked, Compiled, Options, Progress, Text, silent
from modelspec.diagnostics import Report
from modelspec.graph.build import build_program
from modelspec.language.compose import close_document
from modelspec.language.load import Document, Loader, loader_for
from modelspec.language.words import SWEEP_FILE
from modelspec.link.linked import Linked


def load_document(text: Text, options: Options, catalog: Catalog, loader: Loader, report: Report) -> Document:
    """Text to a tree with the caller's values in it. Raises `SpecError` where nothing can be read."""
    document = loader.load(text.source, text.sha256, text.path, report)
    if document is not None and document.tree.entry(SWEEP_FILE) is not None:
        # Late: only a sweep needs it.
        from modelspec.sweep.files import document_of_sweep

        document = document_of_sweep(document, loader, report)
    if document is None:
        report.raise_if_errors()
        raise AssertionError("a document that cannot be read is reported")
    if options.overrides:
        document = _overridden(document, options.overrides, catalog, report)
    return document


def _overridden(document: Document, overrides: tuple[str, ...], catalog: Catalog, report: Report) -> Document:
    from modelspec.language.override import apply_override, read_override

    for written in overrides:
        override = read_override(written, report)
        if override is not None:
            tree = apply_override(
                document.tree, override, catalog.class_of_identifier, report, document.history
            )
            document = replace(document, tree=tree)
    return document


def check_document(text: Text, options: Options, report: Report) -> Checked:
    """Everything that can be found wrong without Keras. Raises `SpecError` with all of it."""
    version = installed_keras_version()
    catalog = load_catalog(version)
    loader = loader_for(text.path, root=options.root, allowed=options.allowed_paths)
    document = load_document(text, options, catalog, loader, report)
    return check_loaded(document, options, catalog, loader, report)


def check_loaded(
    document: Document, options: Options, catalog: Catalog, loader: Loader, report: Report
) -> Checked:
    """The same of a document that has been read, with what its sweep says."""
    version = installed_keras_version()
    spec = close_document(document, loader, catalog, report)
    if document.tree.get("sweep") is not None:
        # Late: only a sweep needs it.
        from modelspec.compiler.sweeping.planning.reading import sweep_of

        sweep_of(document, catalog, report)
    check_requirements(spec.requires, {"keras": version, "modelspec": __version__}, report)
    catalog, custom = find_custom(spec, loader, caller_of(options), catalog, report)
    program = build_program(spec, catalog.stem, report)
    policy = _policy(loader, options, catalog)
    resolved = resolve_program(program, catalog, report, policy=policy) if program is not None else None
    if resolved is not None:
        check_tensorflow(resolved, catalog, report)
    selected = None
    if program is not None:
        archives = check_archives(program, catalog, policy, report)
        selected = select_layers(program, archives, report)
    report.raise_if_errors()
    assert program is not None
    assert resolved is not None
    assert selected is not None
    return Checked(document, spec, program, resolved, selected, version, catalog, custom)


def _policy(loader: Loader, options: Options, catalog: Catalog) -> Policy:
    return Policy(
        root=loader.root,
        allowed_paths=loader.allowed,
        allow_unsafe=options.allow_unsafe,
        max_params=options.max_params,
        registered=frozenset(catalog.registered.names()),
    )


def compile_document(
    text: Text, options: Options, report: Report, *, progress: Progress = silent
) -> Compiled:
    """Text to a model without values that knows where each comes from, from the cache where it can be.

    Raises `SpecError` with everything found wrong, Keras' own findings included.
    """
    progress("checking", 0, 0)
    return compile_checked(check_document(text, options, report), options, report, progress=progress)


def compile_checked(
    checked: Checked, options: Options, report: Report, *, progress: Progress = silent
) -> Compiled:
    """The same of a document that has been checked."""
    compiled = give_weights(link_checked_document(checked, options, report, progress=progress), report)
    report.raise_if_errors()
    return compiled


def link_document(text: Text, options: Options, report: Report, *, progress: Progress = silent) -> Compiled:
    """Text to a model without values, whatever `weights.load` says.

    Raises `SpecError` where there is none; what does not fit it, such as `expect`, is in the report.
    """
    progress("checking", 0, 0)
    return link_checked_document(check_document(text, options, report), options, report, progress=progress)


def link_checked_document(
    checked: Checked, options: Options, report: Report, *, progress: Progress = silent
) -> Compiled:
    """A checked document to a model without values; as `link_document`."""
    # Only here: a document with a mistake needs none of it.
    from modelspec.compiler.cache import read_entry, write_entry
    from modelspec.compiler.expectations import check_expectations
    from modelspec.compiler.keys import cache_key, document_hash, uses_names
    from modelspec.compiler.places import with_lines
    from modelspec.compiler.portability import for_target

    folder = cache_folder() / "compiled"
    key = cache_key(checked)
    seed = checked.spec.weights.seed
    keep = options.use_cache and not uses_names(checked.resolved, checked.custom.by_hand)
    linked = read_entry(folder, key, seed=seed) if keep else None
    if linked is not None and linked.params > options.max_params:
        linked = None  # so that it is refused as it would have been
    from_cache = linked is not None
    if linked is None:
        from modelspec.compiler.build_with_keras import link_checked

        progress("importing keras", 0, 0)
        found = len(report.diagnostics)
        linked = link_checked(checked, options, report)
        # What Keras warns about is not kept, so a model with warnings is compiled, and warned of, each time.
        if keep and len(report.diagnostics) == found:
            write_entry(folder, key, linked, seed=seed)
    linked = with_lines(linked, checked.program)
    config, floor = for_target(linked.config, options.target, checked.resolved, checked.catalog, report)
    _warn_of_adapters(checked, linked, report)
    check_expectations(checked.spec.expect, linked, report)
    return Compiled(
        checked,
        replace(linked, config=config),
        document_hash(checked.spec),
        from_cache=from_cache,
        floor=floor,
        options=options,
    )


def give_weights(compiled: Compiled, report: Report) -> Compiled:
    """The model, each variable that a file fills with its place there; what does not fit is in the report."""
    from modelspec.compiler.initial_values import check_initial_values
    from modelspec.compiler.weights.document import plan_weights, with_sources

    program = compiled.checked.program
    attached = plan_weights(compiled.linked, program, report)
    linked = compiled.linked if attached is None else with_sources(compiled.linked, attached, program)
    check_initial_values(linked, program, report)
    return replace(compiled, linked=linked, plan=attached.plan if attached is not None else None)


def _warn_of_adapters(checked: Checked, linked: Linked, report: Report) -> None:
    """Every Keras that is known of loads both adapters of a layer as zeros, and so neither has a gradient."""
    lora = checked.spec.weights.lora
    if lora and linked.adapters:
        report.add(
            "resting-adapters",
            "Keras loads both adapters of LoRA as zeros, so they train only once one of them has values",
            lora[0].origin.place,
            help="give `lora_kernel_a` of each layer values before training, as `Document.model` does",
            frames=lora[0].origin.frames,
        )
