"""A sweep's folder that was moved, or that an older release has written, is gone on with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fake_sweep import document, run_fake, runs_of, starts

from modelspec.compiler.sweeping.changing.checking import check_sweep
from modelspec.compiler.sweeping.folders.opening import reopened
from modelspec.diagnostics import Report
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.standings import standings
from modelspec.ledger.store import open_for_reading

LEDGERS = Path(__file__).with_name("ledgers")


def test_a_folder_that_is_moved_alone_is_gone_on_with_where_its_document_still_lies(folder: Path) -> None:
    (folder.parent / "net.yaml").write_text(document(3))
    run_fake(folder, document(3), most=1)
    moved = folder.parent / "elsewhere" / "deep" / "renamed"
    moved.parent.mkdir(parents=True)
    folder.rename(moved)
    assert [run.state for run in run_fake(moved).runs] == ["DONE"] * 3
    assert [number for number, _, _ in starts(folder)] == [1, 2, 3]
    assert not folder.exists()


def test_a_folder_that_is_moved_with_all_that_lies_around_it_reads_what_lies_around_it_now(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (folder.parent / "net.yaml").write_text(document(3))
    run_fake(folder, document(3), most=1)
    there = tmp_path_factory.mktemp("there") / "all"
    shutil.copytree(folder.parent, there)
    (folder.parent / "data.npz").unlink()  # the old place has the document still, and is not read
    ran = run_fake(there / "sweep")
    assert ran.count("DONE") == 3
    for run in ran.runs[1:]:
        text = SweepFolder(there / "sweep").run(run.folder).document.read_text()
        assert str(folder.parent) not in text


@pytest.mark.parametrize("format", ["format1"])
def test_a_ledger_of_every_format_there_was_is_read_and_gone_on_with(folder: Path, format: str) -> None:
    shutil.copytree(LEDGERS / format, folder)
    shutil.move(folder / "net.yaml", folder.parent)
    report = Report()
    with open_for_reading(folder) as ledger:
        assert check_sweep(SweepFolder(folder), ledger, report) == 6
        (best, *_) = standings(ledger.sweep(), ledger.variants(), ledger.runs())
        states = [variant.state for variant in ledger.variants()]
    assert report.diagnostics == []
    assert (best.variant.number, best.value, best.count) == (1, 1.0, 2)
    assert states == ["distinct", "duplicate", "distinct", "rejected", "distinct"]
    assert [run.state for run in runs_of(folder)] == ["DONE"] * 2 + ["FAILED"] * 2 + ["PENDING"] * 2
    assert run_fake(folder, (folder.parent / "net.yaml").read_text()).count("DONE") == 4
    assert starts(folder) == [(5, 0, 1), (5, 1, 1)]


def test_of_a_folder_on_another_machine_it_is_said_how_its_ledger_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelspec.compiler.sweeping.folders.opening.is_on_network", lambda path: True)
    run_fake(folder, document(1))
    report = Report()
    with reopened(SweepFolder(folder), report):
        assert not folder.joinpath("ledger.sqlite-wal").exists()
    assert [found.code for found in report.diagnostics] == ["network-folder"]
