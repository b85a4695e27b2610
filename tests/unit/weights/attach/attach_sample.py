"""Models and files to match, written as short as can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelspec.link.linked import Group, Variable
from modelspec.weights.attach.plan import Plan, make_plan
from modelspec.weights.attach.rules import Problem, Rule
from modelspec.weights.attach.stored import Stored
from modelspec.weights.attach.targets import layer_names, targets_of
from modelspec.weights.checkpoint import StoredTensor
from modelspec.weights.names import names_of

ZEROS = {"class_name": "Zeros", "config": {}}


def model(
    layers: Mapping[str, str], *variables: tuple[str, str, tuple[int, ...]], owners: Mapping[str, str] = {}
) -> tuple[list[Group], list[Variable]]:
    """A model's groups and variables.

    Args:
        layers: names of layers by the address of their group.
        variables: address, name and shape.
        owners: graph paths by the address of a group; else the group's own name.
    """
    groups = [Group(f"{address}/vars", name) for address, name in layers.items()]
    table = []
    for rank, (address, name, shape) in enumerate(variables):
        group = next(
            (
                found
                for found in sorted({**layers, **owners}, key=len, reverse=True)
                if address.startswith(f"{found}/") and (found in owners or found.count("/") % 2)
            ),
            "",
        )
        owner = owners.get(group, layers.get(group, ""))
        below = address[len(group) :].removeprefix("/")
        if address.startswith("optimizer/"):
            owner, below = "optimizer", address.removeprefix("optimizer/")
        table.append(Variable(address, owner, below, name, shape, "float32", True, ZEROS, rank=rank))
    return groups, table


def file(layers: Mapping[str, str], *tensors: tuple[str, tuple[int, ...]], dtype: str = "float32") -> Stored:
    """An HDF5 file of weights."""
    found = tuple(
        StoredTensor(key, names_of(key, layers) if layers else (), shape, dtype) for key, shape in tensors
    )
    return Stored("file.h5", found, True, layers)


def flat(*tensors: tuple[str, tuple[int, ...]]) -> Stored:
    """A file of names alone."""
    return Stored(
        "file.npz", tuple(StoredTensor(key, (key,), shape, "float32") for key, shape in tensors), False, {}
    )


def planned(
    made: tuple[list[Group], list[Variable]], *loads: tuple[Rule, Stored]
) -> tuple[Plan, list[tuple[int, Problem]]]:
    """The plan, and what is told."""
    groups, variables = made
    told: list[tuple[int, Problem]] = []
    plan = make_plan(
        targets_of(groups, variables),
        loads,
        layers=layer_names(groups),
        told=lambda number, problem: told.append((number, problem)),
    )
    return plan, told


def pairs(plan: Plan) -> dict[str, str]:
    """What each variable gets, by its graph path."""
    return {plan.targets[at].path: given.tensor.key for at, given in plan.given.items()}


def codes(told: Sequence[tuple[int, Problem]]) -> list[str]:
    return [problem.code for _, problem in told]
