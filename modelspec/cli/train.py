"""`modelspec train`: a document's model, trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import STDIN, Output, document_options, make_options, print_json, target_option
from modelspec.cli.run import Outcome, attempt

if TYPE_CHECKING:
    from modelspec.compiler.training.values import Trained
    from modelspec.compiler.values import Progress, Text
    from modelspec.diagnostics import Report

_INTERRUPTED = 130  # as shells have it
_LOCKED = 4

_EPILOG = """\b
Examples:
  modelspec train net.yaml                   writes net.keras and net.run/
  modelspec train net.yaml -o models/net.keras
  modelspec train net.yaml --set train.fit.epochs=3 -o quick.keras
  modelspec train net.yaml --resume          goes on after Ctrl-C
  modelspec train net.yaml --allow data.py   data from your own function
  modelspec train net.yaml --check           find mistakes, train nothing
"""


@click.command(epilog=_EPILOG)
@click.argument("document", type=click.Path(), metavar="DOCUMENT")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="The trained archive, or a folder for it (default: the document's name, here).",
)
@click.option(
    "--run",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where metrics, checkpoints and the log go (default: the archive's name with `.run`).",
)
@click.option("--resume", is_flag=True, help="Go on from the last epoch that a run in the folder has kept.")
@click.option("--restart", is_flag=True, help="Begin anew although a run in the folder could go on.")
@click.option("--check", is_flag=True, help="Find mistakes in document and data, and train nothing.")
@target_option
@document_options
def train(
    document: str,
    output: str | None,
    folder: Path | None,
    resume: bool,
    restart: bool,
    check: bool,
    form: str,
    quiet: bool,
    **given: Any,
) -> None:
    """Train the model of DOCUMENT as its `train` says, and write it as a .keras archive.

    What is kept after each epoch lies in a folder beside the archive, so that a run that was interrupted, or
    killed, goes on with `--resume` as if nothing had happened.
    """
    if resume and restart:
        raise click.UsageError("`--resume` goes on and `--restart` begins anew: give one of them")
    target = _target(document, output)
    # Training is what other devices are for.
    options = replace(make_options(**given), cpu_only=False)
    how = Output(form, quiet)
    if check:
        _check(document, options, how)
    from modelspec.compiler.training.values import Run

    run = Run(target, folder or target.with_suffix(".run"), resume, restart)

    def work(text: Text, report: Report, progress: Progress) -> Trained:
        from modelspec.compiler.training.run import train_document

        return train_document(text, options, run, report, progress=progress)

    outcome = attempt(document, how, work)
    if form == "json":
        print_json(_data(outcome))
    elif outcome.result is not None:
        _tell(document, outcome.result, quiet=quiet)
    raise SystemExit(_status(outcome))


def _target(document: str, output: str | None) -> Path:
    if output is None:
        if document == STDIN:
            raise click.UsageError("a document from standard input needs `-o FILE`")
        return Path(Path(document).name.partition(".")[0] + ".keras")
    path = Path(output)
    if output.endswith(("/", "\\")) or path.is_dir():
        if document == STDIN:
            raise click.UsageError("a document from standard input needs `-o FILE`")
        path.mkdir(parents=True, exist_ok=True)
        return path / (Path(document).name.partition(".")[0] + ".keras")
    return path


def _check(document: str, options: Any, how: Output) -> None:
    """Say what is wrong, with the data too, and exit."""

    def work(text: Text, report: Report, progress: Progress) -> int:
        from modelspec.compiler.training.ready import check_and_compile

        return check_and_compile(text, options, report, progress=progress)

    outcome = attempt(document, how, work)
    if how.form == "json":
        print_json(outcome.data)
    elif outcome.result is not None and not how.quiet:
        click.echo(f"{document}: ok  {outcome.result:,} parameters to train")
    raise SystemExit(outcome.status)


def _tell(document: str, trained: Trained, *, quiet: bool) -> None:
    if trained.state == "interrupted":
        kept = (
            f"interrupted, and kept as it was after epoch {trained.kept:,}: `--resume` goes on from there"
            if trained.kept
            else "interrupted before an epoch was kept"
        )
        click.echo(f"{document}: {kept}", err=True)
        return
    if quiet:
        return
    from modelspec.archive.sizes import readable_size

    epochs = f"{trained.epochs:,} epoch{'s' if trained.epochs != 1 else ''}"
    metrics = "".join(
        f", {name} {value:.4g}" for name, value in trained.metrics.items() if isinstance(value, float | int)
    )
    ended = ", stopped" if trained.state == "stopped" else ""
    click.echo(f"{document} -> {trained.path}  {epochs}{ended}{metrics}, {readable_size(trained.size)}")


def _data(outcome: Outcome[Trained]) -> dict[str, object]:
    trained = outcome.result
    if trained is None:
        return outcome.data
    return outcome.data | {
        "state": trained.state,
        "archive": str(trained.path) if trained.path is not None else None,
        "bytes": trained.size if trained.path is not None else None,
        "params": trained.params,
        "epochs": trained.epochs,
        "resumed_from": trained.begun,
        "kept": trained.kept,
        "metrics": _finite(trained.metrics),
        "run": str(trained.folder),
        "keras": trained.floor,
    }


def _finite(metrics: Any) -> dict[str, object]:
    """Metrics as JSON has them, in which there is no NaN."""
    import math

    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in metrics.items()
    }


def _status(outcome: Outcome[Trained]) -> int:
    if any(item.code == "run-locked" for item in outcome.diagnostics):
        return _LOCKED
    if outcome.result is not None and outcome.result.state == "interrupted":
        return _INTERRUPTED
    return outcome.status
