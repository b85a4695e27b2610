"""`modelspec build`: documents to archives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import STDIN, Output, document_options, make_options, print_json, target_option
from modelspec.cli.run import Outcome, attempt

if TYPE_CHECKING:
    from modelspec.compiler.produce import Built
    from modelspec.compiler.values import Compiled, Options, Progress, Text
    from modelspec.diagnostics import Report

    _Made = tuple[Compiled, Built]

_EPILOG = """\b
Examples:
  modelspec build net.yaml                        writes net.keras here
  modelspec build net.yaml -o models/net.keras
  modelspec build a.yaml b.yaml -o models/        one archive for each
  modelspec build net.yaml --set vars.width=64 -o wide.keras
  modelspec build net.yaml --target 'keras>=3.8'  an error if too new
  modelspec build net.yaml --watch                again at every save
  modelspec build net.yaml --locked               only what its lock says
  cat net.yaml | modelspec build - -o net.keras
"""


@click.command(epilog=_EPILOG)
@click.argument("documents", nargs=-1, required=True, type=click.Path(), metavar="DOCUMENT...")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="The archive, or a folder for several (default: the document's name, here).",
)
@click.option("--watch", is_flag=True, help="Build again whenever a file changes.")
@click.option("--locked", is_flag=True, help="Build only what `modelspec.lock` says; see `modelspec lock`.")
@click.option(
    "--attest",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Write an in-toto statement of what each archive was built from, one a line.",
)
@target_option
@document_options
def build(
    documents: tuple[str, ...],
    output: str | None,
    watch: bool,
    locked: bool,
    attest: Path | None,
    form: str,
    quiet: bool,
    **given: Any,
) -> None:
    """Write the .keras archive of each DOCUMENT (`-` reads standard input).

    The archive appears whole or not at all, and two builds of one document are the same bytes.
    """
    targets = [_target(document, output, several=len(documents) > 1) for document in documents]
    twice = next((path for path in targets if targets.count(path) > 1), None)
    if twice is not None:
        raise click.UsageError(f"two documents would be written to {twice}")
    if locked and STDIN in documents:
        raise click.UsageError("a lock is of files: a document from standard input has none")
    if STDIN in documents and attest is not None:
        raise click.UsageError("a statement names files: a document from standard input is none")
    if attest is not None and watch:
        raise click.UsageError("a statement is of one build: leave `--watch` or `--attest` away")
    options, how = make_options(**given), Output(form, quiet)
    if watch:
        from modelspec.cli.watch import watch_documents

        def again(i: int) -> tuple[str, ...]:
            outcome = _build_one(documents[i], targets[i], options, how, locked=locked)
            if form == "json":
                print_json([_data(outcome)])
            return (*outcome.files, *(outcome.result[0].sources if outcome.result is not None else ()))

        watch_documents(documents, again)
        return
    outcomes = [
        _build_one(document, target, options, how, locked=locked)
        for document, target in zip(documents, targets, strict=True)
    ]
    if attest is not None and all(outcome.result is not None for outcome in outcomes):
        _write_statements(attest, outcomes)
    if form == "json":
        print_json([_data(outcome) for outcome in outcomes])
    raise SystemExit(max(outcome.status for outcome in outcomes))


def _write_statements(path: Path, outcomes: list[Outcome[_Made]]) -> None:
    from modelspec.archive.atomic import write_atomically
    from modelspec.compiler.attestation import statement_about

    lines = [statement_about(*outcome.result, outcome.files) for outcome in outcomes if outcome.result]
    write_atomically(path, "".join(lines).encode())


def _target(document: str, output: str | None, *, several: bool) -> Path:
    if document == STDIN and (output is None or several):
        raise click.UsageError("a document from standard input needs `-o FILE`")
    name = Path(document).name.partition(".")[0] + ".keras"
    if output is None:
        return Path(name)
    path = Path(output)
    if several or output.endswith(("/", "\\")) or path.is_dir():
        if not path.is_dir() and (path.exists() or path.suffix == ".keras"):
            raise click.UsageError(f"several documents need a folder, and {output} is none")
        path.mkdir(parents=True, exist_ok=True)
        return path / name
    return path


def _build_one(
    document: str, target: Path, options: Options, output: Output, *, locked: bool
) -> Outcome[_Made]:
    from modelspec.archive.sizes import readable_size
    from modelspec.compiler.stages import compile_document

    def work(text: Text, report: Report, progress: Progress) -> _Made:
        compiled = compile_document(text, options, report, progress=progress)
        if locked:
            from modelspec.compiler.locking.documents import check_locked

            check_locked(compiled, Path(document), report)
        # Only here, because it imports NumPy and h5py: a document with a mistake needs neither.
        from modelspec.compiler.produce import write_archive

        return compiled, write_archive(compiled, target, report, progress=progress)

    outcome = attempt(document, output, work)
    if outcome.result is not None and not output.quiet and output.form != "json":
        built = outcome.result[1]
        opens = f", for Keras {built.floor} and newer" if built.floor is not None else ""
        size = readable_size(built.size)
        click.echo(f"{document} -> {built.path}  {built.params:,} parameters, {size}{opens}")
    return outcome


def _data(outcome: Outcome[_Made]) -> dict[str, object]:
    if outcome.result is None:
        return outcome.data
    built = outcome.result[1]
    return outcome.data | {
        "archive": str(built.path),
        "bytes": built.size,
        "params": built.params,
        "keras": built.floor,
    }
