"""The `.keras` archives that a document nests as they are: opened for their configs and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from modelspec.archive.reader import KerasArchive, open_keras
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
