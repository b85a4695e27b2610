"""Where a document is no longer what its lock says."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec import __version__
from modelspec.compiler.locking.lock import Lock, LockedDocument
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs.

    Args:
        code: of the diagnostic.
        message: one sentence.
    """

    code: str
    message: str


def differences(locked: LockedDocument, found: LockedDocument) -> Iterator[Difference]:
    """Everything in which a document differs from its lock: what it is made of first."""
    for path in sorted(locked.files.keys() | found.files.keys()):
        before, after = locked.files.get(path), found.files.get(path)
        if before == after:
            continue
        if before is None:
            message = f"`{path}` is read now, and the lock has no such file"
        elif after is None:
            message = f"`{path}` is in the lock, and is not read any more"
        else:
            sizes = f"{before.size:,} bytes, now {after.size:,}"
            message = f"`{path}` has changed ({sizes if before.size != after.size else 'of the same size'})"
        yield Difference("lock-differs", message)
    for name in sorted(locked.code.keys() | found.code.keys()):
        one, two = locked.code.get(name), found.code.get(name)
        if one == two:
            continue
        if one is None or two is None:
            what = "is used now, and the lock has no such module" if one is None else "is not used any more"
            yield Difference("lock-differs", f"`{name}` {what}")
        else:
            versions = f" ({one.version}, now {two.version})" if one.version != two.version else ""
            yield Difference("lock-differs", f"the code of `{name}` has changed{versions}")
    yield from _of_model(locked, found)


def _of_model(locked: LockedDocument, found: LockedDocument) -> Iterator[Difference]:
    before, after = locked.identity, found.identity
    if before.architecture != after.architecture:
        if before.architecture.structure != after.architecture.structure:
            what = "the architecture is another"
        elif before.architecture.auto != after.architecture.auto:
            what = "layers have other names"
        else:
            what = "layers have other automatic names"
        yield Difference("lock-differs", what)
    if before.compile != after.compile:
        yield Difference("lock-differs", "the compile settings are others")
    if before.variables != after.variables:
        yield Difference("lock-differs", "the variables have other addresses, shapes or dtypes")
    if locked.params != found.params:
        yield Difference("lock-differs", f"{locked.params:,} parameters, now {found.params:,}")
    if locked.seed != found.seed:
        yield Difference("lock-differs", f"seed {locked.seed}, now {found.seed}")


def other_versions(lock: Lock, keras: str) -> Iterator[Difference]:
    """The versions that are not those of the lock: the same model may still come of it, which hashes tell."""
    for name, before, after in (("modelspec", lock.modelspec, __version__), ("Keras", lock.keras, keras)):
        if before != after:
            yield Difference(
                "lock-versions", f"the lock was written with {name} {before}, and this is {after}"
            )
