"""Every block of the documentation is what it says: documents, mistakes, commands, Python."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import docs_setups
import pytest
from docs_console import comparable, read_steps, run_block, run_command
from docs_pages import PAGES, Block, all_blocks, document_of, read_blocks, write_files
from docs_python import run_section

from modelspec.compiler.stages import check_document, compile_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, SpecError
from modelspec.source.files import load_text

LANGUAGES = frozenset({"yaml", "console", "python", "text", "sh"})
YAML = tuple(block for block in all_blocks("yaml") if "part" not in block.notes)
SOUND = tuple(block for block in YAML if not {"error", "keras"} & block.notes.keys())
CODE = re.compile(r"\b(?:error|warning)\[([a-z0-9-]+)\]")


@pytest.fixture(autouse=True)
def _caches_apart(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELSPEC_CACHE", str(tmp_path_factory.getbasetemp() / "docs-cache"))


@pytest.fixture(autouse=True)
def _nothing_registered() -> Iterator[None]:
    """As in a reader's own process: what other tests have registered with Keras is not there."""
    keras = sys.modules.get("keras")
    objects = keras.saving.get_custom_objects() if keras is not None else {}
    before = dict(objects)
    objects.clear()
    yield
    objects.clear()
    objects.update(before)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / ".git").mkdir()
    monkeypatch.chdir(project)
    return project


def text_of(block: Block, folder: Path) -> Text:
    write_files(block, folder)
    path = folder / block.notes.get("file", "net.yaml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document_of(block), encoding="utf-8")
    loaded = load_text(path, Report())
    assert loaded is not None
    source, sha256 = loaded
    return Text(source, sha256, path.resolve())


def options_of(block: Block) -> Options:
    return Options(
        overrides=tuple(block.notes.get("set", "").split()),
        allow=tuple(block.notes.get("allow", "").split()),
        use_cache=False,
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_of_a_language_that_is_run(page: str) -> None:
    assert {block.language for block in read_blocks(page)} <= LANGUAGES


@pytest.mark.parametrize("block", YAML, ids=[block.id for block in YAML])
def test_a_document_has_the_mistakes_it_says_and_no_others(block: Block, folder: Path) -> None:
    report = Report()
    with contextlib.suppress(SpecError):
        check_document(text_of(block, folder), options_of(block), report)
    wanted = [*block.notes.get("error", "").split(), *block.notes.get("warning", "").split()]
    told = "\n".join(f"{found.place}: {found.code}: {found.message}" for found in report.diagnostics)
    assert sorted({found.code for found in report.diagnostics}) == sorted(wanted), told


@pytest.mark.parametrize("block", SOUND, ids=[block.id for block in SOUND])
def test_keras_takes_every_document_without_mistakes(block: Block, folder: Path) -> None:
    report = Report()
    compiled = compile_document(text_of(block, folder), options_of(block), report)
    if "build" in block.notes:
        from modelspec.compiler.produce import write_archive

        built = write_archive(compiled, folder / "built.keras", report)
        import keras

        model = keras.saving.load_model(built.path, safe_mode=True)
        assert model.count_params() == built.params == compiled.linked.params


CONSOLE = all_blocks("console")
COMMANDS = tuple(block for block in read_blocks("README.md") if block.language == "sh")


@pytest.mark.parametrize("block", CONSOLE, ids=[block.id for block in CONSOLE])
def test_a_command_prints_what_the_page_shows(
    block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(block, folder)
    docs_setups.prepare(block, folder, monkeypatch)
    shown, found = read_steps(block), run_block(block)
    if "varies" in block.notes:
        assert [CODE.findall(step.output) for step in found] == [CODE.findall(step.output) for step in shown]
        return
    assert [comparable(step.output) for step in found] == [comparable(step.output) for step in shown]


@pytest.mark.parametrize("block", COMMANDS, ids=[block.id for block in COMMANDS])
def test_a_pasted_command_ends_well(block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs_setups.prepare(block, folder, monkeypatch)
    for command in block.text.splitlines():
        _, status = run_command(command)
        assert status == 0


SCRIPTS = sorted({(block.page, block.section) for block in all_blocks("python") if "file" not in block.notes})


@pytest.mark.parametrize(("page", "section"), SCRIPTS, ids=[f"{Path(p).name}:{s}" for p, s in SCRIPTS])
def test_python_runs_as_pasted(
    page: str, section: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for block, printed in run_section(page, section, folder, monkeypatch).items():
        assert comparable(printed) == comparable(block.text)
