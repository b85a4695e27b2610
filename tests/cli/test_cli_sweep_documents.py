"""`modelspec sweep promote`, `diff` and `best` as a user has them."""

from __future__ import annotations

import json
import shutil

import pytest
from swept_folder import write_swept

NET = """\
modelspec: 1   # of the language
vars: {width: WIDTH, rate: 0.1}   # as wide as it gets
inputs: {x: [3]}
layers:
  - Dense: {units: $width}
    name: hidden
weights: {load: [{file: data/net.keras}]}
"""


@pytest.fixture
def swept(folder):
    return write_swept(folder, NET)


def test_a_variant_is_promoted_with_its_comments_and_paths(folder, run, swept):
    done = run("sweep", "promote", "net.sweep", "2", "-o", "best.yaml")
    assert (done.status, done.err) == (0, "")
    assert done.out == "net.sweep -> best.yaml  w8 (#2), 7 lines\n"
    assert (folder / "best.yaml").read_text() == NET.replace("WIDTH", "8")
    (folder / "nets").mkdir()
    done = run("sweep", "promote", "net.sweep", "2", "-o", "nets/best.yaml", "--format", "json")
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out) == {
        "folder": "net.sweep",
        "number": 2,
        "name": "w8",
        "values": {"vars.width": 8},
        "document": "nets/best.yaml",
    }
    assert "{file: ../data/net.keras}" in (folder / "nets" / "best.yaml").read_text()


def test_it_is_printed_for_the_working_folder(folder, run, swept):
    done = run("sweep", "promote", "net.sweep", "3", "-o", "-")
    assert (done.status, done.out, done.err) == (0, NET.replace("WIDTH", "16"), "")
    done = run("sweep", "promote", "net.sweep", "3", "-o", "-", "--format", "json")
    assert json.loads(done.out)["text"] == NET.replace("WIDTH", "16")


def test_a_document_that_is_there_is_not_replaced_without_a_word(folder, run, swept):
    before = (folder / "good.yaml").read_text()
    done = run("sweep", "promote", "net.sweep", "2", "-o", "good.yaml")
    assert (done.status, done.out) == (1, "")
    assert "error[file-exists]: `good.yaml` is there already" in done.err
    assert (folder / "good.yaml").read_text() == before
    assert run("sweep", "promote", "net.sweep", "2", "-o", "good.yaml", "--force", "-q").status == 0
    assert (folder / "good.yaml").read_text() == NET.replace("WIDTH", "8")


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("4", "variant #4 is not run: it is the same as #1"),
        ("5", "variant #5 is not run: it was rejected"),
        ("6", "the sweep has no variant #6"),
    ],
)
def test_a_variant_that_is_not_run_has_no_document(folder, run, swept, number, message):
    for verb in (("promote", "net.sweep", number, "-o", "new.yaml"), ("diff", "net.sweep", "1", number)):
        done = run("sweep", *verb)
        assert (done.status, done.out) == (1, "")
        assert f"error[unknown-variant]: {message}" in done.err
    assert not (folder / "new.yaml").exists()


def test_a_folder_that_is_moved_with_its_document_names_the_same_files(folder, run, swept):
    (folder / "away").mkdir()
    shutil.move(folder / "net.sweep", folder / "away")
    # The document's own folder is where it was, relative to the sweep's: one up.
    done = run("sweep", "promote", "away/net.sweep", "2", "-o", "-")
    assert "{file: away/data/net.keras}" in done.out


def test_a_difference_is_paths_with_both_values_and_what_came_of_them(run, swept):
    done = run("sweep", "diff", "net.sweep", "1", "2")
    assert (done.status, done.err) == (0, "")
    assert [line.split() for line in done.out.splitlines()] == [
        ["#1", "w4", "#2", "w8"],
        ["vars.width", "4", "8"],
        [],
        ["params", "40", "80"],
        ["output", "[4]", "[8]"],
        ["hash", "0" * 12, "0" * 12],
        ["state", "done", "done"],
        ["val_loss", "0.5", "0.25"],
    ]
    done = run("sweep", "diff", "net.sweep", "2", "2", "--format", "concise")
    assert done.out.splitlines()[0] == "params: 80"
    done = run("sweep", "diff", "net.sweep", "1", "3", "-q")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_a_difference_as_json(run, swept):
    done = run("sweep", "diff", "net.sweep", "1", "3", "--format", "json")
    data = json.loads(done.out)
    assert data["changes"] == [{"path": "vars.width", "before": 4, "after": 16}]
    assert [(one["number"], one["params"], one["value"]) for one in data["variants"]] == [
        (1, 40, 0.5),
        (3, 160, 0.75),
    ]
    assert data["metric"] == "val_loss"


def test_the_best_model_is_copied(folder, run, swept):
    (folder / "best.keras").write_bytes(b"older")
    done = run("sweep", "best", "net.sweep", "-o", "best.keras")
    assert (done.status, done.err) == (0, "")
    assert done.out == "net.sweep -> best.keras  w8 (#2), val_loss 0.25, 17 bytes\n"
    assert (folder / "best.keras").read_bytes() == b"the model of 0002"
    assert sorted(path.name for path in folder.glob("*best*")) == ["best.keras"]


def test_of_several_seeds_it_is_the_best(folder, run):
    write_swept(folder, NET, seeds=(0, 3, 1))
    done = run("sweep", "best", "net.sweep", "-o", "best.keras")
    assert done.out == (
        "net.sweep -> best.keras  w8 (#2), val_loss 0.22 with seed 3, mean 0.2367 of 3, 23 bytes\n"
    )
    assert (folder / "best.keras").read_bytes() == b"the model of 0002-seed3"
    done = run("sweep", "best", "net.sweep", "-o", "best.keras", "--format", "json")
    data = json.loads(done.out)
    assert data["run"] == {"folder": "0002-seed3", "seed": 3, "value": 0.22}
    assert (data["number"], data["archive"], data["bytes"]) == (2, "best.keras", 23)


def test_a_model_that_was_taken_away_is_not_there_to_copy(folder, run, swept):
    swept.run("0002").archive.unlink()
    (folder / "best.keras").write_bytes(b"older")
    done = run("sweep", "best", "net.sweep", "-o", "best.keras")
    assert (done.status, done.out) == (1, "")
    assert "error[no-model]: the model of the best variant, #2, cannot be read: no such file" in done.err
    assert (folder / "best.keras").read_bytes() == b"older"


def test_a_sweep_that_measures_nothing_has_no_best(folder, run):
    write_swept(folder, NET, metric=None)
    done = run("sweep", "best", "net.sweep", "-o", "best.keras")
    assert (done.status, done.out) == (1, "")
    assert "error[nothing-measured]: the sweep in `net.sweep` has no `objective`" in done.err


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("best", ("-o", "b.keras")),
        ("check", ("--repair",)),
        ("diff", ("1", "2")),
        ("extend", ("--variants", "+1")),
        ("gc", ("--keep", "1")),
        ("promote", ("1", "-o", "b.yaml")),
        ("resume", ()),
        ("retry", ()),
    ],
)
def test_what_is_no_sweep_says_so_and_does_not_become_one(folder, run, verb, arguments):
    done = run("sweep", verb, "net.sweep", *arguments)
    assert (done.status, done.out) == (1, "")
    assert "error[no-sweep]: `net.sweep` is no folder of a sweep: there is no such folder" in done.err
    assert not (folder / "net.sweep").exists()
