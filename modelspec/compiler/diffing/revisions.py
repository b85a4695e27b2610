"""Files as they were in a revision of a git repository, written out where the stages can read them.

Only git's own objects are read: nothing of the repository runs, and the working files are not looked at.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from modelspec.diagnostics import Place, Report, Source
from modelspec.frozen import dataclass

# A regular file, in a commit and in the index; of a file that is in conflict the index has no stage 0.
_LISTED = re.compile(rb"100(?:644|755) (?:blob )?(?P<blob>[0-9a-f]+)(?: 0)?\t(?P<path>.*)", re.DOTALL)
_MISSING_GIT = "git is not installed, and a revision is read with it"


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of a repository, or its index.

    Args:
        name: as the user wrote it; empty for the index.
        top: the folder of the repository.
        commit: its object's name; `None` for the index.
    """

    name: str
    top: Path
    commit: str | None

    def blob(self, path: str) -> str | None:
        """The object's name of a regular file, by its path in the repository; `None` where there is none."""
        if self.commit is None:
            listed = _git(self.top, "ls-files", "-z", "--stage", "--full-name", "--", path)
            lines = listed.stdout.split(b"\0")
        else:
            listed = _git(self.top, "ls-tree", "-z", "--full-tree", self.commit, "--", path)
            lines = listed.stdout.split(b"\0")[:1]
        for line in lines:
            found = _LISTED.match(line)
            if found is not None and not listed.returncode and os.fsdecode(found["path"]) == path:
                return found["blob"].decode("ascii")
        return None


@dataclass(frozen=True, slots=True)
class Export:
    """A folder with some of the files of a revision, each at its place.

    Args:
        folder: where they lie, links resolved.
    """

    revision: Revision
    folder: Path

    def fetch(self, path: str) -> bool:
        """Write a file, by its path in the repository; whether the revision has it as a regular file."""
        target = self.folder / path
        if target.exists():
            return True
        blob = self.revision.blob(path)
        if blob is None:
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            done = _git(self.revision.top, "cat-file", "blob", blob, stdout=file)
        return not done.returncode

    def shown(self, text: str) -> str:
        """A text in which the folder's files are called by their names in the revision."""
        return text.replace(f"{self.folder}{os.sep}", f"{self.revision.name}:")


def find_revision(name: str, folder: Path, report: Report) -> Revision:
    """A revision of the repository around a folder, its index by the empty name.

    Raises:
        SpecError: there is none.
    """
    place = Place(Source(name, "", inline=True), 0, 0)
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top.returncode:
        reason = _MISSING_GIT if top.returncode == _NOT_FOUND else "this is no git repository"
        report.fail(
            "unknown-revision",
            f"there is no {_called(name)}: {reason}",
            place,
            help="give two files, or a revision where there is a repository",
        )
    if not name:
        return Revision(name, Path(_text(top.stdout)), None)
    found = _git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if found.returncode or name.startswith("-"):
        report.fail(
            "unknown-revision",
            f"there is no revision `{name}`",
            place,
            help="`git log --oneline` and `git branch --all` list them",
        )
    return Revision(name, Path(_text(top.stdout)), _text(found.stdout))


def path_in(revision: Revision, path: str, folder: Path) -> str | None:
    """The path of a file in a revision: as git reads it, from the top, else from the folder.

    Args:
        path: with `./` in front as seen from the folder alone.
        folder: a folder of the repository.

    Returns:
        `None` where the revision has no such file.
    """
    here = Path(os.path.relpath(folder.resolve(), revision.top.resolve()))
    from_here = os.path.normpath(here / path).replace(os.sep, "/")
    from_top = os.path.normpath(path).replace(os.sep, "/")
    for candidate in (from_here,) if path.startswith(("./", "../")) else (from_top, from_here):
        if revision.blob(candidate) is not None:
            return candidate
    return None


def _called(name: str) -> str:
    return f"revision `{name}`" if name else "index of git"


_NOT_FOUND = 127


def _git(
    folder: Path, *arguments: str, stdout: object = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "--literal-pathspecs", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, stdout=stdout, stderr=subprocess.DEVNULL, check=False)  # type: ignore[call-overload, no-any-return]
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, _NOT_FOUND, b"", b"")


def _text(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape").rstrip("\n")
