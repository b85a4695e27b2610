"""The variables of a model as what tensors are matched with: every name that a file may know them by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from modelspec.link.linked import OPTIMIZER, Group, Variable
from modelspec.weights.names import names_of, steps_of

_SEED_STATE = "seed_generator_state"
_VARS = "vars"
_LAYERS = "layers"


@dataclass(frozen=True, slots=True)
class Target:
    """A variable that may be filled.

    Args:
        path: its graph path, as patterns and tables have it (`encoder/attention/query_dense/kernel`).
        names: what a file may call it, the surest first.
        in_keras: those of them that Keras itself gives it. Where the graph path of another reads the same, as
            under a block that joins no names, the name means this one.
        address: in the HDF5 layout.
        layer: the graph path of its layer.
        shape: sizes.
        dtype: as Keras names it.
        role: `state` is what a file need not have: the state of a generator of random numbers.
        rank: its position among the model's own weights in Keras; `None` for what is not among them.
    """

    path: str
    names: tuple[str, ...]
    in_keras: tuple[str, ...]
    address: str
    layer: str
    shape: tuple[int, ...]
    dtype: str
    role: Literal["value", "state", "optimizer"]
    rank: int | None


def layer_names(groups: Sequence[Group]) -> dict[str, str]:
    """The names of layers by the address of their group, without its `vars`."""
    return {
        group.address.removesuffix(_VARS).removesuffix("/"): group.name
        for group in groups
        if group.name is not None
    }


def targets_of(groups: Sequence[Group], variables: Sequence[Variable]) -> tuple[Target, ...]:
    """The variables of a model, in their order."""
    layers = layer_names(groups)
    counts = Counter((_group(variable.address), variable.name) for variable in variables)
    return tuple(
        _target(variable, layers, by_name=counts[_group(variable.address), variable.name] == 1)
        for variable in variables
    )


def _target(variable: Variable, layers: dict[str, str], *, by_name: bool) -> Target:
    number = variable.address.rpartition("/")[2]
    last = variable.name if by_name else number
    # How the owner's group is called, of which the graph path takes the place.
    owner = variable.address.removesuffix(variable.below).removesuffix("/")
    group = _group(variable.address).removesuffix(_VARS).removesuffix("/")
    below = steps_of(group, layers)[len(steps_of(owner, layers)) :]
    path = "/".join(filter(None, (variable.owner, *below, last)))
    in_keras = _ended(names_of(variable.address, layers), last, number)
    by_path = _ended((path, _without_models_between(path, group)), last, number)
    return Target(
        path,
        tuple(dict.fromkeys((*in_keras, *by_path))),
        in_keras,
        variable.address,
        variable.owner,
        variable.shape,
        variable.dtype,
        _role(variable),
        variable.rank,
    )


def _without_models_between(path: str, group: str) -> str:
    """The path without the models inside the outermost one, which the names of Keras 2 do not tell.

    Args:
        group: the address of the variable's group, in which each `layers` leads from a model to a layer.
    """
    steps = path.split("/")
    between = group.split("/").count(_LAYERS) - 2
    return "/".join((steps[0], *steps[1 + between :])) if between > 0 else path


def _role(variable: Variable) -> Literal["value", "state", "optimizer"]:
    if variable.owner == OPTIMIZER:
        return "optimizer"
    return "state" if variable.name == _SEED_STATE else "value"


def _group(address: str) -> str:
    return address.rpartition("/")[0]


def _ended(names: Iterable[str], *ends: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_ending(name, end) for name in names for end in ends))


def _ending(name: str, last: str) -> str:
    head = name.rpartition("/")[0]
    return f"{head}/{last}" if head else last
