"""Keys for formats that hold names alone: what each tensor of a file of weights is called in a flat one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from modelspec.weights.checkpoint import StoredTensor

NameOf = Callable[[str], str | None]
"""The name of the variable at an address of Keras' HDF5 layout (`kernel`); `None` where nobody knows it."""


def nameless(address: str) -> str | None:
    """What is known of variables where there is no model to ask."""
    return None


def named_key(tensor: StoredTensor, name_of: NameOf) -> str:
    """A tensor's best name with the variable's own at the end (`encoder/mha/query_dense/kernel`).

    Where nobody knows the variable's, its number stays; where the file says no names, the tensor's key. What
    a layer itself called the variable when it was saved is its name, too.
    """
    name = name_of(tensor.key) if tensor.names else None
    if name is None or "/" in name:
        return tensor.shown
    *layers, last = tensor.shown.split("/")
    return "/".join([*layers, name]) if last.isdecimal() else tensor.shown


def flat_keys(tensors: Sequence[StoredTensor], name_of: NameOf) -> tuple[str, ...]:
    """The key of each tensor; no two get the same, and they depend on nothing but the arguments.

    Tensors that would meet under one key are numbered instead, all of them; where that does not part them,
    they keep the keys that they have in their own file.
    """
    choices = [(named_key(tensor, name_of), tensor.shown, tensor.key) for tensor in tensors]
    chosen = [0] * len(tensors)
    while True:
        keys = tuple(options[choice] for options, choice in zip(choices, chosen, strict=True))
        counts = Counter(keys)
        # Their own keys differ, so of tensors that meet at least one has another choice.
        meeting = [position for position, key in enumerate(keys) if counts[key] > 1]
        if not meeting:
            return keys
        for position in meeting:
            chosen[position] = min(chosen[position] + 1, 2)
