"""The checks of an archive that was opened, each on its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from modelspec.compiler.identity import Identity, Row, hash_of_table, rows_of
from modelspec.compiler.verifying.subject import Against, Subject
from modelspec.compiler.verifying.verdict import Verdict, failed, passed, skipped
from modelspec.diagnostics import Report, SpecError
from modelspec.link.linked import OPTIMIZER
from modelspec.source.files import shown_path

_UNRECORDED = "the archive records no hashes: modelspec did not write it, or one from before there were any"
_ALTERED = "the archive was altered after it was built: build it again"
_MOST_SHOWN = 3
_UNBUILT = {f"{OPTIMIZER}/vars/{number}" for number in (0, 1)}


def check_record(subject: Subject, against: Against) -> Verdict:
    """Whether modelspec recorded what it built."""
    if subject.recorded is None or subject.record is None:
        return skipped("record", _UNRECORDED)
    keras = subject.archive.metadata.get("keras_version")
    return passed("record", f"built by modelspec {subject.record.get('version')} with Keras {keras}")


def check_architecture(subject: Subject, against: Against) -> Verdict:
    """Whether the config is the one that was built."""
    if subject.recorded is None:
        return skipped("architecture", _UNRECORDED)
    recorded, found = subject.recorded.architecture, subject.identity.architecture
    if recorded == found:
        return passed("architecture", short(found.exact))
    if recorded.structure == found.structure:
        what = "layers have other names than those that were recorded"
    else:
        what = "it is not the one that was recorded"
    return failed("architecture", what, help=_ALTERED)


def check_compile(subject: Subject, against: Against) -> Verdict:
    """Whether the compile settings are those that were built."""
    if subject.recorded is None:
        return skipped("compile", _UNRECORDED)
    if subject.recorded.compile == subject.identity.compile:
        found = subject.identity.compile
        return passed("compile", short(found) if found is not None else "the model is not compiled")
    return failed("compile", "the settings are not those that were recorded", help=_ALTERED)


def check_table(subject: Subject, against: Against) -> Verdict:
    """Whether the weights file has the variables that were built."""
    if subject.recorded is None or subject.recorded.variables is None:
        return skipped("table", _UNRECORDED)
    if subject.rows is None:
        return failed("table", "the weights file cannot be read")
    if subject.recorded.variables == subject.identity.variables:
        return passed("table", f"{len(subject.rows):,} variables, {short(subject.recorded.variables)}")
    return failed("table", "the variables are not those that were recorded", help=_ALTERED)


def check_variables(subject: Subject, against: Against) -> Verdict:
    """Whether every variable of the model is in the weights file, with its shape and dtype."""
    from modelspec.compiler.archived_model import link_archive

    if subject.rows is None:
        return failed("variables", "the weights file cannot be read")
    try:
        linked = link_archive(
            subject.archive, against.options, Report(), with_optimizer=True, progress=against.progress
        )
    except SpecError as error:
        first = next(item for item in error.diagnostics if item.severity == "error")
        if first.code == "unknown-registered-name":
            return skipped("variables", first.message, help=first.help)
        return failed("variables", f"Keras cannot make the model: {first.message}", help=first.help)
    wanted, found = _comparable(tuple(rows_of(linked)), subject.rows)
    problems = tuple(_problems(wanted, found))
    if not problems:
        more = "; the optimizer has no state" if len(found) < len(subject.rows) else ""
        return passed("variables", f"all {len(found):,} are there, with their shapes and dtypes{more}")
    more = f", and {len(problems) - _MOST_SHOWN:,} more" if len(problems) > _MOST_SHOWN else ""
    return failed("variables", "; ".join(problems[:_MOST_SHOWN]) + more)


def _comparable(wanted: tuple[Row, ...], found: tuple[Row, ...]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Two tables, without the optimizer where that of the archive was never built."""
    if not _has_no_state(found):
        return wanted, found
    first, second = (tuple(row for row in rows if not _of_optimizer(row)) for rows in (wanted, found))
    return first, second


def _of_optimizer(row: Row) -> bool:
    return row[0].startswith(f"{OPTIMIZER}/")


def _has_no_state(rows: Iterable[Row]) -> bool:
    """Whether the optimizer of an archive was never built: Keras saves its step and its rate alone then."""
    found = {row[0] for row in rows if _of_optimizer(row)}
    return bool(found) and found <= _UNBUILT


def _problems(wanted: tuple[Row, ...], found: tuple[Row, ...]) -> Iterable[str]:
    there = {row[0]: row for row in found}
    for path, shape, dtype in wanted:
        row = there.pop(path, None)
        if row is None:
            yield f"`{path}` is missing"
        elif row[1] != shape:
            yield f"`{path}` has the shape {list(row[1])} instead of {list(shape)}"
        elif row[2] != dtype:
            yield f"`{path}` is {row[2]} instead of {dtype}"
    for path in there:
        yield f"`{path}` belongs to no layer"


def check_document(subject: Subject, against: Against) -> Verdict:
    """Whether the document still compiles to this model."""
    if against.spec is None:
        return skipped("document", "none was given", help="`--spec net.yaml` holds the archive against one")
    from modelspec.compiler.kept_identity import identity_of_linked
    from modelspec.compiler.stages import compile_document

    try:
        compiled = compile_document(against.spec, against.options, Report(), progress=against.progress)
    except SpecError as error:
        first = next(item for item in error.diagnostics if item.severity == "error")
        where = first.place.source.name if first.place is not None else "the document"
        return failed("document", f"`{where}` does not compile: {first.message}", help=first.help)
    name = against.spec.source.name
    wanted = identity_of_linked(compiled.linked, use_cache=against.options.use_cache)
    if subject.rows is None:
        return _same("document", f"`{name}`", wanted, subject.identity)
    tables = _comparable(tuple(rows_of(compiled.linked)), subject.rows)
    one, two = (hash_of_table(table) for table in tables)
    found = replace(subject.identity, variables=two)
    return _same("document", f"`{name}`", replace(wanted, variables=one), found)


def check_lock(subject: Subject, against: Against) -> Verdict:
    """Whether the lock has a document of this model."""
    if against.lock is None:
        return skipped("lock", "none was given", help="`--lock modelspec.lock` holds the archive against one")
    from modelspec.compiler.locking.documents import name_of, require_lock

    try:
        lock = require_lock(against.lock.resolve(), Report())
    except SpecError as error:
        return failed("lock", error.diagnostics[-1].message, help=error.diagnostics[-1].help)
    shown = shown_path(against.lock)
    if against.spec is not None and against.spec.path is not None:
        name = name_of(against.spec.path, against.lock.resolve())
        locked = lock.documents.get(name)
        if locked is None:
            return failed("lock", f"`{name}` is not in `{shown}`", help=f"`modelspec lock {name}` adds it")
        return _same("lock", f"`{name}` in `{shown}`", *_without_state(locked.identity, subject))
    for name, locked in lock.documents.items():
        wanted, found = _without_state(locked.identity, subject)
        if wanted == found:
            return passed("lock", f"it is `{name}` in `{shown}`")
    return failed("lock", f"no document in `{shown}` comes to this model")


def _without_state(locked: Identity, subject: Subject) -> tuple[Identity, Identity]:
    """What a lock says and what there is; without the tables where only one has the optimizer's state."""
    if subject.rows is None or not _has_no_state(subject.rows):
        return locked, subject.identity
    return replace(locked, variables=None), replace(subject.identity, variables=None)


def _same(check: str, what: str, wanted: Identity, found: Identity) -> Verdict:
    if wanted == found:
        return passed(check, f"{what} compiles to this model" if check == "document" else f"it is {what}")
    if wanted.architecture.structure != found.architecture.structure:
        return failed(check, f"{what} is another architecture", help="`modelspec diff` shows in what")
    if wanted.architecture != found.architecture:
        return failed(check, f"{what} names its layers differently", help="`modelspec diff` shows which")
    if wanted.compile != found.compile:
        return failed(check, f"{what} compiles the model differently", help="`modelspec diff` shows how")
    return failed(check, f"{what} has other variables")


def check_statement(subject: Subject, against: Against) -> Verdict:
    """Whether a statement is about these very bytes."""
    if against.statement is None:
        return skipped(
            "statement",
            "none was given",
            help="`--attestation net.intoto.jsonl` holds the archive against one",
        )
    from modelspec.archive.container import sha256_of
    from modelspec.compiler.attestation import subjects_in

    shown = shown_path(against.statement)
    if subject.path.is_dir():
        return failed("statement", "a folder has no checksum")
    subjects = subjects_in(against.statement)
    if subjects is None:
        return failed("statement", f"`{shown}` holds no in-toto statements")
    digest = sha256_of(subject.path)
    if digest in subjects.values():
        return passed("statement", f"`{shown}` is about these bytes")
    if subject.path.name in subjects:
        what = f"`{shown}` is about other bytes of this name"
    else:
        what = f"`{shown}` is not about this archive"
    return failed(
        "statement",
        what,
        help="values, metadata or names have changed since it was built",
    )


def short(digest: str) -> str:
    """A hash for people: its version and the first twelve digits."""
    version, _, digits = digest.partition(":")
    return f"{version}:{digits[:12]}"
