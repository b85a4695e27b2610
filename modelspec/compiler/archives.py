"""The `.keras` archives that a document nests as they are: opened for their configs and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from modelspec.archive.reader import KerasArchive, open_keras
from modelspec.catalog.safety.finding import path_text
from modelspec.catalog.safety.judge import judge
from modelspec.compiler.values import Checked, Options
from modelspec.diagnostics import Report
from modelspec.graph.model import Program, WholeModel
from modelspec.source.files import shown_path


def nested_archives(program: Program) -> dict[str, WholeModel]:
    """The models of a document, and of the documents it nests, that are archives, by model key."""
    found = {
        model.key: model
        for model in program.models
        if isinstance(model, WholeModel) and model.archive is not None
    }
    for _, nested in program.nested:
        found |= nested_archives(nested)
    return found


@contextmanager
def opened_archives(program: Program, report: Report) -> Iterator[Mapping[str, KerasArchive]]:
    """The nested archives, open for the length of the block. Raises `SpecError` where one cannot be read."""
    with ExitStack() as stack:
        opened: dict[str, KerasArchive] = {}
        for key, model in nested_archives(program).items():
            path = Path(shown_path(Path(str(model.archive))))  # as messages shall call it
            archive = open_keras(path, report, model.origin.place)
            if archive is not None:
                opened[key] = stack.enter_context(archive)
        report.raise_if_errors()
        yield opened


def check_archives(
    archives: Mapping[str, KerasArchive], checked: Checked, options: Options, report: Report
) -> None:
    """Refuse nested archives that hold what no document may. Raises `SpecError` with all of it."""
    if not archives:
        return
    registered = frozenset(checked.catalog.registered.names())
    models = nested_archives(checked.program)
    for key, archive in archives.items():
        origin = models[key].origin
        # Of a nested archive only the model counts; what it was compiled with is left behind.
        config = {name: value for name, value in archive.config.items() if name != "compile_config"}
        for found in judge(config, checked.catalog, registered=registered):
            if found.code == "needs-code" or (found.liftable and options.allow_unsafe):
                continue
            report.add(
                found.code,
                f"`{archive.path.name}` must not be nested: {found.message} (at `{path_text(found.path)}`)",
                origin.place,
                help=found.help,
                frames=origin.frames,
            )
    report.raise_if_errors()
