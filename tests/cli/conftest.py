"""The command line as a user has it: a process, its status, its two streams."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import modelspec

PACKAGE = Path(modelspec.__file__).parents[1]

# As the installed command does, whatever is installed here.
COMMAND = (
    sys.executable,
    "-c",
    "import sys; sys.argv[0] = 'modelspec'; from modelspec.cli import main; main()",
)

GOOD = """\
modelspec: 1
vars: {width: 4}
inputs: {x: [3]}
layers:
  - Dense: {units: $width}
    name: hidden
  - Dense: {units: 1}
    name: out
"""
WRONG = GOOD.replace("units: $width", "unit: $width")
WARNED = GOOD.replace("{x: [3]}", "{x: [3], y: [3]}").replace("name: hidden", "name: hidden\n    from: x")


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


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
