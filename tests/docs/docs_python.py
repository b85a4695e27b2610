"""Python blocks, run one after another as a reader would paste them, and what they print."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import docs_setups
import pytest
from docs_console import run_block
from docs_pages import REPOSITORY, WHOLE_PAGES, Block, read_blocks, write_files

from modelspec.diagnostics import SpecError


def run_section(page: str, section: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[Block, str]:
    """Run the Python blocks of a section; the block marked `printed` after each, and what was really printed.

    Commands of the section are run on their way, for the files that they make.
    """
    namespace: dict[str, object] = {"__name__": "docs"}
    printed = ""
    found: dict[Block, str] = {}
    for block in read_blocks(page):
        if block.section != section:
            continue
        write_files(block, folder)
        docs_setups.prepare(block, folder, monkeypatch)
        if block.language == "console":
            run_block(block)
        elif block.language == "python" and "file" not in block.notes:
            printed = _run(block, namespace)
        elif "printed" in block.notes:
            found[block] = printed
    return found


def _run(block: Block, namespace: dict[str, object]) -> str:
    if block.page in WHOLE_PAGES:
        return _run_in_new_process(block)
    output = io.StringIO()
    code = block.notes.get("raises")
    with redirect_stdout(output):
        if code is None:
            exec(compile(block.text, block.id, "exec"), namespace)
        else:
            with pytest.raises(SpecError) as raised:
                exec(compile(block.text, block.id, "exec"), namespace)
            assert [found.code for found in raised.value.diagnostics] == [code]
            output.write(f"{raised.value}\n")
    return output.getvalue()


def _run_in_new_process(block: Block) -> str:
    """What a block prints in a fresh interpreter, on a machine where Keras was never used before."""
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    environment |= {"PYTHONPATH": str(REPOSITORY), "KERAS_HOME": str(Path.cwd() / "keras")}
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", block.text],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
