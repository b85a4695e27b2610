"""A ledger that is damaged is said to be so, and is made anew from the folders of the runs."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fake_sweep import document, run_fake, runs_of, starts, tell

from modelspec.cli.app import app
from modelspec.compiler.sweeping.changing.checking import check_sweep
from modelspec.compiler.sweeping.running.driving import recover
from modelspec.diagnostics import Report, SpecError
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.rows import data_of
from modelspec.ledger.store import LedgerError, open_for_reading, open_for_writing
from modelspec.ledger.values import RunRow

POINTS = 5
# Of a run, what depends on when it was started, and what its folder does not say.
FREE = ("started", "ended", "spent", "host", "pid", "exit", "lost")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of five points, one of them a duplicate, another rejected, of which three have been run."""
    folder = tmp_path_factory.mktemp("whole") / "sweep"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAKE_WITNESS", str(folder.parent / "witness"))
        shutil.copy(_data(folder.parent), folder.parent / "data.npz")
        tell(folder, patch, _3={"do": "fail", "final": True})
        run_fake(folder, written(), most=4)
    states = [run.state for run in runs_of(folder)]
    assert states == ["DONE", "FAILED", "PENDING"]
    return folder


def _data(folder: Path) -> Path:
    import numpy as np

    path = folder / "made.npz"
    np.savez(path, x=np.zeros((4, 2), "float32"), y=np.zeros((4, 1), "float32"))
    return path


def written() -> str:
    space = {"vars.units": [1, 1, 3, -1, 5]}
    return document(1, space=space)


@pytest.fixture
def copy(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, that a test may damage."""
    shutil.copytree(whole.parent, tmp_path, dirs_exist_ok=True)
    (tmp_path / "witness").unlink()
    (tmp_path / "net.yaml").write_text(written())
    monkeypatch.setenv("FAKE_WITNESS", str(tmp_path / "witness"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "sweep"


def dump(folder: Path) -> dict[str, object]:
    with open_for_reading(folder) as ledger:
        runs = [data_of(run) for run in ledger.runs()]
        return {
            "sweep": data_of(ledger.sweep()),
            "variants": [data_of(variant) for variant in ledger.variants()],
            "runs": [{name: value for name, value in run.items() if name not in FREE} for run in runs],
        }


def command(*arguments: str) -> Result:
    done = CliRunner().invoke(app, ["sweep", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def truncated(share: float) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, int(path.stat().st_size * share))


def overwritten(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = max(0, len(data) // 2 - (1 << 15))
    data[at : at + (1 << 16)] = random.Random(1).randbytes(min(1 << 16, len(data) - at))
    path.write_bytes(data)


def without_log(path: Path) -> None:
    """As after a copy of the one file alone while the sweep was driven: its write-ahead log is not there."""
    import sqlite3

    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM run")
        connection.execute("DELETE FROM variant")
        connection.execute("UPDATE sweep SET planned = 0")
    connection.close()


DAMAGES: dict[str, Callable[[Path], None]] = {
    **{f"cut at {share:.0%}": truncated(share) for share in (0.01, 0.3, 0.6, 0.9, 0.999)},
    "64 KiB of it random": overwritten,
    "a text": lambda path: path.write_text("this is no database\n" * 500) and None,
    "nothing": lambda path: path.write_bytes(b"") and None,
    "not there": lambda path: path.unlink(),
    "without its write-ahead log": without_log,
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)) and None,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_ledger_is_told_of_and_made_anew_from_the_folders(copy: Path, damage: str) -> None:
    before, path = dump(copy), SweepFolder(copy).ledger
    DAMAGES[damage](path)
    spoilt = path.read_bytes() if path.exists() else None
    for verb in (
        ("run", "net.yaml", "-o", "sweep"),
        ("resume", "sweep"),
        ("status", "sweep"),
        ("check", "sweep"),
    ):
        done = command(*verb)
        assert (done.exit_code, done.stdout) == (3, ""), verb
        assert "error[damaged-ledger]: `sweep/ledger.sqlite` is damaged: " in done.stderr
        assert "help: `modelspec sweep check sweep --repair` makes it anew" in done.stderr
        assert "***" not in done.stderr
    assert (path.read_bytes() if path.exists() else None) == spoilt
    done = command("check", "sweep", "--repair")
    assert (done.exit_code, done.stderr) == (0, "")
    (moved,) = [*copy.glob("ledger.sqlite.corrupt-*Z")] or [None]
    assert (moved.read_bytes() if moved is not None else None) == spoilt
    assert [run.state for run in runs_of(copy)] == ["DONE", "FAILED"]
    # What had not been run is planned again, with the same numbers, duplicates and rejects.
    assert run_fake(copy, most=4).why == "done"
    assert dump(copy) == before
    assert run_fake(copy).count("DONE") == 2
    assert [number for number, _, _ in starts(copy)] == [5]


def test_a_ledger_cut_anywhere_is_never_taken_for_one_that_is_empty(copy: Path) -> None:
    path, before = SweepFolder(copy).ledger, dump(copy)
    data = path.read_bytes()
    for size in range(0, len(data), 509):
        path.write_bytes(data[:size])
        with pytest.raises(LedgerError) as caught:
            dump(copy)
        assert (caught.value.kind, caught.value.path) == ("damaged", path)
    path.write_bytes(data)
    assert dump(copy) == before


@pytest.mark.slow
def test_a_ledger_with_random_bytes_anywhere_is_damaged_or_says_what_it_said(copy: Path) -> None:
    path, before, chance = SweepFolder(copy).ledger, dump(copy), random.Random(7)
    data, told = path.read_bytes(), 0
    for _ in range(2000):
        at, size = chance.randrange(len(data)), chance.choice([1, 16, 512, 4096])
        path.write_bytes(data[:at] + chance.randbytes(size) + data[at + size :])
        with suppress(LedgerError):
            found, told = dump(copy), told - 1
            assert found == before
        told += 1
    assert told > 500


@contextmanager
def damaged(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    yield data
    path.write_bytes(data)


def test_a_result_cut_at_any_byte_is_found_by_a_check_and_harms_no_ledger(copy: Path) -> None:
    result, before = SweepFolder(copy).run("0001").result, dump(copy)
    with damaged(result) as data:
        for size in range(len(data.rstrip())):
            result.write_bytes(data[:size])
            assert dump(copy) == before
            with pytest.raises(SpecError) as caught:
                check(copy)
            (found,) = caught.value.diagnostics
            assert (found.code, found.message) == (
                "damaged-run",
                f"`{result.parent}`: `result.json` is damaged; the ledger says done with 1",
            )
    check(copy)


def recovered(folder: Path) -> RunRow:
    """The first run, as the next driver takes it over from one that was killed while it ran."""
    at = SweepFolder(folder)
    with open_for_writing(at) as ledger:
        row, (run, *_) = ledger.sweep(), ledger.runs()
        ledger.keep(replace(run, state="RUNNING", value=None, metrics={}, epochs=0, started=1.0, ended=None))
        (found,) = recover(ledger, at, row, now=2.0)
    return found


def test_a_result_cut_at_any_byte_is_none_for_the_next_driver(copy: Path) -> None:
    result = SweepFolder(copy).run("0001").result
    with damaged(result) as data:
        for size in range(len(data.rstrip())):
            result.write_bytes(data[:size])
            assert recovered(copy).state == "PENDING"
    found = recovered(copy)
    assert (found.state, found.value, found.epochs) == ("DONE", 1.0, 2)


def test_metrics_cut_at_any_byte_give_the_next_driver_no_value_that_is_not_that_of_the_run(
    copy: Path,
) -> None:
    metrics = SweepFolder(copy).run("0001").metrics
    with damaged(metrics) as data:
        for size in range(len(data)):
            metrics.write_bytes(data[:size])
            found = recovered(copy)
            whole = data[:size].count(b"\n")
            assert (found.state, found.value) == ("FAILED", None)
            assert found.error["message"] == f"`metrics.jsonl` ends with epoch {whole}, and the run with 2"
    assert (recovered(copy).state, recovered(copy).value) == ("DONE", 1.0)


def test_a_run_whose_result_was_cut_is_run_again_where_the_ledger_is_lost_too(copy: Path) -> None:
    at = SweepFolder(copy)
    for size in range(0, at.run("0001").result.stat().st_size, 23):
        os.truncate(at.run("0001").result, size)
        at.ledger.unlink()
        assert command("check", "sweep", "--repair").exit_code == 0
        assert [run.state for run in runs_of(copy)] == ["PENDING", "FAILED"]
        assert [run.state for run in run_fake(copy, most=4).runs] == ["DONE", "FAILED", "PENDING"]


def test_metrics_cut_at_any_byte_lose_at_most_the_line_that_is_cut(copy: Path) -> None:
    at = SweepFolder(copy)
    metrics = at.run("0001").metrics
    with damaged(metrics) as data:
        for size in range(len(data)):
            metrics.write_bytes(data[:size])
            lines = data[:size].count(b"\n")
            report = Report()
            findings(copy, report)
            torn = [one.message for one in report.diagnostics if one.code == "cut-metrics"]
            expected = [f"`{metrics}`: line {lines + 1} is cut, and left out"]
            assert torn == (expected if size and data[size - 1 : size] != b"\n" else [])
            errors = [one.message for one in report.diagnostics if one.severity == "error"]
            assert errors == [
                f"`{metrics.parent}`: `metrics.jsonl` ends with epoch {lines}, and the run with 2"
            ]
    assert not findings(copy, Report())


def test_a_line_of_metrics_that_is_damaged_within_is_an_error(copy: Path) -> None:
    metrics = SweepFolder(copy).run("0001").metrics
    metrics.write_bytes(b'{"epoch": 1, "sco\x00\xff"}\n' + metrics.read_bytes())
    done = command("check", "sweep")
    assert done.exit_code == 1
    assert "runs/0001/metrics.jsonl`: line 1 is damaged; it and what follows is left out" in done.stderr
    # Whatever the metrics say now, the ledger goes on saying what it said.
    assert run_fake(copy, most=4).count("DONE") == 1
    assert command("check", "sweep", "--repair").exit_code == 1
    assert (runs_of(copy)[0].state, runs_of(copy)[0].value) == ("DONE", 1.0)


def test_a_ledger_that_says_another_value_than_the_folder_is_corrected(copy: Path) -> None:
    before = dump(copy)
    with open_for_writing(SweepFolder(copy)) as ledger:
        ledger.keep(replace(ledger.runs()[0], value=3.5))
    done = command("check", "sweep")
    assert done.exit_code == 1
    assert "`sweep/runs/0001`: it says done with 1, and the ledger done with 3.5" in done.stderr
    done = command("check", "sweep", "--repair")
    assert (done.exit_code, done.stdout) == (0, "sweep: 1 run corrected\nsweep: 3 runs, all is well\n")
    assert dump(copy) == before


def test_what_a_run_was_told_cut_at_any_byte_makes_that_run_one_that_waits(copy: Path) -> None:
    at = SweepFolder(copy)
    order = at.run("0001").order
    data = order.read_bytes()
    for size in (0, 1, len(data) // 2, len(data) - 3):
        order.write_bytes(data[:size])
        assert command("check", "sweep").exit_code == 1
        at.ledger.write_bytes(b"")
        done = command("check", "sweep", "--repair")
        assert (done.exit_code, done.stderr) == (0, "")
        assert [run.folder for run in runs_of(copy)] == ["0003"]
        assert [run.state for run in run_fake(copy, most=4).runs] == ["DONE", "FAILED", "PENDING"]
        order.write_bytes(data)
        shutil.rmtree(at.run("0001").path)
        shutil.copytree(order.parent.parent / "0003", at.run("0001").path)
        order.write_bytes(data)


@pytest.mark.parametrize("size", [0, 1, 50, 400])
def test_a_copy_of_what_the_sweep_is_that_is_cut_is_written_anew(copy: Path, size: int) -> None:
    path, before = SweepFolder(copy).sweep, dump(copy)
    os.truncate(path, size)
    done = command("check", "sweep")
    assert done.exit_code == 1
    assert "error[damaged-run]: `sweep/sweep.json` cannot be read: " in done.stderr
    run_fake(copy, most=4)
    assert command("check", "sweep").exit_code == 0
    os.truncate(path, size)
    SweepFolder(copy).ledger.write_bytes(b"nothing that is a ledger")
    done = command("check", "sweep", "--repair")
    assert done.exit_code == 3
    assert (
        "`sweep/ledger.sqlite` is damaged: file is not a database, and `sweep.json` cannot be read"
        in done.stderr
    )
    assert before["runs"]


def test_a_check_tells_what_the_ledger_and_the_folders_say_otherwise(copy: Path) -> None:
    at = SweepFolder(copy)
    result = at.run("0001").result
    data = json.loads(result.read_text())
    result.write_text(json.dumps({**data, "attempt": 7}))
    shutil.rmtree(at.run("0003").path)
    done = command("check", "sweep", "--format", "json")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["runs"], found["repaired"]) == (1, 3, None)
    assert [one["message"] for one in found["diagnostics"]] == [
        "`sweep/runs/0001`: `result.json` is of attempt 7, and the ledger says 1"
    ]
    shutil.rmtree(at.run("0001").path)
    done = command("check", "sweep")
    assert "`sweep/runs/0001`: it is not there; the ledger says done with 1" in done.stderr


def test_a_ledger_that_says_less_than_the_folders_is_corrected_when_it_is_gone_on_with(copy: Path) -> None:
    before = dump(copy)
    with open_for_writing(SweepFolder(copy)) as ledger:
        for run in ledger.runs():
            ledger.keep(replace(run, state="PENDING", attempt=0, value=None, metrics={}, epochs=0))
    assert "is of attempt 1, and the ledger says 0" in command("check", "sweep").stderr
    ran = run_fake(copy, most=2)
    assert starts(copy) == []
    assert dump(copy)["runs"][0] == before["runs"][0]  # type: ignore[index]
    assert ran.count("DONE") == 1


def findings(folder: Path, report: Report) -> tuple[object, ...]:
    with open_for_reading(folder) as ledger:
        check_sweep(SweepFolder(folder), ledger, report)
    return tuple(report.diagnostics)


def check(folder: Path) -> None:
    report = Report()
    findings(folder, report)
    report.raise_if_errors()


def spoil(folder: Path, chance: random.Random) -> str:
    """Damage one file of a sweep's folder in some way; which and how."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "model.keras")
    path = chance.choice(paths)
    data = path.read_bytes()
    at, size = chance.randrange(len(data) + 1), chance.choice([1, 8, 64, 5000])
    way = chance.choice(["cut", "changed", "lost", "emptied", "replaced", "turned"])
    match way:
        case "cut":
            path.write_bytes(data[:at])
        case "changed":
            path.write_bytes(data[:at] + chance.randbytes(size) + data[at + size :])
        case "turned":  # one bit
            path.write_bytes(data[:at] + bytes(byte ^ 1 for byte in data[at : at + 1]) + data[at + 1 :])
        case "emptied":
            path.write_bytes(b"")
        case "replaced":
            path.write_bytes(chance.choice([b"[]", b"{}", b"null", b'{"format": 1}', b"\xff\xfe", b"7\n"]))
        case "lost":
            path.unlink()
    return f"{path.relative_to(folder)} is {way} at {at} ({size})"


def survives(copy: Path, tmp_path: Path, seeds: range) -> None:
    """Whatever is damaged, every verb says something, and repaired the sweep comes to its end."""
    for seed in seeds:
        folder = tmp_path / f"damaged-{seed}"
        shutil.copytree(copy, folder)
        how = spoil(folder, random.Random(seed))
        for verb in ("status", "show", "check"):
            assert command(verb, str(folder)).exit_code in (0, 1, 3), how
        done = command("check", str(folder), "--repair")
        assert done.exit_code in (0, 1, 3), how
        if done.exit_code == 3:
            assert "newer-ledger" in done.stderr, how  # of one bit, the format may be another
            continue
        ran = run_fake(folder, most=4)
        assert {run.state for run in ran.runs if run.variant <= 4} <= {"DONE", "FAILED"}, how
        assert [variant.state for variant in ran.variants] == [
            *("distinct", "duplicate", "distinct", "rejected", "distinct")
        ], how


def test_whatever_file_is_damaged_every_verb_has_an_answer_and_the_sweep_can_be_gone_on_with(
    copy: Path, tmp_path: Path
) -> None:
    survives(copy, tmp_path, range(12))


@pytest.mark.slow
def test_whatever_file_is_damaged_in_more_ways_the_sweep_can_be_gone_on_with(
    copy: Path, tmp_path: Path
) -> None:
    survives(copy, tmp_path, range(100, 400))
