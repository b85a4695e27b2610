"""Spaces of any shape: a grid has each combination once, and a drawn value depends on nothing beside it."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from modelspec.diagnostics import Report, Source
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping
from modelspec.sweep.points import grid_point, grid_size, random_point
from modelspec.sweep.read_section import read_sweep
from modelspec.sweep.values import Sweep

# A space as data: a number of values, or alternatives with spaces of their own.
SPACES = st.recursive(
    st.lists(st.integers(1, 4), max_size=3),
    lambda inner: st.lists(st.integers(1, 3) | st.lists(inner, min_size=1, max_size=3), max_size=3),
    max_leaves=8,
)


def written(space: list, names: itertools.count) -> str:
    parts = []
    for part in space:
        name = f"p{next(names)}"
        if isinstance(part, int):
            parts.append(f"vars.{name}: {list(range(part))}")
        else:
            inner = ", ".join(f"a{i}: {{space: {written(one, names)}}}" for i, one in enumerate(part))
            parts.append(f"{name}: {{choose: {{{inner}}}}}")
    return "{" + ", ".join(parts) + "}"


def counted(space: list) -> int:
    total = 1
    for part in space:
        total *= part if isinstance(part, int) else sum(map(counted, part))
    return total


def sweep_of(text: str) -> Sweep:
    report = Report()
    tree = read_tree(Source("s.yaml", text), report)
    assert isinstance(tree, Mapping)
    sweep = read_sweep(tree.entries[0], report)
    assert report.diagnostics == []
    return sweep


@given(SPACES)
def test_a_grid_has_each_combination_once(space):
    sweep = sweep_of(f"sweep: {{method: grid, space: {written(space, itertools.count())}}}")
    size = grid_size(sweep.space)
    assert size == counted(space)
    numbers = range(1, size + 1) if size <= 200 else [1, size // 2, size]
    assert len({grid_point(sweep.space, number).values for number in numbers}) == len(numbers)


@given(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1), st.integers(0, 99), st.integers(1, 50))
def test_another_parameter_and_another_order_change_no_value(names, seed, number):
    def drawn(order: list[str]) -> dict[str, object]:
        space = ", ".join(f"vars.{name}: {{float: [0, 1]}}" for name in order)
        sweep = sweep_of(f"sweep: {{method: random, seed: {seed}, space: {{{space}}}}}")
        return dict(random_point(sweep, number).values)

    before, after = drawn(names), drawn(["new", *reversed(names)])
    assert before == {key: value for key, value in after.items() if key in before}
    assert len(set(after.values())) == len(after)
