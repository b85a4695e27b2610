"""The step that imports Keras: the backend chosen, the resolved graph linked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelspec.diagnostics import Report
from modelspec.link.linked import Linked

if TYPE_CHECKING:
    from modelspec.compiler.values import Checked, Options


def link_checked(checked: Checked, options: Options, report: Report) -> Linked:
    """The model without values. Raises `SpecError` with what Keras found wrong."""
    from modelspec.compiler.archives import opened_archives
    from modelspec.compiler.patterns import select
    from modelspec.link.backend import choose_backend, import_keras
    from modelspec.link.linked import ArchivedModel
    from modelspec.link.program import link_program

    backend = choose_backend(report, asked=options.backend)
    report.raise_if_errors()
    assert backend is not None
    import_keras(backend, cpu_only=options.cpu_only)
    registry = None
    if checked.custom.modules or checked.custom.objects:
        from modelspec.link.registered.collect import collect

        registry = collect(checked.custom.modules, checked.custom.objects, report).registry
        report.raise_if_errors()
    with opened_archives(checked.program) as archives:
        linked = link_program(
            checked.resolved,
            report,
            max_params=options.max_params,
            frozen=checked.selected.frozen,
            inference=checked.selected.inference,
            archives={path: ArchivedModel(archive.config) for path, archive in archives.items()},
            backend=backend,
            cpu_only=options.cpu_only,
            registry=registry,
            allow_unsafe=options.allow_unsafe,
            select=select,
        )
    report.raise_if_errors()
    assert linked is not None
    return linked
