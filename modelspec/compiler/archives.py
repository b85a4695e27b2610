"""The `.keras` archives that a document nests as they are: opened for their configs and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modelspec.catalog.lookup import Catalog
from modelspec.catalog.safety.documents import TRUSTED
from modelspec.catalog.safety.finding import path_text
from modelspec.catalog.safety.judge import judge
from modelspec.catalog.safety.policy import Policy
from modelspec.diagnostics import Report
from modelspec.graph.model import Program, WholeModel
from modelspec.language.values import Origin
from modelspec.source.files import shown_path

if TYPE_CHECKING:
    from modelspec.archive.reader import KerasArchive


def nested_archives(program: Program) -> dict[str, WholeModel]:
    """The models of a document, and of the documents it nests, that are archives, by the archive's path.

    Not by their keys, which two documents may give to different ones.
    """
    found = {
        model.archive: model
        for model in program.models
        if isinstance(model, WholeModel) and model.archive is not None
    }
    for _, nested in program.nested:
        found |= nested_archives(nested)
    return found


@contextmanager
def opened_archives(program: Program) -> Iterator[Mapping[str, KerasArchive]]:
    """The nested archives by their paths, open for the length of the block.

    What is to be warned of, `check_archives` has told.

    Raises `SpecError` where one cannot be read.
    """
    report = Report()
    with ExitStack() as stack:
        opened: dict[str, KerasArchive] = {}
        for path, model in nested_archives(program).items():
            archive = _open(model, report)
            if archive is not None:
                opened[path] = stack.enter_context(archive)
        report.raise_if_errors()
        yield opened


def check_archives(
    program: Program, catalog: Catalog, policy: Policy, report: Report
) -> dict[str, Mapping[str, object]]:
    """The configs of nested archives by path; what they hold that no document may, and those that cannot be
    read, are in the report.
    """
    configs: dict[str, Mapping[str, object]] = {}
    for path, model in nested_archives(program).items():
        archive = _open(model, report)
        if archive is not None:
            with archive:
                _check_archive(archive, model.origin, catalog, policy, report)
                configs[path] = archive.config
    return configs


def _open(model: WholeModel, report: Report) -> KerasArchive | None:
    from modelspec.archive.reader import open_keras  # which most documents do without

    path = Path(shown_path(Path(str(model.archive))))  # as messages shall call it
    return open_keras(path, report, place=model.origin.place)


def _check_archive(
    archive: KerasArchive, origin: Origin, catalog: Catalog, policy: Policy, report: Report
) -> None:
    # Of a nested archive only the model counts; what it was compiled with is left behind.
    config = {name: value for name, value in archive.config.items() if name != "compile_config"}
    for found in judge(config, catalog, registered=policy.registered or ()):
        if found.code == "needs-code":
            continue  # which Keras finds, or not
        allowed = found.liftable and policy.allow_unsafe
        verb = "is nested" if allowed else "must not be nested"
        report.add(
            "unsafe-allowed" if allowed else found.code,
            f"`{archive.path.name}` {verb}: {found.message} (at `{path_text(found.path)}`)",
            origin.place,
            help=TRUSTED if allowed else found.help,
            frames=origin.frames,
        )
