"""All that a ledger says of its runs as one table, and as a Parquet file."""

from __future__ import annotations

from pathlib import Path

import pytest
from rows import run_row, sweep_row, variant_row

from modelspec.ledger.parquet_file import write_parquet
from modelspec.ledger.table import columns_of


def test_a_row_is_a_run_or_a_point_that_has_none() -> None:
    variants = [
        variant_row(1),
        variant_row(2, state="duplicate", duplicate_of=1),
        variant_row(3, state="rejected", reasons=("net.yaml:3:1: it does not fit",)),
    ]
    runs = [run_row(1, 0.5, seed=0), run_row(1, None, "FAILED", seed=1, error={"message": "it broke"})]
    table = columns_of(sweep_row(seeds=(0, 1)), variants, runs)
    assert table["number"] == [1, 1, 2, 3]
    assert table["vars.width"] == [1, 1, 2, 3]
    assert table["state"] == ["done", "failed", "duplicate", "rejected"]
    assert table["value"] == [0.5, None, None, None]
    assert table["loss"] == [0.5, None, None, None]
    assert table["duplicate_of"] == [None, None, 1, None]
    assert table["error"] == [None, "it broke", None, "net.yaml:3:1: it does not fit"]


def test_a_name_that_a_column_has_already_is_told_apart() -> None:
    row = sweep_row(parameters=("name", "value"))
    variant = variant_row(1, values=(("name", "a"), ("value", 2)))
    table = columns_of(row, [variant], [run_row(1, 0.5, metrics={"epochs": 7.0})])
    assert (table["name"], table["parameter.name"]) == (["net_1"], ["a"])
    assert (table["value"], table["parameter.value"]) == ([0.5], [2])
    assert (table["epochs"], table["metric.epochs"]) == ([2], [7.0])


def test_a_column_of_several_kinds_is_numbers_where_it_can_be_and_else_texts(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {"mixed": [1, "a", None], "numbers": [1, 2.5, None], "whole": [1, None, 3]}
    assert write_parquet(tmp_path / "runs.parquet", columns) == 3
    assert parquet.read_table(tmp_path / "runs.parquet").to_pydict() == {
        "mixed": ["1", "a", None],
        "numbers": [1.0, 2.5, None],
        "whole": [1, None, 3],
    }
