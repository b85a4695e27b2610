"""The settings of git written, compared and taken away, for a repository or for all of a user's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from modelspec.archive.atomic import write_atomically
from modelspec.archive.write_failures import diagnosed_writing
from modelspec.compiler.git.command import git_text
from modelspec.compiler.git.settings import (
    DIFF_DRIVER,
    DOCUMENTS,
    SETTINGS,
    attributes,
    with_attributes,
    without_attributes,
)
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.source.files import shown_path

_NOT_SET = 1  # the status of `git config --get`
_NO_SUCH = 5  # and of `git config --unset`


@dataclass(frozen=True, slots=True)
class Where:
    """Which of git's configurations is meant, and for what.

    Args:
        everywhere: the user's, for all repositories; else that of the repository around the working folder.
        diff_driver: whether changes of documents are shown as changes of models.
        documents: patterns of documents.
    """

    everywhere: bool = False
    diff_driver: bool = False
    documents: tuple[str, ...] = DOCUMENTS

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
    wanted: Mapping[str, str | None] = {**SETTINGS, **(DIFF_DRIVER if where.diff_driver else {})}
    path = _attributes_path(where, report)
    block = attributes(where.documents)
    return tuple(
        _made([*_settings(where, wanted, report), *_file(path, lambda text: with_attributes(text, block))], path, where, report, write=write)
    )


def uninstall(where: Where, report: Report) -> tuple[Change, ...]:
    """Take away what `install` wrote; what was changed.

    Raises:
        SpecError: as of `install`.
    """
    wanted: Mapping[str, str | None] = dict.fromkeys({**SETTINGS, **DIFF_DRIVER})
    path = _attributes_path(where, report)
    changes = [*_settings(where, wanted, report), *_file(path, without_attributes)]
    return tuple(_made(changes, path, where, report, write=True))
