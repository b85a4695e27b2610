"""What is kept of runs."""

from __future__ import annotations

from pathlib import Path

from rows import run_row, sweep_row, variant_row

from modelspec.ledger.artifacts import surplus, thin
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.standings import standings


def test_of_all_but_the_best_variants_the_folders_are_named() -> None:
    runs = [run_row(1, 0.2), run_row(2, 0.9), run_row(3, 0.5)]
    ranked = standings(sweep_row(), [variant_row(n) for n in (1, 2, 3)], runs)
    assert surplus(ranked, 1) == ("0003", "0001")
    assert surplus(ranked, 3) == ()


def test_a_variant_with_seeds_to_come_is_left_alone_and_takes_no_place() -> None:
    runs = [
        run_row(1, 0.5, seed=0),
        run_row(1, 0.5, seed=1),
        run_row(2, 0.9, seed=0),
        run_row(2, None, "PENDING", seed=1),
    ]
    ranked = standings(sweep_row(seeds=(0, 1)), [variant_row(1), variant_row(2)], runs)
    assert [one.variant.number for one in ranked] == [2, 1]
    assert surplus(ranked, 1) == ()


def test_what_failed_is_never_among_the_best() -> None:
    runs = [run_row(1, None, "FAILED"), run_row(2, 0.1)]
    ranked = standings(sweep_row(), [variant_row(1), variant_row(2)], runs)
    assert surplus(ranked, 5) == ("0001",)


def test_models_that_were_only_built_are_all_kept() -> None:
    row = sweep_row(metric=None, settings={"train": False})
    assert surplus(standings(row, [variant_row(1)], [run_row(1, None)]), 0) == ()


def test_of_a_run_what_says_what_it_was_stays_and_the_bytes_of_the_rest_are_told(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path)
    at = folder.run("0001").path
    (at / "logs").mkdir(parents=True)
    for name in ("variant.yaml", "metrics.jsonl", "result.json", "log.txt", "run.json", "notes.csv"):
        (at / name).write_text("kept")
    for name in ("model.keras", "checkpoint-0001.keras", "state.json", "logs/events"):
        (at / name).write_bytes(b"12345")
    assert thin(folder, ["0001", "0002"], always=["*.csv"]) == 20
    assert {path.name for path in at.iterdir()} == {
        *("variant.yaml", "metrics.jsonl", "result.json", "log.txt", "run.json", "notes.csv")
    }
