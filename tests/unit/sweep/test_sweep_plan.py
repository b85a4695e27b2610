"""The plan of a sweep: what it counts, rejects and finds twice; without a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelspec.compiler.sweeping.planning.plan import plan_sweep
from modelspec.compiler.sweeping.planning.pool import _next_piece, _stretches
from modelspec.compiler.sweeping.planning.values import Planned
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source, SpecError
from modelspec.source.files import load_text

NET = """\
modelspec: 1
name: net_$(unused)
vars: {width: 4, unused: 1, depth: 1, rate: 0.5}
inputs: {x: [3]}
layers:
  - Dense: {units: $width}
    repeat: $depth
  - Dense: {units: 2}
    name: out
"""


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELSPEC_CACHE", str(tmp_path_factory.getbasetemp() / "cache-of-plans"))


def planned(
    tmp_path: Path, sweep: str, *, net: str = NET, workers: int = 1, first: int | None = None
) -> Planned:
    path = tmp_path / "net.yaml"
    path.write_text(net + "sweep:\n" + "".join(f"  {line}\n" for line in sweep.splitlines()))
    return plan_file(path, workers=workers, first=first)


def plan_file(path: Path, *, workers: int = 1, first: int | None = None) -> Planned:
    report = Report()
    loaded = load_text(path, report)
    assert loaded is not None
    text = Text(*loaded, path)
    return plan_sweep(text, Options(cpu_only=True), report, first=first, workers=workers)


def states(plan: Planned) -> list[tuple[str, int | None]]:
    return [(variant.state, variant.duplicate_of) for variant in plan.variants]


def test_a_plan_has_the_numbers_of_each_variant(tmp_path):
    plan = planned(
        tmp_path, 'method: grid\nspace: {vars.width: [4, 8]}\nname: "w$(vars.width)_$(plan.params)"'
    )
    assert [variant.name for variant in plan.variants] == ["w4_26", "w8_50"]
    facts = [variant.facts for variant in plan.variants]
    assert [fact and (fact.params, fact.layers, fact.output_shape, fact.memory) for fact in facts] == [
        (26, 2, [2], 104),
        (50, 2, [2], 200),
    ]
    assert len({fact and fact.exact for fact in facts}) == 2


def test_what_changes_nothing_that_is_built_is_a_duplicate(tmp_path):
    """The model's own name reads the variable, and makes no difference."""
    plan = planned(tmp_path, "method: grid\nspace: {vars.unused: [1, 2], vars.width: [4, 8]}")
    assert states(plan) == [("distinct", None), ("distinct", None), ("duplicate", 1), ("duplicate", 2)]


def test_a_repeat_that_vanishes_makes_duplicates(tmp_path):
    plan = planned(tmp_path, "method: grid\nspace: {vars.depth: [0, 1], vars.width: [4, 8]}")
    assert states(plan)[:2] == [("distinct", None), ("duplicate", 1)]
    assert states(plan)[2:] == [("distinct", None)] * 2


def test_equal_numbers_are_one_value(tmp_path):
    net = NET.replace("  - Dense: {units: 2}", "  - Dropout: {rate: $rate}\n  - Dense: {units: 2}")
    plan = planned(tmp_path, "method: grid\nspace: {vars.rate: [0, 0.0]}", net=net)
    assert states(plan) == [("distinct", None), ("duplicate", 1)]


@pytest.mark.parametrize(
    ("path", "values"),
    [("weights.seed", [1, 2]), ("compile.optimizer.SGD.momentum", [0.1, 0.2]), ("train.seed", [1, 2])],
)
def test_what_is_drawn_compiled_or_trained_otherwise_is_no_duplicate(tmp_path, path, values):
    net = NET + (
        "compile: {optimizer: {SGD: {learning_rate: 0.1}}, loss: mse}\n"
        "train: {entry: 'train.py:fit'}\nweights: {seed: 0}\n"
    )
    plan = planned(tmp_path, f"method: grid\nspace: {{{path}: {values}}}", net=net)
    assert states(plan) == [("distinct", None)] * 2


def test_a_variant_is_kept_by_what_it_comes_to(tmp_path):
    sweep = "method: grid\nspace: {vars.width: [4, 8, 16]}\nkeep:\n"
    plan = planned(
        tmp_path, sweep + "  - $(plan.params < 60)\n  - $(plan.output.out == [2])\n  - $(vars.width > 4)"
    )
    assert [variant.state for variant in plan.variants] == ["rejected", "distinct", "rejected"]
    first, _, last = plan.variants
    assert first.facts is None  # decided before anything was compiled
    assert [reason.code for reason in last.reasons] == ["not-kept"]
    assert last.reasons[0].message.endswith("plan.params is 98")


def test_a_mistake_of_a_variant_is_its_own(tmp_path):
    plan = planned(tmp_path, "method: grid\nspace: {vars.width: [4, -1, wide]}")
    assert [variant.state for variant in plan.variants] == ["distinct", "rejected", "rejected"]
    for variant in plan.variants[1:]:
        assert str(variant.reasons[0].place).endswith("net.yaml:6:20")


def test_a_sweep_of_which_nothing_is_left_is_a_mistake(tmp_path):
    report_of = "method: grid\nspace: {vars.width: [4, 8]}\nkeep: [$(vars.width > 10)]"
    path = tmp_path / "net.yaml"
    path.write_text(NET + "sweep:\n" + "".join(f"  {line}\n" for line in report_of.splitlines()))
    report = Report()
    loaded = load_text(path, report)
    assert loaded is not None
    plan_sweep(Text(*loaded, path), Options(cpu_only=True), report)
    assert [(item.code, len(item.notes)) for item in report.diagnostics] == [("nothing-left", 1)]


def test_a_sweep_in_a_file_of_its_own_leaves_the_base_as_it_is(tmp_path):
    (tmp_path / "net.yaml").write_text(NET + "sweep: {method: grid, space: {vars.depth: [1]}}\n")
    path = tmp_path / "s.yaml"
    path.write_text(
        "modelspec_sweep: 1\nbase: net.yaml\nmethod: random\nspace: {vars.width: {int: [2, 9]}}\n"
        "budget: {variants: 3}\n"
    )
    plan = plan_file(path)
    assert (plan.total, len(plan.variants)) == (3, 3)
    assert [variant.name for variant in plan.variants] == ["net_1", "net_2", "net_3"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("modelspec_sweep: 1\nmethod: grid\n", "missing-key"),
        ("modelspec_sweep: 2\nbase: net.yaml\nmethod: grid\nspace: {vars.width: [1]}\n", "unknown-version"),
        ("modelspec_sweep: 1\nbase: nett.yaml\n", "file-not-found"),
        ("modelspec_sweep: 1\nbase: s.yaml\n", "document-loop"),
        (
            "modelspec_sweep: 1\nbase: net.yaml\nmethod: grid\nspce: {}\nspace: {vars.width: [1]}\n",
            "unknown-key",
        ),
        (NET, "missing-key"),
    ],
)
def test_a_file_that_is_no_sweep_says_why(tmp_path, text, code):
    (tmp_path / "net.yaml").write_text(NET)
    path = tmp_path / "s.yaml"
    path.write_text(text)
    with pytest.raises(SpecError) as caught:
        plan_file(path)
    assert [item.code for item in caught.value.diagnostics] == [code]


def test_a_search_has_the_points_that_it_starts_from(tmp_path):
    sweep = (
        "method: bayes\nobjective: {metric: loss, goal: minimize}\n"
        "space: {vars.width: {int: [2, 9]}, vars.depth: [1]}\n"
        "start: [{vars.width: 4}]"
    )
    plan = planned(tmp_path, sweep)
    assert [dict(variant.point.values) for variant in plan.variants] == [{"vars.width": 4, "vars.depth": 1}]


def test_a_grid_without_an_end_is_looked_at_in_part(tmp_path):
    sweep = (
        "method: grid\nspace: {vars.width: {int: [1, 99999], step: 1}, vars.unused: {int: [1, 9], step: 1}}"
    )
    with pytest.raises(SpecError, match="899,991 points"):
        planned(tmp_path, sweep)
    assert len(planned(tmp_path, sweep, first=2).variants) == 2


def test_processes_find_what_one_does(tmp_path):
    sweep = "method: grid\nspace: {vars.width: [4, 8, -1]}\nkeep: [$(plan.params < 40)]"
    alone, together = (planned(tmp_path, sweep, workers=workers) for workers in (1, 2))
    assert [(v.name, v.state, v.facts) for v in alone.variants] == [
        (v.name, v.state, v.facts) for v in together.variants
    ]


def test_a_plan_that_was_made_before_checks_and_compiles_nothing(tmp_path, monkeypatch):
    sweep = "method: grid\nspace: {vars.width: [5, 6]}\nkeep: [$(plan.params < 35)]"
    before = planned(tmp_path, sweep)

    def refuse(*_: object) -> None:
        raise AssertionError("it was checked again")

    monkeypatch.setattr("modelspec.compiler.sweeping.planning.variants.check_loaded", refuse)
    after = planned(tmp_path, sweep + "\nname: other_$(vars.width)")
    assert [variant.facts for variant in after.variants] == [variant.facts for variant in before.variants]
    assert states(after) == states(before)
    assert after.variants[0].name == "other_5"


def test_what_another_file_says_is_asked_of_the_file_each_time(tmp_path):
    inner = "modelspec: 1\ninputs: {x: [3]}\nlayers: [{Dense: {units: 2}}]\n"
    (tmp_path / "inner.yaml").write_text(inner)
    net = NET.replace("vars:", "models: {inner: {file: inner.yaml}}\nvars:").replace(
        "layers:\n", "layers:\n  - inner\n"
    )
    sweep = "method: grid\nspace: {vars.width: [4]}"
    first = planned(tmp_path, sweep, net=net).variants[0].facts
    (tmp_path / "inner.yaml").write_text(inner.replace("units: 2", "units: 5"))
    second = planned(tmp_path, sweep, net=net).variants[0].facts
    assert first is not None
    assert second is not None
    assert (first.params, second.params) == (8 + 12 + 10, 20 + 24 + 10)


@pytest.mark.parametrize(("count", "workers"), [(1, 2), (8, 2), (9, 2), (100, 3), (1008, 2), (50, 16)])
def test_processes_see_each_point_through_once(count, workers):
    waiting = _stretches(count, workers)
    seen: list[int] = []
    running: list[int] = []
    while waiting:
        piece = _next_piece(waiting, running)
        seen.extend(piece)
        running = [*running, piece.start][-workers:]
    assert sorted(seen) == list(range(1, count + 1))


def test_two_processes_begin_at_two_ends():
    """Points beside each other have the same layers, which one of them is to ask for."""
    waiting = _stretches(1000, 2)
    first = _next_piece(waiting, [])
    second = _next_piece(waiting, [first.start])
    third = _next_piece(waiting, [second.start])
    assert [piece.start for piece in (first, second, third)] == [1, 505, 9]


def test_a_mistake_that_all_variants_share_is_told_of_each(tmp_path):
    """What an object resolves to is known from one variant to the next, but for what is wrong."""
    net = NET.replace("{units: 2}", "{units: 2, activaton: relu}")
    plan = planned(tmp_path, "method: grid\nspace: {vars.width: [4, 8, wide]}", net=net)
    codes = [[reason.code for reason in variant.reasons] for variant in plan.variants]
    assert codes[:2] == [["unknown-argument"]] * 2
    assert "unknown-argument" in codes[2]


@pytest.mark.parametrize(
    ("space", "seeds", "wanted"),
    [
        ("{vars.width: [2, 3]}", 3, "2 points, 2 distinct, 0 rejected; 6 runs, 30 epochs at the most"),
        ("{train.fit.epochs: [1, 2]}", 1, "2 points, 2 distinct, 0 rejected; 2 runs"),
    ],
)
def test_a_plan_says_how_much_training_it_comes_to(tmp_path, space, seeds, wanted):
    from modelspec.cli.sweep.plan_table import summary

    written = (
        "modelspec: 1\nvars: {width: 2}\ninputs: {x: [4]}\nlayers: [{Dense: {units: $width}}]\n"
        "compile: {optimizer: sgd, loss: mse}\n"
        "train: {data: {file: d.npz, x: x, y: y}, fit: {epochs: 5}}\n"
        f"sweep: {{method: grid, space: {space}, repeats: {{seeds: {list(range(seeds))}}}}}\n"
    )
    source = Source("net.yaml", written, folder=tmp_path)
    planned = plan_sweep(Text(source, "", tmp_path / "net.yaml"), Options(cpu_only=True), Report(), workers=1)
    assert summary(planned) == wanted
