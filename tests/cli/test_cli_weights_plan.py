"""`modelspec weights plan` as a user has it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Outcome, Run
from rich.console import Console

from modelspec.cli.weights.plan_table import plan_tables, totals_line
from modelspec.compiler.weights.table import WeightsRow

NET = """\
modelspec: 1
inputs: {x: [3]}
layers:
  - {Dense: {units: 4}, name: stem}
  - {Dense: {units: 2}, name: head}
compile: {optimizer: adam, loss: mse}
weights:
  load:
    - file: w.npz
      %s
"""
VARIABLES = {
    "stem/kernel": np.ones((3, 4), "float16"),
    "stem/bias": np.ones(4, "float32"),
    "head/kernel": np.ones((4, 5), "float32"),
    "old/kernel": np.ones((2, 2), "float32"),
}
LENIENT = "missing: init\n      unexpected: ignore\n      mismatch: skip"


@pytest.fixture
def planned(folder: Path, run: Run) -> Any:
    """`weights plan` of the network that loads a file by a rule."""
    np.savez(folder / "w.npz", **VARIABLES)

    def planned(rule: str, *arguments: str) -> Outcome:
        (folder / "net.yaml").write_text(NET % rule)
        return run("weights", "plan", "net.yaml", *arguments)

    return planned


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_every_variable_is_shown_with_its_source_and_what_becomes_of_it(planned: Any, folder: Path) -> None:
    done = planned(LENIENT)
    assert (done.status, done.err) == (0, "")
    found = lines(done.out)
    assert found[0] == "net.yaml"
    assert found[2] == "variable shape dtype from w.npz"
    assert found[4:9] == [
        "stem/kernel 3, 4 float32 loaded stem/kernel float16",
        "stem/bias 4 float32 loaded stem/bias",
        "head/kernel 4, 2 float32 skipped head/kernel [4, 5]",
        "head/bias 2 float32 initialised Zeros",
        "– 2, 2 float32 unused old/kernel",
    ]
    assert found[-1] == (
        "2 variables loaded (16 parameters) 1 variable initialised (2 parameters)"
        " 1 variable skipped (8 parameters) 1 tensor unused (4 parameters)"
    )
    assert not (folder / "net.keras").exists()


def test_mistakes_are_told_together_and_the_table_is_shown_all_the_same(planned: Any) -> None:
    done = planned("match: name")
    assert done.status == 1
    for code in ("mismatched-weights", "missing-weights", "unexpected-weights"):
        assert f"error[{code}]" in done.err
    assert "3 errors" in done.err
    found = lines(done.out)
    assert "head/kernel 4, 2 float32 mismatched head/kernel [4, 5]" in found
    assert "head/bias 2 float32 missing Zeros" in found


def test_rules_that_say_nothing_are_told_together(planned: Any) -> None:
    done = planned('rename: {"(": a, "[z-a]": b}\n      only: [nothing]', "--format", "concise")
    assert done.status == 1
    told = sorted(line.split()[1] for line in done.err.splitlines())
    assert told == ["error[bad-rename]", "error[bad-rename]", "error[idle-pattern]"]
    done = planned("rename: {nobody: a}\n      only: [nothing]\n      into: nowhere", "--format", "concise")
    assert done.status == 1
    assert {line.split()[1] for line in done.err.splitlines()} == {
        "error[unknown-subtree]",
        "error[idle-pattern]",
    }


def test_rows_are_chosen_and_totals_are_of_all(planned: Any) -> None:
    found = lines(planned(LENIENT, "--only", "skipped", "--only", "unused").out)
    assert found[4:6] == [
        "head/kernel 4, 2 float32 skipped head/kernel [4, 5]",
        "– 2, 2 float32 unused old/kernel",
    ]
    assert "stem/kernel" not in " ".join(found)
    assert found[-1].startswith("2 variables loaded (16 parameters)")
    assert planned(LENIENT, "--only", "lost").status == 2


def test_the_optimizers_variables_are_shown_when_asked_for(planned: Any) -> None:
    assert "optimizer/" not in planned(LENIENT).out
    assert "optimizer/learning_rate" in planned(LENIENT, "--optimizer").out


def test_quiet_says_mistakes_alone(planned: Any) -> None:
    done = planned(LENIENT, "-q")
    assert (done.status, done.out, done.err) == (0, "", "")
    done = planned("match: name", "-q", "--format", "concise")
    assert (done.status, done.out) == (1, "")
    assert len(done.err.splitlines()) == 3


def test_data_has_every_row_and_the_totals(planned: Any) -> None:
    done = planned(LENIENT, "--format", "json")
    assert (done.status, done.err) == (0, "")
    data = json.loads(done.out)
    assert data.keys() == {"document", "diagnostics", "assets", "variables", "totals"}
    assert (data["document"], data["diagnostics"]) == ("net.yaml", [])
    by_path = {row["path"]: row for row in data["variables"]}
    assert by_path["stem/kernel"] == {
        "path": "stem/kernel",
        "shape": [3, 4],
        "dtype": "float32",
        "status": "loaded",
        "file": "w.npz",
        "tensor": "stem/kernel",
        "stored": "float16",
        "initializer": "",
        "over": "",
        "because": "",
    }
    assert by_path["head/kernel"]["because"] == "head/kernel"
    assert by_path["head/bias"]["initializer"] == "Zeros"
    assert by_path[""]["status"] == "unused"
    assert data["totals"] == {
        "loaded": {"count": 2, "params": 16},
        "initialised": {"count": 1, "params": 2},
        "skipped": {"count": 1, "params": 8},
        "unused": {"count": 1, "params": 4},
    }


def test_data_has_mistakes_and_the_plan_beside_them(planned: Any) -> None:
    done = planned("match: name", "--format", "json")
    assert (done.status, done.err) == (1, "")
    data = json.loads(done.out)
    assert [found["code"] for found in data["diagnostics"]] == [
        "mismatched-weights",
        "unexpected-weights",
        "missing-weights",
    ]
    assert {row["status"] for row in data["variables"]} == {"loaded", "mismatched", "missing", "unused"}


def test_a_document_with_other_mistakes_has_no_plan(folder: Path, run: Run) -> None:
    done = run("weights", "plan", "wrong.yaml", "--format", "json")
    assert done.status == 1
    data = json.loads(done.out)
    assert (data["variables"], data["totals"]) == ([], {})
    assert len(data["diagnostics"]) == 1
    done = run("weights", "plan", "wrong.yaml")
    assert (done.status, done.out) == (1, "")
    assert run("weights", "plan").status == 2


def test_a_file_that_is_not_there_leaves_no_plan_and_is_told(planned: Any, folder: Path) -> None:
    assert planned("match: name").status == 1
    (folder / "w.npz").unlink()
    done = planned("match: name")
    assert done.status == 1
    assert "error[file-not-found]" in done.err


def test_a_document_that_loads_nothing_has_a_plan_too(run: Run) -> None:
    done = run("weights", "plan", "good.yaml")
    assert (done.status, done.err) == (0, "")
    assert "hidden/kernel 3, 4 float32 initialised GlorotUniform" in lines(done.out)
    assert lines(done.out)[-1] == "4 variables initialised (21 parameters)"


ROWS = (
    WeightsRow(
        "encoder/attention/query_dense/kernel", (768, 12, 64), "float32", "loaded", "bert.npz", "q/kernel"
    ),
    WeightsRow(
        "encoder/attention/query_dense/bias",
        (12, 64),
        "float32",
        "mismatched",
        "bert.npz",
        "bert/encoder/layer/0/attention/self/query/bias",
        stored="[768] float16",
        over="older.npz",
    ),
    WeightsRow("head/kernel", (), "float32", "initialised", initializer="GlorotUniform"),
    WeightsRow("", (4, 4), "float32", "unused", "bert.npz", "[brackets]/kernel"),
)


@pytest.mark.parametrize("width", [60, 80, 109, 110, 160])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_table_fits_its_terminal(width: int, count: int) -> None:
    console = Console(width=width, file=io.StringIO())
    for part in plan_tables("net.yaml", ROWS[:count], width=width):
        console.print(part)
    console.print(totals_line(ROWS[:count]))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(map(len, text.splitlines())) <= width
    assert ("dtypes: from" in text) == (width < 110)
    together = "".join(text.split())
    if width in (80, 109, 160):
        assert "encoder/attention/query_dense/kernel" in text
    assert count < 4 or "[brackets]" in together


def test_files_are_named_in_each_row_where_there_are_several() -> None:
    rows = (ROWS[0], WeightsRow("a", (), "float32", "loaded", "other.npz", "b"))
    console = Console(width=160, file=io.StringIO())
    for part in plan_tables("net.yaml", rows, width=160):
        console.print(part)
    found = lines(console.file.getvalue())  # type: ignore[attr-defined]
    assert any(line.endswith("loaded other.npz b") for line in found)
    assert any(line.endswith("loaded bert.npz q/kernel") for line in found)
