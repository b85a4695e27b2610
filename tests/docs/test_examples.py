"""Every example runs as a reader runs it: documents are built and loaded, programs print what they say."""

from __future__ import annotations

import io
import re
import runpy
import shutil
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from docs_pages import REPOSITORY

EXAMPLES = REPOSITORY / "examples"
# What these name is given, or made, by the program of the same name.
BY_PROGRAM = ("carried.yaml", "continued.yaml", "custom_objects.yaml")
DOCUMENTS = sorted(path.name for path in EXAMPLES.glob("*.yaml") if path.name not in BY_PROGRAM)
SOURCES = sorted(path.name for path in EXAMPLES.glob("*.py"))
PRINTS = "# prints:\n"
PROGRAMS = [name for name in SOURCES if PRINTS in (EXAMPLES / name).read_text(encoding="utf-8")]
# What a document is warned of, where it is.
WARNS = {"lora_encoder.yaml": ["resting-adapters"]}
MODULES = tuple(name for name in SOURCES if name not in PROGRAMS)


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the folder, worked in as a reader does; what the examples import and register goes again."""
    import keras

    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder)
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    registered = keras.saving.get_custom_objects()
    before = dict(registered)
    yield folder
    registered.clear()
    registered.update(before)
    for path in MODULES:
        sys.modules.pop(Path(path).stem, None)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_built_and_loaded(name: str, examples: Path) -> None:
    import keras

    import modelspec

    # An archive that it loads is built of the document of that name, as the example says.
    for stem in re.findall(r"file: (\w+)\.keras", (examples / name).read_text(encoding="utf-8")):
        modelspec.load(f"{stem}.yaml").build(f"{stem}.keras")
    used = re.search(r"^use: \[(.*)\]$", (examples / name).read_text(encoding="utf-8"), re.MULTILINE)
    document = modelspec.load(name, allow=(used[1],) if used else ())
    assert [found.code for found in document.check()] == WARNS.get(name, [])
    document.build("built.keras")
    if used:
        __import__(Path(used[1]).stem)
    assert keras.saving.load_model("built.keras", safe_mode=True).count_params() == document.params


def test_the_digits_are_learnt_and_the_run_goes_on(examples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import modelspec

    monkeypatch.chdir(examples / "digits")
    short = {"train.fit.epochs": 1, "vars.width": 4}
    begun = modelspec.train("digits.yaml", "digits.keras", overrides=short)
    assert begun.metrics["val_accuracy"] < 0.6
    more = modelspec.train(
        "digits.yaml", "digits.keras", overrides={**short, "train.fit.epochs": 8}, resume=True
    )
    assert (more.begun, more.epochs) == (1, 8)
    assert more.metrics["val_accuracy"] > 0.6


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_prints_what_it_says(name: str, examples: Path) -> None:
    printed = io.StringIO()
    with redirect_stdout(printed):
        runpy.run_path(name, run_name="__main__")
    said = (examples / name).read_text(encoding="utf-8").partition(PRINTS)[2]
    assert printed.getvalue().splitlines() == [line.removeprefix("# ") for line in said.splitlines()]


def test_the_index_names_every_example_and_no_other() -> None:
    linked = set(re.findall(r"\]\(([\w.]+)\)", (EXAMPLES / "README.md").read_text(encoding="utf-8")))
    assert linked == {*DOCUMENTS, *BY_PROGRAM, *SOURCES}
