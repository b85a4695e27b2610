"""The settings of git written, compared and taken away, for a repository or for all of a user's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from modelspec.archive.atomic import write_atomically
from modelspec.archive.write_failures import diagnosed_writing
from modelspec.compiler.git.command import git_text
from modelspec.compiler.git.settings import (
    DIFF_DRIVER,
    DOCUMENTS,
    SETTINGS,
    attributes,
    documents_in,
    with_attributes,
    without_attributes,
)
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.source.files import shown_path

_NOT_SET = 1  # the status of `git config --get`


@dataclass(frozen=True, slots=True)
class Where:
    """Which of git's configurations is meant, and for what.

    Args:
        everywhere: the user's, for all repositories; else that of the repository around the working folder.
        diff_driver: whether changes of documents are shown as changes of models.
        documents: patterns of documents; none for those that are there, else for `DOCUMENTS`.
    """

    everywhere: bool = False
    diff_driver: bool = False
    documents: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """Git's option for it."""
        return "--global" if self.everywhere else "--local"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is not as it shall be.

    Args:
        what: a file of attributes, or a key of the configuration.
        before: what is there; `None` for nothing.
        after: what shall be; `None` for nothing.
    """

    what: str
    before: str | None
    after: str | None


def install(where: Where, report: Report, *, write: bool = True) -> tuple[Change, ...]:
    """Make git use modelspec; what was changed, or, where nothing is written, would be.

    Raises:
        SpecError: there is no repository, or git refuses.
    """
    wanted = {**SETTINGS, **(DIFF_DRIVER if where.diff_driver else {})}

    def edit(text: str) -> str:
        documents = where.documents or documents_in(text) or DOCUMENTS
        return with_attributes(text, attributes(documents))

    return _brought(where, wanted, edit, report, write=write)


def uninstall(where: Where, report: Report) -> tuple[Change, ...]:
    """Take away what `install` wrote; what was changed.

    Raises:
        SpecError: as of `install`.
    """
    wanted = dict.fromkeys({**SETTINGS, **DIFF_DRIVER})
    return _brought(where, wanted, without_attributes, report, write=True)


def _brought(
    where: Where,
    wanted: Mapping[str, str | None],
    edit: Callable[[str], str],
    report: Report,
    *,
    write: bool,
) -> tuple[Change, ...]:
    """What differs from what is wanted, made so if it is to be written."""
    path = _attributes_path(where, report)
    before = path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else None
    after = edit(before or "")
    settings = tuple(_differing(where, wanted, report))
    if write:
        for change in settings:
            _configure(where, change, report)
    if after == (before or ""):
        return settings
    file = Change(shown_path(path), before, after or None)
    if write:
        _write(path, file, report)
    return (file, *settings)


def _differing(where: Where, wanted: Mapping[str, str | None], report: Report) -> Iterator[Change]:
    for key, after in wanted.items():
        before = git_text("config", where.scope, "--get", key, report=report, absent=_NOT_SET)
        if before != after:
            yield Change(key, before, after)


def _configure(where: Where, change: Change, report: Report) -> None:
    if change.after is not None:
        git_text("config", where.scope, change.what, change.after, report=report)
        return
    git_text("config", where.scope, "--unset", change.what, report=report)


def _write(path: Path, change: Change, report: Report) -> None:
    if change.after is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    data = change.after.encode("utf-8", "surrogateescape")
    with diagnosed_writing(path, report, needed=len(data)):
        write_atomically(path, data)


def _attributes_path(where: Where, report: Report) -> Path:
    """The file of attributes: the repository's, which is committed, or the user's."""
    if not where.everywhere:
        top = git_text("rev-parse", "--show-toplevel", report=report)
        assert top is not None
        return Path(top) / ".gitattributes"
    given = git_text(
        "config", "--global", "--type=path", "--get", "core.attributesFile", report=report, absent=_NOT_SET
    )
    if given is not None:
        return Path(given)
    # Git's own default.
    settings = os.environ.get("XDG_CONFIG_HOME")
    return (Path(settings) if settings else Path.home() / ".config") / "git" / "attributes"
