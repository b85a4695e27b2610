"""Git itself, as a command."""

from __future__ import annotations

import subprocess
from pathlib import Path

from modelspec.diagnostics import Report


def git(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run git and give what it says; raises `FileNotFoundError` where there is none."""
    return subprocess.run(["git", *arguments], capture_output=True, check=False, cwd=folder)


def git_text(*arguments: str, report: Report, absent: int | None = None) -> str | None:
    """What git prints, without the line end behind it.

    Args:
        absent: the status by which git says that what was asked for is not there; the answer is `None` then.

    Raises:
        SpecError: git is not there, or refuses.
    """
    try:
        done = git(*arguments)
    except FileNotFoundError:
        report.fail("git-failed", "there is no command `git`", help="install git")
    if done.returncode == absent and not done.stderr:
        return None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        # Git goes on with how far up it has looked, which depends on the disks.
        reason = (
            said[0].removeprefix("fatal: ").partition(" (or ")[0] if said else f"status {done.returncode}"
        )
        report.fail(
            "git-failed",
            f"`git {' '.join(arguments)}` fails: {reason}",
            help="run it inside of a repository" if "not a git repository" in reason else None,
        )
    return done.stdout.decode("utf-8", "replace").rstrip("\n")
