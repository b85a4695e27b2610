"""`modelspec sweep plan` as a user has it."""

from __future__ import annotations

import csv
import json

SWEEP = """\
sweep:
  method: grid
  space: {vars.width: [4, 8, 4.0, -1]}
  keep: [$(plan.params < 30)]
"""


def write_sweep(folder) -> None:
    (folder / "swept.yaml").write_text((folder / "good.yaml").read_text() + SWEEP)


def test_a_plan_is_a_table_and_a_summary(folder, run):
    write_sweep(folder)
    done = run("sweep", "plan", "swept.yaml", "--csv", "plan.csv")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].split() == ["#", "name", "vars.width", "params", "output", "hash"]
    assert lines[1].split()[:5] == ["1", "swept_1", "4", "21", "[1]"]
    assert "does not hold: plan.params is 41" in lines[2]
    assert "rejected: swept.yaml:5:20: error[" in lines[4]
    assert lines[-1] == "swept.yaml: 4 points, 1 distinct, 3 rejected"
    with (folder / "plan.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["number"], row["vars.width"], row["state"]) for row in rows] == [
        ("1", "4", "distinct"),
        ("2", "8", "rejected"),
        ("3", "4.0", "rejected"),
        ("4", "-1", "rejected"),
    ]


def test_a_plan_as_json_has_everything(folder, run):
    write_sweep(folder)
    done = run("sweep", "plan", "swept.yaml", "--first", "2", "--format", "json")
    data = json.loads(done.out)
    assert (done.status, done.err) == (0, "")
    assert (data["points"], data["planned"], data["distinct"], data["rejected"]) == (4, 2, 1, 1)
    first, second = data["variants"]
    assert first["values"] == {"vars.width": 4}
    assert first["hash"].startswith("m1:")
    assert second["reasons"][0]["code"] == "not-kept"


def test_quietly_it_says_nothing(folder, run):
    write_sweep(folder)
    done = run("sweep", "plan", "swept.yaml", "-q")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_a_plan_of_a_search_says_that_its_points_come_later(folder, run):
    search = "sweep: {method: bayes, space: {vars.width: [4, 8]}, objective: {metric: loss, goal: minimize}"
    for budget, text in (
        ("", "0 points to start from (others follow, as the search finds them), 0 distinct, 0 rejected"),
        (
            ", budget: {variants: 9}, start: [{vars.width: 4}]",
            "1 point to start from (9 are run, as the search finds them), 1 distinct, 0 rejected",
        ),
    ):
        (folder / "swept.yaml").write_text((folder / "good.yaml").read_text() + search + budget + "}\n")
        done = run("sweep", "plan", "swept.yaml")
        assert (done.status, done.out.splitlines()[-1]) == (0, f"swept.yaml: {text}")


def test_where_no_table_can_be_written_is_a_mistake(folder, run):
    write_sweep(folder)
    done = run("sweep", "plan", "swept.yaml", "--csv", "nowhere/plan.csv")
    assert (done.status, done.out) == (1, "")
    assert "error[cannot-write]: `nowhere/plan.csv` cannot be written" in done.err


def test_a_document_without_a_sweep_is_a_mistake(folder, run):
    done = run("sweep", "plan", "good.yaml")
    assert (done.status, done.out) == (1, "")
    assert "error[missing-key]: the document has no `sweep`" in done.err


def test_the_sweep_is_changed_from_outside(folder, run):
    write_sweep(folder)
    done = run("sweep", "plan", "swept.yaml", "--set", "sweep.space={vars.width: [5]}", "--format", "concise")
    assert done.status == 0
    assert done.out.startswith("1 swept_1 vars.width=5 26 [1] m1:")
