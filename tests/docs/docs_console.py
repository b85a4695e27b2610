"""Commands of console blocks, run in this process as a shell would run them."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
from docs_pages import Block

# What these do is no matter of a page's test: they set up the machine, or run the tests themselves.
_NOT_RUN = frozenset({"pip", "pytest", "git"})
_VERSION = re.compile(r"\b\d+\.\d+(?:\.\d+)+\b")
_SIZE = re.compile(r"\b[\d,]+(?:\.\d+)? (?:bytes|kB|KB|MB|GB|TB)\b")


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a console block, and what the page says that it prints."""

    command: str
    output: str


def read_steps(block: Block) -> tuple[Step, ...]:
    """The commands of a block: each starts with `$ `, what it prints follows."""
    steps: list[Step] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            steps.append(Step(line[2:], ""))
        else:
            steps[-1] = Step(steps[-1].command, f"{steps[-1].output}{line}\n")
    return tuple(steps)


def run_block(block: Block) -> tuple[Step, ...]:
    """The steps of a block with what they really print; the working folder holds what they read."""
    status = 0
    found = []
    for step in read_steps(block):
        output, status = run_command(step.command, status)
        found.append(Step(step.command, output))
    return tuple(found)


def run_command(command: str, status: int = 0) -> tuple[str, int]:
    """Run one line of a shell.

    Args:
        status: of the command before it.

    Returns:
        what it prints, and its status.
    """
    if command == "echo $?":
        return f"{status}\n", 0
    output = ""
    for part in command.split(" && "):
        text, status = _run_simple(part)
        output += text
        if status:
            break
    return output, status


def _run_simple(command: str) -> tuple[str, int]:
    first, _, second = command.rpartition(" | ")
    words = shlex.split(second)
    if words[0] in _NOT_RUN:
        return "", 0
    variables = dict(word.split("=", 1) for word in _leading_assignments(words))
    words = words[len(variables) :]
    assert words[0] == "modelspec", f"a page runs `{command}`"
    given = None
    if first:
        cat, name = shlex.split(first)
        assert cat == "cat"
        given = Path(name).read_bytes()
    printed, status = invoke(words[1:], given, variables)
    lines = "\n".join(line.rstrip() for line in printed.splitlines()).strip("\n")
    return f"{lines}\n" if lines else "", status


def _leading_assignments(words: list[str]) -> Iterator[str]:
    for word in words:
        if not re.match(r"[A-Z_]+=", word):
            return
        yield word


def invoke(
    arguments: list[str], given: bytes | None = None, variables: Mapping[str, str] = MappingProxyType({})
) -> tuple[str, int]:
    """Run the command line in this process; what it prints, in the order it is printed, and its status."""
    from modelspec.cli.app import app

    printed = io.StringIO()
    stdin = io.TextIOWrapper(io.BytesIO(given or b""))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed), redirect_stderr(printed):
        patch.setattr("sys.stdin", stdin)
        for name, value in variables.items():
            patch.setenv(name, value)
        try:
            app.main(arguments, prog_name="modelspec")
        except SystemExit as stop:
            return printed.getvalue(), stop.code if isinstance(stop.code, int) else 1
    raise AssertionError("click always exits")


def comparable(text: str) -> str:
    """A text without what differs between releases: versions and sizes of files."""
    return _SIZE.sub("N bytes", _VERSION.sub("N", text)).rstrip()
