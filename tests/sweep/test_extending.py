"""A sweep that gets more points goes on from those that it has."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_sweep import command, document, run_fake, said, starts, tell

from modelspec.compiler.sweeping.changing.extending import Count, Extended, extend_sweep
from modelspec.compiler.sweeping.changing.repairing import repair
from modelspec.diagnostics import Report, SpecError
from modelspec.ledger.folder import SweepFolder
from modelspec.ledger.store import open_for_reading
from modelspec.ledger.values import VariantRow

GRID = {"space": {"vars.units": [4, 8]}}
DRAWN = {"method": "random", "space": {"vars.units": {"int": [1, 400]}}, "budget": {"variants": 3}}


def variants_of(folder: Path) -> tuple[VariantRow, ...]:
    with open_for_reading(folder) as ledger:
        return ledger.variants()


def units(folder: Path) -> list[object]:
    return [dict(one.values)["vars.units"] for one in variants_of(folder)]


def extend(folder: Path, *spaces: str, count: Count | None = None) -> Extended:
    return extend_sweep(folder, Report(), count=count, spaces=spaces)


def code_of(folder: Path, *spaces: str, count: Count | None = None) -> str:
    with pytest.raises(SpecError) as failed:
        extend(folder, *spaces, count=count)
    return failed.value.diagnostics[0].code


def test_a_grid_goes_on_with_the_points_of_its_wider_space(folder):
    run_fake(folder, document(1, **GRID))
    assert extend(folder, "vars.units=[2, 4, 8, 16]") == Extended(2, 4)
    run_fake(folder)
    assert extend(folder, "vars.units=[1, 2]") == Extended(4, 5)
    run_fake(folder)
    assert units(folder) == [4, 8, 2, 16, 1]
    assert [number for number, _, _ in starts(folder)] == [1, 2, 3, 4, 5]


def test_points_keep_their_numbers_where_the_ledger_is_made_anew(folder):
    run_fake(folder, document(1, **GRID))
    extend(folder, "vars.units=[2, 4, 8, 16]")
    run_fake(folder)
    before = variants_of(folder)
    SweepFolder(folder).ledger.write_bytes(b"damaged")
    repair(SweepFolder(folder), Report())
    run_fake(folder)
    assert variants_of(folder) == before
    assert len(starts(folder)) == 4


def test_a_grid_that_was_seen_through_in_part_goes_on_with_all_that_is_not_there(folder):
    run_fake(folder, document(1, **GRID, budget={"variants": 1}))
    assert extend(folder, "vars.units=[4, 8, 16]", count=Count(1, more=True)) == Extended(1, 2)
    run_fake(folder)
    assert units(folder) == [4, 8]
    assert extend(folder, count=Count(9, more=True)) == Extended(2, 3)
    run_fake(folder)
    assert units(folder) == [4, 8, 16]


def test_a_sweep_by_chance_goes_on_where_it_was(folder):
    run_fake(folder, document(1, **DRAWN))
    assert extend(folder, count=Count(2, more=True)) == Extended(3, 5)
    run_fake(folder)
    whole = folder.parent / "whole"
    run_fake(whole, document(1, **{**DRAWN, "budget": {"variants": 5}}))
    assert units(folder) == units(whole)
    assert extend(folder, "vars.units={int: [1000, 1001]}", count=Count(7, more=False)) == Extended(5, 7)
    run_fake(folder)
    assert units(folder)[:5] == units(whole)
    assert {*units(folder)[5:]} <= {1000, 1001}


def test_a_search_goes_on_with_all_that_it_has_learnt(folder, monkeypatch):
    pytest.importorskip("optuna")
    tell(folder, monkeypatch, all={"peak": {"vars.units": 200}})
    run_fake(folder, document(1, **{**DRAWN, "method": "bayes", "budget": {"variants": 4}}))
    known = units(folder)
    assert extend(folder, count=Count(1, more=True)) == Extended(4, 5)
    run_fake(folder)
    whole = folder.parent / "whole"
    run_fake(whole, document(1, **{**DRAWN, "method": "bayes", "budget": {"variants": 5}}))
    assert units(folder) == units(whole)
    space = "vars.units={int: [1, 600]}"
    assert extend(folder, space, count=Count(7, more=False)) == Extended(5, 7)
    assert run_fake(folder).count("DONE") == 7
    assert units(folder)[:4] == known


def test_a_search_goes_on_where_its_ledger_is_made_anew(folder, monkeypatch):
    pytest.importorskip("optuna")
    tell(folder, monkeypatch, all={"peak": {"vars.units": 200}})
    asked = {**DRAWN, "method": "bayes", "keep": ["$(vars.units > 100)"], "repeats": {"seeds": [1, 2]}}
    run_fake(folder, document(1, **asked))
    kept = [one for one in variants_of(folder) if one.state == "distinct"]
    assert len(kept) == 3 < len(variants_of(folder))
    SweepFolder(folder).ledger.write_bytes(b"damaged")
    (SweepFolder(folder).run(f"{kept[-1].number:04d}-seed2").result).unlink()
    repair(SweepFolder(folder), Report())
    extend(folder, count=Count(1, more=True))
    ran = run_fake(folder)
    assert ran.count("DONE") == 8
    found = [one for one in variants_of(folder) if one.state == "distinct"]
    assert found[:3] == kept
    assert found[3].number > kept[-1].number


def test_what_adds_nothing_is_told(folder):
    run_fake(folder, document(1, **GRID))
    assert code_of(folder, "vars.units=[8, 4]") == "nothing-added"
    assert code_of(folder, count=Count(2, more=True)) == "nothing-added"
    assert code_of(folder, count=Count(1, more=False)) == "nothing-added"


def test_a_mistake_in_a_space_is_told_at_its_place_and_changes_nothing(folder):
    run_fake(folder, document(1, **GRID))
    ledger = SweepFolder(folder).sweep.read_bytes()
    assert code_of(folder, "vars.unit=[8, 4]") == "unknown-path"
    assert code_of(folder, "vars.units={int: [1, 4]}") == "endless-domain"
    assert code_of(folder, "vars.units") == "bad-set"
    assert SweepFolder(folder).sweep.read_bytes() == ledger


def test_the_document_with_the_wider_space_is_the_same_sweep_then(folder):
    run_fake(folder, document(1, **GRID))
    extend(folder, "vars.units=[4, 8, 16]")
    ran = run_fake(folder, document(1, space={"vars.units": [4, 8, 16]}))
    assert ran.count("DONE") == 3
    assert run_fake(folder).count("DONE") == 3
    with pytest.raises(SpecError):
        run_fake(folder, document(1, **GRID))


def test_the_command_says_how_many_points_there_are_and_how_to_go_on(folder):
    run_fake(folder, document(1, **GRID))
    asked = ("--variants", "+1", "--space", "vars.units=[4, 8, 16, 32]")
    status, out, err = said(command(folder, "sweep", "extend", "sweep", *asked))
    assert (status, err) == (0, "")
    assert out == "sweep: 2 -> 3 points: `modelspec sweep resume sweep` runs the new ones\n"
    assert said(command(folder, "sweep", "extend", "sweep", "--variants", "-1"))[0] == 2
