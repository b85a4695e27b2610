"""Two variants of one network: every value lands where its name says, nowhere else, and none is lost unsaid.

And whatever rule is written over whatever names: a plan or problems, and never two tensors in one variable.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
import numpy as np
from effort import tried
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from modelspec.archive.checkpoint import open_checkpoint
from modelspec.diagnostics import Report
from modelspec.link.linked import Group, Variable
from modelspec.weights.attach.matching import Stored
from modelspec.weights.attach.plan import Plan, make_plan
from modelspec.weights.attach.rules import Problem, Rule
from modelspec.weights.attach.targets import layer_names, targets_of
from modelspec.weights.checkpoint import StoredTensor
from modelspec.weights.names import names_of

# --- networks: layers by name, as Keras lays them out --------------------------------------------------

# What a class keeps: how it is called below its layer, and of which shape. All of a class are alike, so
# that nothing but the name tells one from the other.
CLASSES: dict[str, tuple[tuple[str, str, tuple[int, ...]], ...]] = {
    "dense": (("vars/0", "kernel", (3, 3)), ("vars/1", "bias", (3,))),
    "conv2d": (("vars/0", "kernel", (1, 1, 3, 3)), ("vars/1", "bias", (3,))),
    "batch_normalization": tuple(
        (f"vars/{n}", name, (3,))
        for n, name in enumerate(("gamma", "beta", "moving_mean", "moving_variance"))
    ),
    "multi_head_attention": tuple(
        (f"{part}_dense/vars/{n}", name, shape)
        for part in ("query", "key", "value", "output")
        for n, (name, shape) in enumerate((("kernel", (3, 1, 3)), ("bias", (1, 3))))
    ),
    "dropout": (),
}
NAMES = tuple("abcdefgh")


@dataclass(frozen=True)
class Layer:
    """A layer, or a model of some."""

    name: str
    cls: str
    inside: tuple[Layer, ...] = ()

    def renamed(self, name: str) -> Layer:
        return Layer(name, self.cls, self.inside)


def flat(name: str) -> st.SearchStrategy[Layer]:
    return st.builds(Layer, st.just(name), st.sampled_from(sorted(CLASSES)))


def layers(depth: int = 1) -> st.SearchStrategy[tuple[Layer, ...]]:
    """Layers with names of their own, some of them models."""

    def named(names: list[str]) -> st.SearchStrategy[tuple[Layer, ...]]:
        def one(name: str) -> st.SearchStrategy[Layer]:
            if not depth:
                return flat(name)
            nested = st.builds(Layer, st.just(name), st.just("functional"), layers(depth - 1))
            return st.one_of(flat(name), nested)

        return st.tuples(*map(one, names))

    return st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True).flatmap(named)


def table(network: tuple[Layer, ...], root: str = "", path: str = "") -> tuple[list[Group], list[Variable]]:
    """The groups and variables of a network, addresses numbered class by class as Keras does."""
    groups: list[Group] = [] if root else [Group("vars", "net")]
    variables: list[Variable] = []
    counts: dict[str, int] = {}
    for layer in network:
        number = counts[layer.cls] = counts.get(layer.cls, -1) + 1
        address = f"{root}layers/{layer.cls}{f'_{number}' if number else ''}"
        owner = f"{path}{layer.name}"
        groups.append(Group(f"{address}/vars", layer.name))
        if layer.inside:
            below = table(layer.inside, f"{address}/", f"{owner}/")
            groups += below[0]
            variables += below[1]
        for below_layer, name, shape in CLASSES.get(layer.cls, ()):
            part = below_layer.rpartition("/vars/")[0]
            if part and Group(f"{address}/{part}/vars", part.removesuffix("_dense")) not in groups:
                groups.append(Group(f"{address}/{part}/vars", part.removesuffix("_dense")))
            zeros = {"class_name": "Zeros", "config": {}}
            variables.append(
                Variable(f"{address}/{below_layer}", owner, below_layer, name, shape, "float32", True, zeros)
            )
    return groups, variables


def saved(network: tuple[Layer, ...], path: Path) -> dict[str, float]:
    """Write a network's file; each variable is full of a number of its own, given by its name."""
    groups, variables = table(network)
    numbers: dict[str, float] = {}
    with h5py.File(path, "w") as file:
        for group in groups:
            file.create_group(group.address).attrs["name"] = group.name
        for number, variable in enumerate(variables, 1):
            file[variable.address] = np.full(variable.shape, number, "float32")
            numbers[key(variable)] = number
    return numbers


def key(variable: Variable) -> str:
    """What a variable is called by its layers alone, whatever numbers they have."""
    return f"{variable.owner}/{variable.below}"


def planned(
    network: tuple[Layer, ...], path: Path, rule: Rule
) -> tuple[dict[str, float | None], Plan, list[Problem]]:
    """What arrives in each variable, by reading what the plan says from the file."""
    groups, variables = table(network)
    told: list[Problem] = []
    checkpoint = open_checkpoint(path, Report())
    assert checkpoint is not None
    with checkpoint:
        stored = Stored("file", checkpoint.tensors, checkpoint.is_hdf5, checkpoint.layer_names)
        plan = make_plan(
            targets_of(groups, variables),
            [(rule, stored)],
            layers=layer_names(groups),
            told=lambda _, problem: told.append(problem),
        )
        found: dict[str, float | None] = {}
        for at, variable in enumerate(variables):
            one = plan.given.get(at)
            array = checkpoint.values(one.tensor).array() if one is not None else None
            assert array is None or array.shape == variable.shape
            found[key(variable)] = None if array is None else float(array.reshape(-1)[0])
    return found, plan, told


@st.composite
def changes(draw: st.DrawFn) -> tuple[tuple[Layer, ...], tuple[Layer, ...], dict[str, str]]:
    """A network, another variant of it, and what layers of the first are called in the second."""
    before = draw(layers())
    assume(any(variable for variable in table(before)[1]))
    kept = [layer for layer in before if draw(st.integers(0, 4))]
    renames = {layer.name: f"new_{layer.name}" for layer in kept if not draw(st.integers(0, 2))}
    after = [layer.renamed(renames.get(layer.name, layer.name)) for layer in kept]
    for number in range(draw(st.integers(0, 2))):
        after.insert(draw(st.integers(0, len(after))), draw(flat(f"inserted_{number}")))
    return before, tuple(draw(st.permutations(after))), renames


LONG = settings(deadline=None, max_examples=tried(60), suppress_health_check=[HealthCheck.too_slow])


@LONG
@given(changes())
def test_every_value_lands_where_its_name_says_and_none_is_lost_unsaid(
    variants: tuple[tuple[Layer, ...], tuple[Layer, ...], dict[str, str]],
) -> None:
    before, after, renames = variants
    with TemporaryDirectory() as folder:
        path = Path(folder) / "w.h5"
        numbers = saved(before, path)
        full = {name for name in renames if any(one.startswith(f"{name}/") for one in numbers)}
        rename = tuple((name, renames[name]) for name in sorted(full))
        lenient = Rule(rename=rename, missing="init", unexpected="ignore")
        found, plan, told = planned(after, path, lenient)
        strict, strict_plan, complaints = planned(after, path, Rule(rename=rename))
    expected: dict[str, float] = {}
    for name, number in numbers.items():
        first, _, rest = name.partition("/")
        expected[f"{renames.get(first, first)}/{rest}"] = number
    arriving = {name: expected.get(name) for name in found}
    if not any(value is not None for value in arriving.values()):
        assert [problem.code for problem in told] == ["nothing-matches"]
        return
    assert told == []
    assert found == arriving
    # What is not there, and what is left over, is told one by one where it is not asked for otherwise.
    assert strict == arriving
    left = {name: number for name, number in expected.items() if name not in found}
    empty = [name for name, value in arriving.items() if value is None]
    assert len(plan.unused) == len(strict_plan.unused) == len(left)
    assert len(strict_plan.missing) == len(empty)
    codes = [problem.code for problem in complaints]
    assert codes.count("unexpected-weights") == min(len(left), 8)
    assert codes.count("missing-weights") == min(len(empty), 8)


@LONG
@given(layers(depth=0), st.sampled_from(["inner", "a"]))
def test_a_part_moves_into_a_model_and_out_of_one(inner: tuple[Layer, ...], name: str) -> None:
    assume(table(inner)[1])
    outer = (Layer("z", "dense"), Layer(name, "functional", inner), Layer("y", "dense"))
    with TemporaryDirectory() as folder:
        flat_file, nested_file = Path(folder) / "flat.h5", Path(folder) / "nested.h5"
        numbers = saved(inner, flat_file)
        found, _, told = planned(outer, flat_file, Rule(into=name))
        assert told == []
        assert found == {one: numbers.get(one.removeprefix(f"{name}/")) for one in found if one} | {
            one: None for one in found if not one.startswith(f"{name}/")
        }
        whole = saved(outer, nested_file)
        for source in (name, "layers/functional"):
            found, _, told = planned(inner, nested_file, Rule(source=source))
            assert told == []
            assert found == {one: whole[f"{name}/{one}"] for one in found}


@LONG
@given(layers(depth=0), st.permutations(range(5)))
def test_in_order_and_by_path_keras_numbers_decide(network: tuple[Layer, ...], order: list[int]) -> None:
    """As Keras has it: layers that changed places within their class change values."""
    assume(table(network)[1])
    shuffled = tuple(network[at] for at in order if at < len(network))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "w.h5"
        numbers = saved(network, path)
        addresses = {one.address: numbers[key(one)] for one in table(network)[1]}
        for match in ("order", "path"):
            found, _, told = planned(
                shuffled, path, Rule(match=match, missing="init", unexpected="ignore", mismatch="skip")
            )
            if told:
                assert {problem.code for problem in told} == {"nothing-matches"}
                continue
            for one in table(shuffled)[1]:
                assert found[key(one)] in (addresses.get(one.address), None)


# --- any rule over any names ---------------------------------------------------------------------------

PARTS = st.sampled_from(
    ["a", "b", "ab", "layers", "dense", "vars", "0", "1", "kernel", "x.y", "optimizer", ""]
)
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
TEXTS = st.one_of(
    PATHS,
    st.text("ab*?[]!/(){}\\+|.^$-01", max_size=8),
    st.sampled_from(
        ["**", "*", "(.*)", r"(.*)/(\d)", "a/**", "!a", "[", "(", r"\1", "", "/", "a*b", "**/kernel", "[b-a]"]
    ),
)
SHAPES = st.sampled_from([(), (2,), (2, 2), (0,), (1, 2)])
DTYPES = st.sampled_from(["float32", "bfloat16", "int8", "int32", "bool", "float8_e4m3fn"])
RULES = st.builds(
    Rule,
    source=st.none() | TEXTS,
    into=st.none() | TEXTS,
    match=st.sampled_from(["name", "path", "order"]),
    rename=st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple),
    only=st.lists(TEXTS, max_size=2).map(tuple),
    exclude=st.lists(TEXTS, max_size=2).map(tuple),
    missing=st.sampled_from(["error", "init"]),
    unexpected=st.sampled_from(["error", "ignore"]),
    mismatch=st.sampled_from(["error", "skip"]),
    optimizer=st.booleans(),
)


@st.composite
def files(draw: st.DrawFn) -> Stored:
    """What a file of any names says of itself."""
    is_hdf5 = draw(st.booleans())
    keys = draw(st.lists(PATHS, max_size=6, unique=True))
    layers = draw(st.dictionaries(PATHS, PARTS.filter(bool), max_size=3)) if is_hdf5 else {}
    tensors = tuple(
        StoredTensor(
            one,
            (names_of(one, layers) if layers else ()) if is_hdf5 else (one,),
            draw(SHAPES),
            draw(DTYPES),
        )
        for one in keys
    )
    return Stored("file", tensors, is_hdf5, layers)


@st.composite
def models(draw: st.DrawFn) -> tuple[list[Group], list[Variable]]:
    """Groups and variables of any names."""
    addresses = draw(st.lists(PATHS, max_size=6, unique=True))
    groups = [Group(f"{one}/vars", draw(PARTS) or None) for one in draw(st.lists(PATHS, max_size=3))]
    return groups, [
        Variable(
            address,
            draw(PATHS),
            address if draw(st.booleans()) else address.rpartition("/")[2],
            draw(PARTS),
            draw(SHAPES),
            draw(DTYPES),
            True,
            None,
            rank=draw(st.none() | st.just(rank)),
        )
        for rank, address in enumerate(addresses)
    ]


@settings(LONG, max_examples=tried(300))
@given(models(), st.lists(st.tuples(RULES, files()), min_size=1, max_size=3))
def test_any_rule_gives_a_plan_or_problems_and_no_variable_two_tensors(
    model: tuple[list[Group], list[Variable]], loads: list[tuple[Rule, Stored]]
) -> None:
    groups, variables = model
    told: list[tuple[int, Problem]] = []
    targets = targets_of(groups, variables)
    plan = make_plan(
        targets, loads, layers=layer_names(groups), told=lambda at, problem: told.append((at, problem))
    )
    assert all(0 <= at < len(loads) for at, _ in told)
    for at, one in plan.given.items():
        rule, stored = loads[one.load]
        assert one.tensor in stored.tensors
        assert one.tensor.shape == targets[at].shape
        assert targets[at].role != "optimizer" or rule.optimizer
        assert one.over is None or one.over < one.load
    taken = [(one.load, one.tensor.key) for one in plan.given.values()]
    assert len(set(taken)) == len(taken), "a tensor went into two variables"
    assert not set(plan.given) & plan.missing
    for load, (rule, _) in enumerate(loads):
        if rule.unexpected == "error" and any(one.load == load for one in plan.unused):
            assert any(at == load for at, _ in told)
    assert str(_texts(told))


def _texts(told: list[tuple[int, Any]]) -> list[str]:
    return [f"{problem.code} {problem.message} {problem.help}" for _, problem in told]
