from __future__ import annotations

import pytest

from modelspec.weights.checkpoint import StoredTensor
from modelspec.weights.flat_keys import flat_keys, named_key, nameless


def tensor(key: str, *names: str) -> StoredTensor:
    return StoredTensor(key, names, (2,), "float32")


def test_the_name_of_the_variable_stands_where_its_number_was() -> None:
    kernel = tensor("layers/mha/query_dense/vars/0", "attention/query_dense/0", "attention/query/0")
    assert named_key(kernel, {kernel.key: "kernel"}.get) == "attention/query_dense/kernel"


def test_a_number_stays_where_nobody_knows_the_name() -> None:
    assert named_key(tensor("layers/dense/vars/0", "head/0"), nameless) == "head/0"


def test_what_a_layer_itself_calls_a_variable_stays() -> None:
    custom = tensor("layers/net/vars/table", "net/table")
    assert named_key(custom, {custom.key: "embeddings"}.get) == "net/table"


@pytest.mark.parametrize("name", ["a/b", "/"])
def test_a_name_with_a_slash_is_none(name: str) -> None:
    kernel = tensor("layers/dense/vars/0", "head/0")
    assert named_key(kernel, {kernel.key: name}.get) == "head/0"


def test_a_tensor_without_names_keeps_its_key() -> None:
    kernel = tensor("layers/dense/vars/0")
    assert named_key(kernel, {kernel.key: "kernel"}.get) == "layers/dense/vars/0"


def test_tensors_that_would_meet_are_numbered_all_of_them() -> None:
    cell = [tensor(f"layers/cell/vars/{n}", f"cell/{n}") for n in range(3)]
    names = {"layers/cell/vars/0": "kernel", "layers/cell/vars/1": "kernel", "layers/cell/vars/2": "bias"}
    assert flat_keys(cell, names.get) == ("cell/0", "cell/1", "cell/bias")


def test_where_numbers_meet_too_the_keys_of_the_file_part_them() -> None:
    twins = [tensor(f"layers/{layer}/vars/0", "twin/0") for layer in ("dense", "dense_1")]
    keys = flat_keys(twins, {twins[0].key: "kernel", twins[1].key: "kernel"}.get)
    assert keys == ("layers/dense/vars/0", "layers/dense_1/vars/0")


def test_a_name_that_is_another_tensors_key_gives_way() -> None:
    tensors = [tensor("b", "a"), tensor("a")]
    keys = flat_keys(tensors, nameless)
    assert len(set(keys)) == 2


def test_keys_depend_on_nothing_but_the_tensors() -> None:
    tensors = [tensor(f"layers/l/vars/{n}", f"l/{n}") for n in range(5)]
    names = {one.key: "w" for one in tensors}
    assert flat_keys(tensors, names.get) == flat_keys(tensors, names.get) == tuple(f"l/{n}" for n in range(5))
