"""The command line as a user has it: a process, its status, its two streams."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from command_line import COMMAND, GOOD, WARNED, WRONG, Outcome, Run

import modelspec

PACKAGE = Path(modelspec.__file__).parents[1]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """One cache for all tests, so that Keras compiles each document once."""
    env = {key: value for key, value in os.environ.items() if key not in ("KERAS_BACKEND", "MODELSPEC_DEBUG")}
    env["MODELSPEC_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PACKAGE), env.get("PYTHONPATH")]))
    return env


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with a good document, a wrong one, and one with a warning."""
    for name, text in (("good", GOOD), ("wrong", WRONG), ("warned", WARNED)):
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


@pytest.fixture
def run(folder: Path, environment: Mapping[str, str]) -> Run:
    """Run a command line in the folder."""

    def run(*arguments: str, stdin: str = "", **env: str) -> Outcome:
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env={**environment, **env},
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run
