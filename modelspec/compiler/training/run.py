"""A document's model trained, from its text to the trained archive."""

from __future__ import annotations

from modelspec.compiler.stages import compile_checked
from modelspec.compiler.training.ready import check_labels, check_training
from modelspec.compiler.training.values import Run, Trained
from modelspec.compiler.values import Options, Progress, Text, silent
from modelspec.diagnostics import Report


def train_document(
    text: Text, options: Options, run: Run, report: Report, *, progress: Progress = silent
) -> Trained:
    """Train a document's model and write it as an archive.

    Raises:
        SpecError: the document, its data or its training has mistakes; no archive was written.
    """
    progress("checking", 0, 0)
    ready = check_training(text, options, report)
    # Only here: a document with a mistake needs none of it.
    from modelspec.compiler.produce import require_archive_name
    from modelspec.compiler.training.session import train_ready

    require_archive_name(run.output, report)
    compiled = compile_checked(ready.checked, options, report, progress=progress)
    check_labels(ready, compiled, report)
    report.raise_if_errors()
    return train_ready(ready, compiled, run, report, progress=progress)
