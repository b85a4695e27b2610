"""Names of tensors: what the layers around an address of Keras' HDF5 layout are called."""

from __future__ import annotations

from collections.abc import Mapping

_LAYERS = "layers"
_VARS = "vars"


def names_of(address: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """What a tensor is called, the best name first; equal ones once.

    For `layers/functional/layers/multi_head_attention/query_dense/vars/0`: the first has the names of the
    layers of models and the attributes below them, as people write paths (`encoder/mha/query_dense/0`); the
    second the name of everything that has one, as Keras' own paths of variables (`encoder/mha/query/0`).

    Args:
        address: of a dataset: groups, `vars`, and the variable's own name, a number as a rule.
        names: of layers, by the address of their group, without its `vars`.
    """
    group, _, last = address.rpartition("/")
    group = group.removesuffix(_VARS).removesuffix("/")
    by_attribute = [*steps_of(group, names), last]
    by_name = [*steps_of(group, names, all_names=True), last]
    both = ("/".join(by_attribute), "/".join(by_name))
    return both[:1] if both[0] == both[1] else both


def steps_of(group: str, names: Mapping[str, str], *, all_names: bool = False) -> tuple[str, ...]:
    """The way to a group in names: those of the layers of models, and the attributes below them.

    Args:
        group: its address, without `vars`; empty for the model itself.
        names: see `names_of`.
        all_names: whether attributes that have a name go by that too.
    """
    found: list[str] = []
    groups = group.split("/") if group else []
    for count, step in enumerate(groups, 1):
        name = names.get("/".join(groups[:count]))
        of_model = count > 1 and groups[count - 2] == _LAYERS
        if name is not None and of_model:
            found.pop()  # the container that a model keeps its layers in says nothing
        found.append(name if name is not None and (of_model or all_names) else step)
    return tuple(found)
