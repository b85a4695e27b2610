"""`modelspec sweep show`, `status` and `logs` as a user has them, whether it is driven or not."""

from __future__ import annotations

import csv
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import COMMAND

from modelspec.archive.exclusive import held
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import create, open_for_writing
from modelspec.ledger.values import RunRow, SweepRow, VariantRow

DOCUMENT = """\
modelspec: 1
vars: {width: 4}
inputs: {x: [3]}
layers:
  - Dense: {units: $width}

sweep:
  method: grid
  space: {vars.width: [4, 8, 16, 32, 4.0, -1]}
  budget: {wall: 1h}
"""
ROW = SweepRow(
    name="net",
    identity={"space": "0"},
    method="grid",
    seed=0,
    parameters=("vars.width",),
    document=DOCUMENT,
    base=("..", "/nowhere"),
    settings={
        **{"root": None, "allowed_paths": [], "allow": [], "backend": "jax", "max_params": 10**9},
        **{"allow_unsafe": False, "use_cache": True, "target": None, "train": True},
    },
    metric="val_loss",
    goal="minimize",
    reduce="last",
    aggregate="mean",
    seeds=(0, 1),
    version="0.1.0",
)


def variant(number: int, width: float) -> VariantRow:
    return VariantRow(
        number,
        f"net_{number}",
        (("vars.width", width),),
        "distinct",
        fingerprint=f"f{number}",
        document=DOCUMENT.replace("width: 4}", f"width: {width}}}").partition("\nsweep:")[0],
        facts={"params": 4 * int(width), "output_shape": [int(width)], "hash": f"m1:{number:012d}"},
    )


VARIANTS = (
    *(variant(number, width) for number, width in enumerate((4, 8, 16, 32), 1)),
    replace(variant(5, 4.0), state="duplicate", duplicate_of=1),
    replace(variant(6, -1), state="rejected", reasons=("net.yaml:8:5: error[value]: `units` is below 1",)),
)


def done(number: int, seed: int, value: float) -> RunRow:
    return RunRow(
        number,
        seed,
        f"{number:04d}-seed{seed}",
        state="DONE",
        attempt=1,
        value=value,
        epochs=3,
        metrics={"val_loss": value},
        started=1000.0 + number,
        ended=1010.0 + number,
        spent=10.0,
        host="vm",
        pid=1,
        exit=0,
    )


RUNS = (
    done(1, 0, 0.5),
    done(1, 1, 0.7),
    done(2, 0, 0.25),
    done(2, 1, 0.25),
    replace(
        done(3, 0, 0.0), state="FAILED", value=None, exit=1, error={"code": "x", "message": "[no] memory"}
    ),
    done(3, 1, 0.1),
    replace(done(4, 0, 0.0), state="RUNNING", value=None, ended=None, exit=None, epochs=0),
    RunRow(4, 1, "0004-seed1"),
)


def write(folder: Path, row: SweepRow = ROW, runs: tuple[RunRow, ...] = RUNS) -> SweepFolder:
    at = SweepFolder(folder / "net.sweep")
    at.path.mkdir()
    create(at, row)
    with open_for_writing(at) as ledger:
        ledger.add(VARIANTS, runs, planned=len(VARIANTS))
    for run in runs:
        at.run(run.folder).path.mkdir(parents=True)
        lines = [{"epoch": epoch, "val_loss": 1 / epoch} for epoch in range(1, run.epochs + 1)]
        at.run(run.folder).metrics.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return at


def ended_runs() -> tuple[RunRow, ...]:
    return (*RUNS[:4], done(3, 0, 0.3), RUNS[5], done(4, 0, 0.9), done(4, 1, 0.9))


def test_the_leaderboard_is_a_table_with_a_line_below(folder, run):
    write(folder)
    shown = run("sweep", "show", "net.sweep")
    assert (shown.status, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert lines[0].split() == ["rank", "#", "name", "width", "val_loss", "epochs", "params", "time", "state"]
    assert [line.split()[:3] for line in lines[1:7]] == [
        ["1", "3", "net_3"],
        ["2", "2", "net_2"],
        ["3", "1", "net_1"],
        ["–", "4", "net_4"],
        ["–", "5", "net_5"],
        ["–", "6", "net_6"],
    ]
    assert lines[1].endswith("failed: [no] memory")
    assert "0.6000 ± 0.1414 (2)" in lines[3]
    assert lines[5].endswith("duplicate of #1")
    assert lines[6].endswith("rejected: net.yaml:8:5: error[value]: `units` is below 1")
    assert lines[7] == (
        "net.sweep: 6 variants, 2 done, 1 waiting, 1 failed, 1 duplicate, 1 rejected; "
        "best val_loss 0.1000  net_3 (#3)"
    )


@pytest.mark.parametrize(
    ("column", "numbers"),
    [
        ("params", [6, 1, 5, 2]),
        ("-params", [4, 3, 2, 1]),
        ("width", [6, 1, 5, 2]),
        ("vars.width", [6, 1, 5, 2]),
        ("val_loss", [3, 2, 1, 4]),
        ("-#", [6, 5, 4, 3]),
    ],
)
def test_the_leaderboard_is_sorted_by_any_column(folder, run, column, numbers):
    write(folder)
    shown = run("sweep", "show", "net.sweep", "--sort", column, "--top", "4", "--format", "json")
    data = json.loads(shown.out)
    assert [one["number"] for one in data["variants"]] == numbers
    assert data["total"] == 6


def test_an_unknown_column_has_the_nearest(folder, run):
    write(folder)
    shown = run("sweep", "show", "net.sweep", "--sort", "parms")
    assert shown.status == 2
    assert "there is no column `parms`: did you mean `params`?" in shown.err


def test_the_leaderboard_as_json_and_csv_has_everything(folder, run):
    write(folder)
    shown = run("sweep", "show", "net.sweep", "--csv", "board.csv", "--format", "json")
    data = json.loads(shown.out)
    assert (data["folder"], data["metric"], data["goal"], data["seeds"]) == (
        "net.sweep",
        "val_loss",
        "minimize",
        [0, 1],
    )
    assert data["states"]["duplicate"] == 1
    third = data["variants"][2]
    assert (third["value"], third["count"], third["values"]) == (0.6, 2, {"vars.width": 4})
    assert [one["state"] for one in data["variants"][0]["runs"]] == ["failed", "done"]
    assert data["variants"][0]["runs"][0]["error"] == "[no] memory"
    with (folder / "board.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["rank"], row["number"], row["vars.width"], row["value"]) for row in rows[:3]] == [
        ("1", "3", "16", "0.1"),
        ("2", "2", "8", "0.25"),
        ("3", "1", "4", "0.6"),
    ]
    assert rows[4]["note"] == "duplicate of #1"


def test_a_line_for_each_is_for_logs(folder, run):
    write(folder)
    shown = run("sweep", "show", "net.sweep", "--format", "concise", "--top", "2")
    assert shown.out.splitlines() == [
        "#3 net_3 vars.width=16 params=64 val_loss=0.1 failed: [no] memory",
        "#2 net_2 vars.width=8 params=32 val_loss=0.25 done",
    ]


def test_a_sweep_that_only_builds_has_shapes_and_hashes(folder, run):
    built = tuple(replace(one, value=None, epochs=0) for one in ended_runs())
    write(folder, replace(ROW, metric=None), built)
    shown = run("sweep", "show", "net.sweep")
    lines = shown.out.splitlines()
    assert lines[0].split() == ["#", "name", "width", "params", "output", "hash", "state"]
    assert lines[1].split() == ["1", "net_1", "4", "16", "[4]", "000000000001", "done"]


def test_a_page_is_written_whole(folder, run):
    pytest.importorskip("plotly", reason="plotly is not installed")
    write(folder)
    shown = run("sweep", "show", "net.sweep", "--html", "report.html")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.splitlines()[-1] == "the page: report.html"
    first = (folder / "report.html").read_bytes()
    assert first.startswith(b"<!doctype html>")
    assert b'id="curves"' in first
    assert run("sweep", "show", "net.sweep", "--html", "again.html", "-q").out == ""
    assert (folder / "again.html").read_bytes() == first


def test_without_the_library_a_page_says_which_extra_is_missing(folder, run):
    (folder / "missing").mkdir()
    (folder / "missing" / "plotly.py").write_text("raise ImportError('no plotly here')\n")
    write(folder)
    paths = str(folder / "missing")
    shown = subprocess.run(
        [
            *(sys.executable, "-c"),
            f"import sys; sys.path.insert(0, {paths!r}); {COMMAND[2].removeprefix('import sys; ')}",
            *("sweep", "show", "net.sweep", "--html", "report.html"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert shown.returncode == 1
    assert "error[missing-extra]: the figures of the page need plotly" in shown.stderr
    assert "help: install it: `pip install 'modelspec[report]'`" in shown.stderr
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize("option", ["--csv", "--html"])
def test_where_no_file_can_be_written_is_a_mistake_in_the_asked_form(folder, run, option):
    write(folder)
    shown = run("sweep", "show", "net.sweep", option, "nowhere/it", "--format", "json")
    assert (shown.status, shown.err) == (1, "")
    assert [item["code"] for item in json.loads(shown.out)["diagnostics"]] == ["cannot-write"]


@pytest.mark.parametrize("verb", ["show", "status", "logs"])
def test_what_is_no_sweep_is_told_so(folder, run, verb):
    number = ("1",) if verb == "logs" else ()
    shown = run("sweep", verb, "nowhere", *number)
    assert (shown.status, shown.out) == (1, "")
    assert "error[no-sweep]" in shown.err


@pytest.mark.parametrize("verb", ["show", "status", "logs"])
def test_a_damaged_ledger_has_a_status_of_its_own(folder, run, verb):
    write(folder).ledger.write_bytes(b"no ledger " * 999)
    number = ("1",) if verb == "logs" else ()
    shown = run("sweep", verb, "net.sweep", *number)
    assert (shown.status, shown.out) == (3, "")
    assert "error[damaged-ledger]" in shown.err


def test_a_sweep_that_nobody_drives_says_how_to_go_on(folder, run):
    write(folder)
    shown = run("sweep", "status", "net.sweep")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.splitlines() == [
        "net.sweep: 6 variants, 2 done, 1 waiting, 1 failed, 1 duplicate, 1 rejected",
        "  runs     6 of 8 ended, 1 interrupted",
        "  best     val_loss 0.1000  net_3 (#3)",
        "  points   6 of 6 seen through",
        "  budget   driven for 0.0 s of 1h 00m; runs took 1m 10s",
        "  driver   nobody drives it",
        "  next     `modelspec sweep resume net.sweep` goes on",
    ]


def test_a_command_that_is_proposed_can_be_typed_where_the_folder_has_spaces(folder, run):
    (folder / "my nets").mkdir()
    write(folder / "my nets")
    shown = run("sweep", "status", "my nets/net.sweep")
    assert shown.out.splitlines()[-1] == "  next     `modelspec sweep resume 'my nets/net.sweep'` goes on"


def test_a_sweep_that_is_driven_says_by_whom(folder, run):
    at = write(folder)
    with held(at.lock):
        lines = run("sweep", "status", "net.sweep").out.splitlines()
        data = json.loads(run("sweep", "status", "net.sweep", "--format", "json").out)
    assert lines[1] == "  runs     6 of 8 ended"
    assert lines[5].startswith("  driver   process ")
    assert lines[5].endswith(f" on {socket.gethostname()}")
    assert lines[6] == "  running  #4, seed 0, process 1 on vm"
    assert "sweep stop" in lines[7]
    assert data["driver"]["host"] == socket.gethostname()
    assert data["runs"] == {"pending": 1, "running": 1, "done": 5, "pruned": 0, "failed": 1}
    assert (data["best"]["number"], data["points"]) == (3, {"seen": 6, "total": 6})
    assert data["budget"]["wall"]["limit"] == 3600


@pytest.mark.parametrize(
    ("runs", "step"),
    [
        (
            ended_runs(),
            "`modelspec sweep show net.sweep` compares the variants, "
            "`modelspec sweep promote net.sweep 3 -o best.yaml` makes the best a document",
        ),
        ((*RUNS[:6],), "`modelspec sweep logs net.sweep 3` tells why #3 failed"),
    ],
    ids=["done", "failed"],
)
def test_a_sweep_that_has_ended_says_what_to_look_at(folder, run, runs, step):
    write(folder, runs=runs)
    assert step in run("sweep", "status", "net.sweep").out.splitlines()[-1]


def test_the_log_of_each_seed_is_printed_or_of_one(folder, run):
    at = write(folder)
    for seed in (0, 1):
        at.run(f"0003-seed{seed}").log.write_text(f"seed {seed}: ünï\nlast line")
    shown = run("sweep", "logs", "net.sweep", "3")
    assert shown.status == 0
    assert shown.out == "seed 0: ünï\nlast line\nseed 1: ünï\nlast line\n"
    assert shown.err.splitlines() == [
        "==> #3, seed 0: failed <==",
        "failed: [no] memory",
        "==> #3, seed 1: done <==",
    ]
    assert run("sweep", "logs", "net.sweep", "3", "--seed", "1").out == "seed 1: ünï\nlast line\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("9",), "the sweep has no variant #9"),
        (("5",), "it is the same as #1"),
        (("3", "--seed", "7"), "variant #3 has no run with seed 7"),
    ],
    ids=["unknown", "duplicate", "seed"],
)
def test_a_run_that_is_not_there_is_a_mistake(folder, run, arguments, text):
    write(folder)
    shown = run("sweep", "logs", "net.sweep", *arguments)
    assert (shown.status, shown.out) == (1, "")
    assert text in shown.err


@contextmanager
def driven(at: SweepFolder) -> Iterator[None]:
    """A driver under which the first run of the fourth variant prints three lines, and ends."""

    def drive() -> None:
        for number in range(3):
            with at.run("0004-seed0").log.open("ab") as log:
                log.write("épo".encode()[:-2])
                log.flush()
                time.sleep(0.4)
                log.write("épo".encode()[-2:] + f"ch {number}\n".encode())
        with open_for_writing(at) as ledger:
            ledger.keep(done(4, 0, 0.5))

    with held(at.lock):
        thread = threading.Thread(target=drive)
        thread.start()
        yield
        thread.join()


def test_a_log_is_followed_until_the_run_has_ended(folder, run):
    at = write(folder)
    with driven(at):
        shown = run("sweep", "logs", "net.sweep", "4", "--seed", "0", "-f")
    assert shown.status == 0
    assert shown.out == "époch 0\népoch 1\népoch 2\n"


def test_a_log_of_a_sweep_that_nobody_drives_is_not_waited_for(folder, run):
    at = write(folder)
    at.run("0004-seed0").log.write_text("half\n")
    shown = run("sweep", "logs", "net.sweep", "4", "-f")
    assert (shown.status, shown.out) == (0, "half\n")
    assert "it printed nothing" in shown.err
