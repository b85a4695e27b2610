"""An archive opened, and looked at check by check."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from modelspec.archive.checkpoint import open_checkpoint
from modelspec.archive.reader import KerasArchive, open_keras
from modelspec.archive.sizes import readable_size
from modelspec.compiler.identity import Row, identity_of, recorded_identity
from modelspec.compiler.verifying import checks
from modelspec.compiler.verifying.subject import Against, Subject
from modelspec.compiler.verifying.verdict import Verdict, Verification, failed, passed, skipped
from modelspec.diagnostics import Report, SpecError
from modelspec.weights.foreign_hdf5 import flaws_of

_Check = Callable[[Subject, Against], Verdict]

CHECKS: tuple[tuple[str, _Check], ...] = (
    ("record", checks.check_record),
    ("architecture", checks.check_architecture),
    ("compile", checks.check_compile),
    ("table", checks.check_table),
    ("variables", checks.check_variables),
    ("document", checks.check_document),
    ("lock", checks.check_lock),
    ("statement", checks.check_statement),
)
"""What follows the check of the container, in this order."""


def verify_archive(path: Path, against: Against) -> Verification:
    """Hold an archive against what it records and what the caller names; every check has its verdict.

    Args:
        path: a `.keras` archive, or the folder that one was unzipped to.
        against: see there.
    """
    with ExitStack() as stack:
        report = Report()
        against.progress("reading", 0, 0)
        archive = open_keras(path, report)
        if archive is None:
            first = failed("container", report.diagnostics[-1].message, help=report.diagnostics[-1].help)
            rest = (skipped(name, "the archive cannot be opened") for name, _ in CHECKS)
            return Verification((first, *rest), opened=False)
        stack.enter_context(archive)
        container = _container(archive)
        subject = _subject(path, archive)
        return Verification((container, *(check(subject, against) for _, check in CHECKS)))


def _container(archive: KerasArchive) -> Verdict:
    """Whether the members are Keras', whole, and of a form that is safe to read."""
    try:
        archive.verify()
        weights = archive.weights()
        flaw = next(flaws_of(weights), None) if weights is not None else None
    except SpecError as error:
        return failed("container", error.diagnostics[-1].message, help="get the archive again")
    if weights is None:
        return failed("container", "it has no `model.weights.h5`")
    if flaw is not None:
        return failed("container", f"`{flaw[0]}` of the weights {flaw[1]}")
    size = sum(member.size for member in archive.members)
    return passed("container", f"{len(archive.members)} members, {readable_size(size)}, checksums right")


def _subject(path: Path, archive: KerasArchive) -> Subject:
    rows = _rows(path)
    record = archive.metadata.get("modelspec")
    return Subject(
        path=path,
        archive=archive,
        rows=rows,
        identity=identity_of(archive.config, rows),
        recorded=recorded_identity(record),
        record=record if isinstance(record, dict) else None,
    )


def _rows(path: Path) -> tuple[Row, ...] | None:
    try:
        checkpoint = open_checkpoint(path, Report())
    except SpecError:
        return None
    if checkpoint is None:
        return None
    with checkpoint:
        return tuple((tensor.key, tensor.shape, tensor.dtype) for tensor in checkpoint.tensors)
