"""A git repository for one test, in which nothing of the user's own git has a say."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import COMMAND

WHEN = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Repository:
    """A repository and the environment in which its commands run."""

    folder: Path
    env: Mapping[str, str]

    def git(self, *arguments: str, status: int = 0) -> str:
        """What git prints, both streams; its status must be the given one."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        text = done.stdout.decode("utf-8", "replace")
        assert done.returncode == status, text
        return text

    def modelspec(self, *arguments: str, status: int = 0) -> str:
        """The same of modelspec."""
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=self.folder, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the working tree."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def commit(self, message: str, **files: str | bytes) -> None:
        """Commit everything, files by name with `__` for a dot."""
        for name, content in files.items():
            self.write(name.replace("__", "."), content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)


def make_repository(tmp_path: Path, environment: Mapping[str, str]) -> Repository:
    """A repository where `modelspec` is the command under test."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    home, folder, commands = tmp_path / "home", tmp_path / "repository", tmp_path / "bin"
    for path in (home, folder, commands):
        path.mkdir()
    script = commands / "modelspec"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    script.chmod(0o755)
    kept = {key: value for key, value in environment.items() if not key.startswith("GIT_")}
    env = {
        **kept,
        "PATH": f"{commands}{os.pathsep}{kept['PATH']}",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "settings"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_PAGER": "cat",
        **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _WHO.items()},
    }
    repository = Repository(folder, env)
    repository.git("init", "--quiet", "--initial-branch", "main")
    return repository


_WHO = {"NAME": "A", "EMAIL": "a@example.org", "DATE": WHEN}
