"""Write anew what the pages show: the output of their commands, and the meaning of every code.

    python tests/docs/regenerate_docs.py

Look at the difference before it is committed: the tests hold the pages to what is printed, not to what
should be.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docs_setups
import pytest
from docs_console import Step, run_block
from docs_pages import PAGES, REPOSITORY, Block, meaning_lines, read_blocks, write_files
from docs_python import run_section


def regenerate(page: str, *, only: str = "") -> None:
    """Write one page anew.

    Args:
        only: of which lines blocks are run, for a quick look; all by default.
    """
    path = REPOSITORY / page
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, text in meaning_lines(page):
        lines[number - 1] = text
    shown = {
        block: _shown(block)
        for block in read_blocks(page)
        if block.language == "console" and only in block.id
    }
    scripts = (
        block for block in read_blocks(page) if block.language == "python" and "file" not in block.notes
    )
    for section in {block.section for block in scripts}:
        with _project() as (folder, monkeypatch):
            printed = run_section(page, section, folder, monkeypatch)
        shown |= {block: text.rstrip().splitlines() for block, text in printed.items()}
    for block, text in sorted(shown.items(), key=lambda item: -item[0].line):
        lines[block.line : block.line + block.text.count("\n")] = text
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@contextmanager
def _project() -> Iterator[tuple[Path, pytest.MonkeyPatch]]:
    """An empty project, the working folder for as long as it is there."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as monkeypatch:
        folder = Path(name).resolve() / "project"
        (folder / ".git").mkdir(parents=True)
        os.chdir(folder)
        try:
            yield folder, monkeypatch
        finally:
            os.chdir(before)


def _shown(block: Block) -> list[str]:
    with _project() as (folder, monkeypatch):
        write_files(block, folder)
        docs_setups.prepare(block, folder, monkeypatch)
        return [line for step in run_block(block) for line in _step_lines(step)]


def _step_lines(step: Step) -> list[str]:
    return [f"$ {step.command}", *step.output.rstrip().splitlines()]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as cache:
        os.environ["MODELSPEC_CACHE"] = cache
        for page in PAGES:
            regenerate(page, only=sys.argv[1] if len(sys.argv) > 1 else "")
