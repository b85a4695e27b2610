"""A search driven to its end: which points it asks for, what the ledger has of them, and where it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_sweep import command, document, eventually, run_fake, runs_of, starts, tell

from modelspec.diagnostics import Report, SpecError
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.values import VariantRow

pytest.importorskip("optuna")

from modelspec.compiler.sweeping.folders.opening import reopened
from modelspec.compiler.sweeping.running.bayes import tried_of
from modelspec.search.asking import Asker
from modelspec.search.values import Tried

WIDE = {"vars.units": {"int": [1, 400]}}


def search(count: int, **settings: object) -> str:
    return document(1, **{"method": "bayes", "space": WIDE, "budget": {"variants": count}, **settings})


@pytest.fixture
def peak(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A trainer whose score is highest at 200 units; for some variants it does something else."""

    def told(**deeds: object) -> None:
        tell(folder, monkeypatch, all={"peak": {"vars.units": 200}}, **deeds)

    told()
    return told


def variants_of(folder: Path) -> tuple[VariantRow, ...]:
    with open_for_reading(folder) as ledger:
        return ledger.variants()


def points(folder: Path) -> list[object]:
    return [one.values for one in variants_of(folder)]


def test_a_search_asks_for_as_many_points_as_its_budget_has_and_comes_near_the_best(folder, peak):
    ran = run_fake(folder, search(16))
    assert (ran.why, ran.count("DONE")) == ("done", 16)
    assert [number for number, _, _ in starts(folder)] == [*range(1, 17)]
    off = [abs(dict(values)["vars.units"] - 200) for values in points(folder)]
    assert min(off[12:]) < min(off[:10])
    assert sum(off[12:]) / 4 < sum(off[:10]) / 10
    assert all(one.facts["asked"] == {"unknown": [], "again": 0} for one in variants_of(folder))
    assert run_fake(folder).why == "done"
    assert len(starts(folder)) == 16


def test_a_search_that_is_killed_and_gone_on_with_asks_for_the_same_points(folder, peak):
    run_fake(folder, search(14))
    killed = folder.parent / "killed"
    (folder.parent / "net.yaml").write_text(search(14))
    begun = len(starts(folder))
    driver = command(folder, "sweep", "run", "net.yaml", "-o", str(killed), "-q")
    eventually(lambda: len(starts(folder)) >= begun + 5, seconds=60)
    driver.kill()
    driver.communicate()
    run_fake(killed)
    assert points(killed) == points(folder)
    assert [run.value for run in runs_of(killed)] == [run.value for run in runs_of(folder)]
    assert begun + 14 <= len(starts(folder)) <= begun + 14 + 1


@pytest.mark.slow
def test_a_search_that_is_killed_again_and_again_comes_to_the_same_ledger(folder, peak):
    text = search(14, keep=["$(vars.units > 40)"], repeats={"seeds": [1, 2]})
    (folder.parent / "net.yaml").write_text(text)
    asked = [f"random:{seed}" for seed in range(20)] + [f"step:{step}" for step in range(5, 300, 15)]
    script = [sys.executable, str(Path(__file__).with_name("killed_sweep.py")), str(folder.parent), *asked]
    data = json.loads(subprocess.run(script, stdout=subprocess.PIPE, check=True, timeout=3000).stdout)
    assert [way for way, found in data["found"].items() if found["ledger"] != data["undisturbed"]] == []
    assert sum(len(found["kills"]) for found in data["found"].values()) > 40


def test_with_several_at_once_each_point_follows_from_what_it_says_was_known(folder, peak):
    run_fake(folder, search(13, run={"parallel": 3}))
    with reopened(SweepFolder(folder), Report()) as found:
        variants, row = found.ledger.variants(), found.row
        runs = {run.variant: run for run in found.ledger.runs()}
        asker = Asker(found.swept.sweep)
    assert [one.facts["asked"]["unknown"] for one in variants[:3]] == [[], [1], [1, 2]]
    for one in variants:
        unknown = one.facts["asked"]["unknown"]
        tried = [
            Tried(before.values, "open")
            if before.number in unknown
            else tried_of(before, [runs[before.number]], row)
            for before in variants[: one.number - 1]
        ]
        assert asker.ask(tried, again=one.facts["asked"]["again"]).values == one.values


def test_points_that_are_rejected_have_a_number_and_do_not_count(folder, peak):
    ran = run_fake(folder, search(6, keep=["$(vars.units > 150)"]))
    states = [one.state for one in variants_of(folder)]
    assert (ran.count("DONE"), states.count("distinct"), states[-1]) == (6, 6, "distinct")
    assert "rejected" in states
    assert all(dict(one.values)["vars.units"] > 150 for one in ran.variants if one.state == "distinct")


def test_a_space_that_is_used_up_ends_the_search_and_says_so(folder, peak):
    ran = run_fake(folder, search(60, space={"vars.units": [1, 100, 200]}))
    states = [one.state for one in variants_of(folder)]
    assert (ran.why, ran.count("DONE"), states.count("distinct")) == ("done", 3, 3)
    assert states[-20:] == ["duplicate"] * 20
    assert len(states) < 30
    assert {one.facts["asked"]["again"] for one in variants_of(folder)[-20:]} == {5}


def test_a_search_none_of_whose_points_can_be_built_fails_and_tells_why(folder, peak):
    with pytest.raises(SpecError) as failed:
        run_fake(folder, search(6, keep=["$(vars.units > 400)"]))
    assert [one.code for one in failed.value.diagnostics] == ["nothing-left"]
    assert len(variants_of(folder)) == 20


def test_all_seeds_of_a_point_are_run_before_it_is_known(folder, peak):
    run_fake(folder, search(4, repeats={"seeds": [5, 1], "aggregate": "mean"}, run={"parallel": 2}))
    found = [(number, seed) for number, seed, _ in starts(folder)]
    assert [number for number, _ in found] == [1, 1, 2, 2, 3, 3, 4, 4]
    # Two that are started together may say so in either order.
    assert sorted(found) == [(number, seed) for number in (1, 2, 3, 4) for seed in (1, 5)]
    assert {run.state for run in runs_of(folder)} == {"DONE"}


def test_runs_that_fail_are_no_reason_to_end_and_are_not_asked_for_again(folder, peak):
    peak(_2={"do": "fail", "final": True}, _5={"do": "exit", "status": 3})
    ran = run_fake(folder, search(8))
    assert (ran.count("FAILED"), ran.count("DONE")) == (2, 6)


def test_points_to_start_from_come_first(folder, peak):
    run_fake(folder, search(3, start=[{"vars.units": 7}, {"vars.units": 7}, {"vars.units": 9}]))
    assert [dict(values)["vars.units"] for values in points(folder)] == [7, 7, 9]
    assert [one.state for one in variants_of(folder)] == ["distinct", "duplicate", "distinct"]


def test_the_first_points_are_run_now_and_the_others_another_time(folder, peak):
    assert run_fake(folder, search(5), most=2).count("DONE") == 2
    assert len(variants_of(folder)) == 2
    assert run_fake(folder).count("DONE") == 5


def test_without_optuna_the_extra_is_named(folder, monkeypatch):
    from modelspec.search.library import MissingLibraryError

    def missing() -> None:
        raise MissingLibraryError("needs Optuna, which is not installed")

    monkeypatch.setattr("modelspec.search.asking.optuna", missing)
    with pytest.raises(SpecError) as failed:
        run_fake(folder, search(2))
    (one,) = failed.value.diagnostics
    assert (one.code, one.help) == ("missing-extra", "install it: `pip install 'modelspec[sweep]'`")
    assert "bayes" in one.message
