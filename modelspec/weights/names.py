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
    *groups, last = address.split("/")
    if groups and groups[-1] == _VARS:
        groups.pop()
    by_attribute: list[str] = []
    by_name: list[str] = []
    for count, step in enumerate(groups, 1):
        name = names.get("/".join(groups[:count]))
        of_model = count > 1 and groups[count - 2] == _LAYERS
        if name is not None and of_model:
            # The container that a model keeps its layers in says nothing.
            by_attribute.pop()
            by_name.pop()
        by_attribute.append(name if name is not None and of_model else step)
        by_name.append(step if name is None else name)
    both = ("/".join([*by_attribute, last]), "/".join([*by_name, last]))
    return both[:1] if both[0] == both[1] else both
