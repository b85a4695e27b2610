"""What the documents of a sweep may do is said by whoever drives it, never by its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fake_sweep import FAKE, document, local, nobody, run_fake, starts

from modelspec.compiler.sweeping.folders.opening import Opened, opened, reopened
from modelspec.compiler.sweeping.running.run import Ran, run_sweep
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source, SpecError
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import open_for_writing

TRUST = Options(allow=("train.py",), cpu_only=True)


@pytest.fixture
def begun(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sweep with a function of the caller's that trains, of which the first point has run."""
    monkeypatch.chdir(folder.parent)
    Path("train.py").write_text("def fit(model, trial):\n    return {'score': 1.0}\n")
    written = json.loads(document(2))
    written["train"] = {"entry": "train.py:fit"}
    path = folder.parent / "net.yaml"
    path.write_text(json.dumps(written))
    text = Text(Source("net.yaml", path.read_text(), folder=path.parent), "", path)
    report = Report()
    with opened(SweepFolder(folder), text, TRUST, report) as found:
        run(found, report, most=1)
    return folder


def run(found: Opened, report: Report, most: int | None = None) -> Ran:
    return run_sweep(found, local, report, command=FAKE, watch=nobody, most=most)


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(SpecError, match=r"the module `train\.py` is not allowed") as caught:
        yield
    assert [found.code for found in caught.value.diagnostics] == ["module-not-allowed"]


def test_a_run_is_told_what_the_caller_allows(begun: Path) -> None:
    order = json.loads(SweepFolder(begun).run("0001").order.read_text())
    assert order["settings"]["allow"] == [str(begun.parent / "train.py")]


def test_a_sweep_that_is_gone_on_with_is_allowed_nothing(begun: Path) -> None:
    with refused():
        run_fake(begun)
    assert len(starts(begun)) == 1


def test_a_folder_that_says_what_it_may_do_is_not_believed(begun: Path) -> None:
    at = SweepFolder(begun)
    with open_for_writing(at) as ledger:
        row = ledger.sweep()
        said = {"allow": [str(begun.parent / "train.py")], "allow_unsafe": True, "root": "/"}
        ledger.keep_sweep(replace(row, settings={**row.settings, **said}))
    with refused():
        run_fake(begun)
    with reopened(at, Report()) as found:
        assert (found.options.allow, found.options.allow_unsafe, found.options.root) == ((), False, None)


def test_whoever_goes_on_with_it_may_allow_it_anew(begun: Path) -> None:
    report = Report()
    with reopened(SweepFolder(begun), report, trust=TRUST) as found:
        assert run(found, report).count("DONE") == 2
    assert len(starts(begun)) == 2
