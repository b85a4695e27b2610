"""The model of a `.keras` archive without its values: what variables it has and what they are called.

The config is linked as that of a nested archive is; what came out is kept, so that Keras is imported once for
each config.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from modelspec import __version__
from modelspec.archive.reader import KerasArchive
from modelspec.catalog.load import cache_folder, installed_keras_version, load_catalog
from modelspec.catalog.resolved import Resolved
from modelspec.catalog.safety.finding import path_text, shown
from modelspec.catalog.safety.judge import judge
from modelspec.compiler.cache import read_entry, write_entry
from modelspec.compiler.code_stamp import code_stamp
from modelspec.compiler.custom import Custom, caller_of, custom_of_caller
from modelspec.compiler.fingerprint import fingerprint
from modelspec.compiler.values import Options, Progress, silent
from modelspec.diagnostics import Place, Report, Source
from modelspec.graph.model import Program, WholeModel
from modelspec.language.closed import ClosedModel, ClosedSpec, Name
from modelspec.language.values import Origin
from modelspec.link.linked import ArchivedModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelspec.catalog.lookup import Catalog
    from modelspec.link.linked import Linked

ARCHIVE = "archive"
"""The first of each variable's `source`, wherever the archive lies; the second is the address."""


def link_archive(
    archive: KerasArchive,
    options: Options,
    report: Report,
    *,
    with_optimizer: bool = False,
    progress: Progress = silent,
) -> Linked:
    """The model of an archive as data, from the cache where its config was linked before.

    Nothing of its values is read. Classes that are not Keras' own come from the modules that `options.allow`
    names, and from what the process has registered.

    Args:
        archive: of which only the config counts.
        options: what the caller decides; of a document's there is nothing.
        report: gets what Keras objects to, and its warnings.
        with_optimizer: whether the variables of its optimizer are among the variables.
        progress: told before Keras is imported.

    Raises:
        SpecError: the config holds what must not be loaded, or Keras cannot make the model.
    """
    return link_config(
        archive.config,
        str(archive.path),
        options,
        report,
        with_optimizer=with_optimizer,
        progress=progress,
    )


def link_config(
    data: Mapping[str, object],
    name: str,
    options: Options,
    report: Report,
    *,
    with_optimizer: bool = False,
    progress: Progress = silent,
) -> Linked:
    """The model of a serialization dict as data; the rest is as in `link_archive`.

    Args:
        name: what messages call it.
    """
    version = installed_keras_version()
    place = Place(Source(name, "", inline=True), 0, 0)
    config = dict(data)
    if not with_optimizer:
        config.pop("compile_config", None)
    catalog, custom = custom_of_caller(caller_of(options), load_catalog(version), report)
    _check(config, catalog, report, place, allow_unsafe=options.allow_unsafe)
    report.raise_if_errors()
    folder = cache_folder() / "compiled"
    key = fingerprint(
        ARCHIVE,
        fingerprint(config, ordered=True),
        version,
        __version__,
        code_stamp(),
        custom.stamp,
        options.allow_unsafe,
    )
    # What was registered by hand may be another class the next time.
    keep = options.use_cache and not custom.by_hand
    linked = read_entry(folder, key, seed=0) if keep else None
    if linked is not None and linked.params <= options.max_params:
        return linked
    progress("importing keras", 0, 0)
    found = len(report.diagnostics)
    linked = _linked(config, Origin(place), custom, options, report)
    if keep and len(report.diagnostics) == found:
        write_entry(folder, key, linked, seed=0)
    return linked


def _check(
    config: Mapping[str, object], catalog: Catalog, report: Report, place: Place, *, allow_unsafe: bool
) -> None:
    """Report what must not be loaded, and what nobody here can load, before Keras is imported."""
    missing: dict[str, None] = {}
    for found in judge(config, catalog, registered=catalog.registered.names()):
        if found.code == "needs-code":
            missing[shown(found.name)] = None
        elif not (found.liftable and allow_unsafe):
            where = path_text(found.path)
            report.add(found.code, f"{found.message} (at `{where}`)", place, help=found.help)
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        report.add(
            "unknown-registered-name",
            f"the model needs {names}, which nothing registers",
            place,
            help="`--allow MODULE` names the module or Python file that does",
        )


def _linked(
    config: dict[str, object], origin: Origin, custom: Custom, options: Options, report: Report
) -> Linked:
    from modelspec.link.backend import choose_backend, import_keras
    from modelspec.link.program import link_program

    backend = choose_backend(report, asked=options.backend)
    report.raise_if_errors()
    assert backend is not None
    import_keras(backend, cpu_only=options.cpu_only)
    registry = None
    if custom.modules or custom.objects:
        from modelspec.link.registered.collect import collect

        registry = collect(custom.modules, custom.objects, report).registry
        report.raise_if_errors()
    linked = link_program(
        _resolved(origin),
        report,
        max_params=options.max_params,
        archives={ARCHIVE: ArchivedModel(config, with_optimizer=True)},
        backend=backend,
        cpu_only=options.cpu_only,
        registry=registry,
        allow_unsafe=options.allow_unsafe,
    )
    report.raise_if_errors()
    assert linked is not None
    return replace(linked, assets=())


def _resolved(origin: Origin) -> Resolved:
    """The program that is nothing but the archive."""
    model = WholeModel("", None, origin, archive=ARCHIVE)
    closed = ClosedModel("", Name("model", origin), "Functional", origin, archive=ARCHIVE)
    program = Program(ClosedSpec(closed, (), origin), model, ())
    return Resolved(
        program=program,
        layers={},
        wholes={},
        classes={},
        calls={},
        dtypes={},
        model_dtypes={},
        compile=None,
        compile_arguments={},
        nested={},
    )
