"""Files as they were in a revision of a git repository, written out where the stages can read them.

Only git's own objects are read: nothing of the repository runs, and the working files are not looked at.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from modelspec.diagnostics import Place, Report, Source
from modelspec.frozen import dataclass

_FILES = ("100644", "100755")
_MISSING_GIT = "git is not installed, and a revision is read with it"


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of a repository.

    Args:
        name: as the user wrote it.
        top: the folder of the repository.
        commit: its object's name.
    """

    name: str
    top: Path
    commit: str


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
        listed = _git(self.revision.top, "ls-tree", "-z", "--full-tree", self.revision.commit, "--", path)
        mode, _, rest = listed.stdout.partition(b"\t")[0].decode("ascii", "replace").partition(" ")
        if listed.returncode or mode not in _FILES or not rest.startswith("blob "):
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            done = _git(self.revision.top, "cat-file", "blob", rest.removeprefix("blob "), stdout=file)
        return not done.returncode

    def shown(self, text: str) -> str:
        """A text in which the folder's files are called by their names in the revision."""
        return text.replace(f"{self.folder}{os.sep}", f"{self.revision.name}:")


def find_revision(name: str, folder: Path, report: Report) -> Revision:
    """A revision of the repository around a folder. Raises `SpecError` where there is none."""
    place = Place(Source(name, "", inline=True), 0, 0)
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top.returncode:
        reason = _MISSING_GIT if top.returncode == _NOT_FOUND else "this is no git repository"
        report.fail(
            "unknown-revision",
            f"there is no revision `{name}`: {reason}",
            place,
            help="give two files, or a revision where there is a repository",
        )
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
        listed = _git(revision.top, "ls-tree", "-z", "--full-tree", revision.commit, "--", candidate)
        if not listed.returncode and listed.stdout.split(b" ", 1)[0].decode() in _FILES:
            return candidate
    return None


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
