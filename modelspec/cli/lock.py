"""`modelspec lock`: what documents are made of and come to, kept in a file and compared again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelspec.cli.common import (
    STDIN,
    Output,
    diagnostics_json,
    document_options,
    exit_status,
    make_options,
    print_diagnostics,
    print_json,
)
from modelspec.cli.run import Outcome, attempt, attempt_on_file

if TYPE_CHECKING:
    from modelspec.compiler.locking.lock import LockedDocument
    from modelspec.compiler.values import Options, Progress, Text
    from modelspec.diagnostics import Diagnostic, Report

_EPILOG = """\b
Examples:
  modelspec lock net.yaml configs/*.yaml   writes modelspec.lock
  modelspec lock                           writes anew what is in it
  modelspec lock --check                   compares it, and writes nothing
  modelspec build net.yaml --locked        builds only what it says
"""


@click.command(epilog=_EPILOG)
@click.argument("documents", nargs=-1, type=click.Path(), metavar="[DOCUMENT...]")
@click.option("--check", is_flag=True, help="Compare, and write nothing.")
@click.option(
    "--lock",
    "lock_path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="The lock (default: modelspec.lock at the project's root).",
)
@document_options
def lock(
    documents: tuple[str, ...], check: bool, lock_path: Path | None, form: str, quiet: bool, **given: Any
) -> None:
    """Keep what each DOCUMENT is made of and comes to: its files, its code, its hashes and parameters.

    Without documents, those of the lock. `--check` exits with 1 where anything differs.
    """
    if STDIN in documents:
        raise click.UsageError("a lock is of files: a document from standard input has no path")
    if given["overrides"]:
        raise click.UsageError("a lock is of documents as they are: leave `--set` away")
    from modelspec.compiler.locking import documents as locking

    output, options = Output(form, quiet), make_options(**given)
    path = (lock_path or locking.lock_for(Path(documents[0] if documents else "document"))).resolve()
    kept = None
    found: tuple[Diagnostic, ...] = ()
    if check or not documents:
        kept, found = attempt_on_file(path.name, output, lambda report, _: locking.require_lock(path, report))
        if kept is None:
            _end(path, {}, found, output, changed=False)
        assert kept is not None
        documents = documents or tuple(_shown(name) for name in locking.documents_in(kept, path))
    entries, told = _entries(documents, path, options, output)
    failed = any(outcome.status for outcome in told)

    def finish(report: Report, _: Progress) -> bool:
        if not check:
            return locking.write_lock(path, entries, report)
        assert kept is not None
        for name, entry in entries.items():
            locking.check_against(kept, path, name, entry, report)
        locking.check_versions(kept, path, report)
        return False

    changed = None
    if not failed:
        changed, found = attempt_on_file(path.name, output, finish)
    _end(path, entries, found, output, changed=bool(changed), check=check, told=told)


def _shown(path: Path) -> str:
    from modelspec.source.files import shown_path

    return shown_path(path)


def _entries(
    documents: tuple[str, ...], path: Path, options: Options, output: Output
) -> tuple[dict[str, LockedDocument], list[Outcome[LockedDocument]]]:
    from modelspec.compiler.locking.documents import entry_of, name_of
    from modelspec.compiler.stages import compile_document

    def work(text: Text, report: Report, progress: Progress) -> LockedDocument:
        return entry_of(compile_document(text, options, report, progress=progress), report, path)

    outcomes = [attempt(document, output, work) for document in documents]
    entries = {
        name_of(Path(outcome.document), path): outcome.result
        for outcome in outcomes
        if outcome.result is not None
    }
    return entries, outcomes


def _end(
    path: Path,
    entries: dict[str, LockedDocument],
    found: tuple[Diagnostic, ...],
    output: Output,
    *,
    changed: bool,
    check: bool = False,
    told: list[Outcome[LockedDocument]] | None = None,
) -> None:
    """Say how it went, and exit."""
    print_diagnostics(found, output)
    status = max(exit_status(found), *(outcome.status for outcome in told or ()), 0)
    if output.form == "json":
        of_documents = [item for outcome in told or () for item in outcome.diagnostics]
        print_json(
            {
                "lock": str(path),
                "documents": sorted(entries),
                "changed": changed,
                "diagnostics": diagnostics_json((*of_documents, *found)),
            }
        )
    elif not status and not output.quiet:
        count = f"{len(entries):,} document{'s' if len(entries) != 1 else ''}"
        done = "as locked" if check else "locked" if changed else "locked already"
        click.echo(f"{_shown(path)}: {count} {done}")
    raise SystemExit(status)
