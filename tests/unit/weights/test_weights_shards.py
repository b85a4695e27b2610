from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from modelspec.link.linked import Group
from modelspec.weights.shards import Sized, divide, groups_of_shards, shard_map, shard_name


def dense(number: int, kernel: int, bias: int = 1) -> list[Sized]:
    group = f"layers/dense_{number}/vars"
    return [Sized(f"{group}/0", kernel), Sized(f"{group}/1", bias)]


def placed(tensors: list[Sized], size: int) -> list[list[str]]:
    return [[tensors[position].address for position in shard.tensors] for shard in divide(tensors, size)]


def test_shards_are_filled_in_order() -> None:
    tensors = [*dense(0, 3), *dense(1, 3), *dense(2, 3)]
    assert [len(shard.tensors) for shard in divide(tensors, 8)] == [4, 2]
    assert [shard.size for shard in divide(tensors, 8)] == [8, 4]


def test_a_layers_variables_stay_together_where_they_fit() -> None:
    tensors = [*dense(0, 3), *dense(1, 3)]
    assert placed(tensors, 7) == [["layers/dense_0/vars/0", "layers/dense_0/vars/1"], *placed(dense(1, 3), 7)]


def test_a_group_larger_than_a_shard_is_divided() -> None:
    tensors = [Sized(f"optimizer/vars/{n}", 3) for n in range(4)]
    assert [len(shard.tensors) for shard in divide(tensors, 6)] == [2, 2]


def test_a_tensor_larger_than_a_shard_has_one_of_its_own() -> None:
    tensors = [*dense(0, 1), *dense(1, 20), *dense(2, 1)]
    assert [shard.size for shard in divide(tensors, 4)] == [2, 20, 3]


def test_there_is_a_shard_for_nothing() -> None:
    assert [shard.tensors for shard in divide([], 10)] == [()]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=30), st.integers(1, 12))
def test_every_tensor_is_in_one_shard_and_none_is_larger_than_it_must_be(
    drawn: list[tuple[int, int]], size: int
) -> None:
    tensors = [Sized(f"layers/l{layer}/vars/{n}", weight) for n, (layer, weight) in enumerate(drawn)]
    shards = divide(tensors, size)
    assert [position for shard in shards for position in shard.tensors] == [*range(len(tensors))]
    for shard in shards:
        assert shard.size == sum(tensors[position].size for position in shard.tensors)
        largest = max((tensors[position].size for position in shard.tensors), default=0)
        assert shard.size <= max(size, largest)


def test_the_map_names_one_file_or_the_list_of_them() -> None:
    tensors = [*dense(0, 3), *(Sized(f"optimizer/vars/{n}", 3) for n in range(3))]
    found = json.loads(shard_map(tensors, divide(tensors, 6), stem="net"))
    assert found == {
        "metadata": {"total_size": 13},
        "weight_map": {
            "/layers/dense_0/vars": "net_00000.weights.h5",
            "/optimizer/vars": ["net_00001.weights.h5", "net_00002.weights.h5"],
        },
    }


def test_numbers_of_shards_have_five_digits_at_least() -> None:
    assert shard_name("a", 7) == "a_00007.weights.h5"
    assert shard_name("a", 123456) == "a_123456.weights.h5"


def test_each_shard_names_the_layers_around_its_tensors() -> None:
    groups = [
        Group("vars", "net"),
        Group("layers/functional/vars", "encoder"),
        Group("layers/functional/layers/dense/vars", "proj"),
        Group("layers/dropout/vars", "dropout"),
        Group("layers/dense/vars", "head"),
    ]
    tensors = [Sized("layers/dense/vars/0", 4), Sized("layers/functional/layers/dense/vars/0", 4)]
    named = groups_of_shards(groups, tensors, divide(tensors, 4))
    assert [[group.name for group in shard] for shard in named] == [
        ["net", "encoder", "dropout", "head"],
        ["net", "encoder", "proj"],
    ]
