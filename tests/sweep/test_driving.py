"""A sweep driven to its end with a trainer that takes no time: what is started, and what is noted."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_sweep import document, run_fake, runs_of, starts

from modelspec.compiler.sweeping.changing.extending import extend_sweep
from modelspec.diagnostics import Report, SpecError
from modelspec.ledger.standings import standings
from modelspec.ledger.store import open_for_reading


def test_every_point_is_run_once_and_its_value_noted(folder: Path) -> None:
    ran = run_fake(folder, document(4))
    assert (ran.why, ran.count("DONE")) == ("done", 4)
    assert starts(folder) == [(number, None, 1) for number in (1, 2, 3, 4)]
    with open_for_reading(folder) as ledger:
        ranked = standings(ledger.sweep(), ledger.variants(), ledger.runs())
    assert [(one.variant.number, one.value, one.count) for one in ranked] == [
        (1, 1.0, 1),
        (2, 0.5, 1),
        (3, pytest.approx(1 / 3), 1),
        (4, 0.25, 1),
    ]


def test_a_sweep_that_is_done_starts_nothing_when_it_is_run_again(folder: Path) -> None:
    run_fake(folder, document(3))
    assert run_fake(folder, document(3)).why == "done"
    assert run_fake(folder).why == "done"
    assert len(starts(folder)) == 3


def test_the_first_points_are_run_now_and_the_others_another_time(folder: Path) -> None:
    assert run_fake(folder, document(4), most=2).count("PENDING") == 2
    assert [number for number, _, _ in starts(folder)] == [1, 2]
    run_fake(folder)
    assert [number for number, _, _ in starts(folder)] == [1, 2, 3, 4]


def test_each_seed_is_a_run_and_the_values_are_put_together(folder: Path) -> None:
    run_fake(folder, document(2, repeats={"seeds": [3, 5], "aggregate": "mean"}))
    assert starts(folder) == [(1, 3, 1), (1, 5, 1), (2, 3, 1), (2, 5, 1)]
    with open_for_reading(folder) as ledger:
        ranked = standings(ledger.sweep(), ledger.variants(), ledger.runs())
    assert [(one.value, one.deviation, one.count) for one in ranked] == [(1.0, 0.0, 2), (0.5, 0.0, 2)]
    assert {run.folder for run in runs_of(folder)} == {
        f"000{number}-seed{seed}" for number in (1, 2) for seed in (3, 5)
    }


def test_data_that_is_not_there_is_told_once_at_its_line_before_anything_runs(folder: Path) -> None:
    (folder.parent / "data.npz").unlink()
    with pytest.raises(SpecError, match=r"`data\.npz` does not exist") as caught:
        run_fake(folder, document(3))
    (found,) = caught.value.diagnostics
    assert (found.code, str(found.place).partition(":")[0]) == ("file-not-found", "net.yaml")
    assert starts(folder) == []


def test_a_mistake_that_kept_everything_from_starting_can_be_mended_in_the_same_folder(folder: Path) -> None:
    wrong = document(3).replace("data.npz", "dta.npz")
    with pytest.raises(SpecError, match=r"`dta\.npz` does not exist"):
        run_fake(folder, wrong)
    assert run_fake(folder, document(2)).count("DONE") == 2
    assert [number for number, _, _ in starts(folder)] == [1, 2]
    assert "dta.npz" not in (folder / "sweep.json").read_text()


@pytest.mark.parametrize("change", [{"seed": 1}, {"space": {"vars.units": [7]}}])
def test_another_sweep_leaves_what_was_run_alone(folder: Path, change: dict[str, object]) -> None:
    run_fake(folder, document(3), most=1)
    before = runs_of(folder)
    with pytest.raises(SpecError, match=f"is another: `{next(iter(change))}` differs"):
        run_fake(folder, document(3, **change))
    assert runs_of(folder) == before
    assert run_fake(folder, document(3)).count("DONE") == 3


def test_an_extension_is_not_forgotten_for_the_document_that_does_not_have_it(folder: Path) -> None:
    (folder.parent / "data.npz").rename(folder.parent / "away.npz")
    with pytest.raises(SpecError, match="does not exist"):
        run_fake(folder, document(2))
    extend_sweep(folder, Report(), spaces=["vars.units=[1, 2, 5]"])
    with pytest.raises(SpecError, match="is another: `space` differs"):
        run_fake(folder, document(2))
    (folder.parent / "away.npz").rename(folder.parent / "data.npz")
    assert run_fake(folder).count("DONE") == 3


def test_a_document_that_only_its_variants_complete_is_run(folder: Path) -> None:
    written = document(2).replace('"units": 1', '"units": null')
    assert run_fake(folder, written).count("DONE") == 2


def test_what_is_wrong_with_the_data_of_such_a_document_is_told(folder: Path) -> None:
    (folder.parent / "data.npz").unlink()
    written = document(2).replace('"units": 1', '"units": null')
    with pytest.raises(SpecError, match=r"`data\.npz` does not exist"):
        run_fake(folder, written)
