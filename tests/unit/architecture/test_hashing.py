"""What each hash of an architecture sees, and what it is blind to."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

import modelspec
from modelspec.architecture.hashing import Hashes, exact_of, hash_of_compile, hashes_of
from modelspec.architecture.reading import read_architecture

NET = """\
modelspec: 1
name: net
inputs: {image: [8, 8, 3]}
layers:
  - Conv2D: {filters: 4, kernel_size: 3}
  - BatchNormalization
  - ReLU
  - Conv2D: {filters: 4, kernel_size: 3, padding: same}
    name: main
  - Add:
    from: [re_lu, main]
  - GlobalAveragePooling2D
  - Dense: {units: 2}
    name: out
"""


def config(text: str) -> dict[str, Any]:
    return modelspec.loads(text).config()


def hashes(data: dict[str, Any]) -> Hashes:
    return hashes_of(read_architecture(data))


@pytest.fixture(scope="module")
def net() -> dict[str, Any]:
    return config(NET)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("layers:\n", "# a comment\nlayers:\n"),
        ("{filters: 4, kernel_size: 3}\n", "{kernel_size: [3, 3], filters: 4}\n"),
        ("  - BatchNormalization\n", "  - BatchNormalization: {epsilon: 1e-3, axis: -1}\n"),
        ("  - ReLU\n", "  - ReLU:\n    from: batch_normalization\n"),
        ("  - GlobalAveragePooling2D\n", "  - GlobalAveragePooling2D\n    \n"),
        ("{units: 2}", "{units: 2, activation: linear, kernel_initializer: glorot_uniform}"),
    ],
    ids=["a comment", "the order of keys", "a default", "from", "blank lines", "defaults as texts"],
)
def test_what_a_document_need_not_say_changes_no_hash(net: dict[str, Any], old: str, new: str) -> None:
    assert old in NET
    assert hashes(config(NET.replace(old, new, 1))) == hashes(net)


def test_a_block_and_its_items_have_the_same_hashes() -> None:
    block = """\
modelspec: 1
name: net
blocks: {head: {scope: root, params: {n: 2}, layers: [{Dense: {units: 4}}, {Dense: {units: $n}, name: out}]}}
inputs: {x: [3]}
layers: [head]
"""
    flat = """\
modelspec: 1
name: net
inputs: {x: [3]}
layers: [{Dense: {units: 4}}, {Dense: {units: 2}, name: out}]
"""
    assert hashes(config(block)) == hashes(config(flat))


def test_the_order_of_layers_in_a_config_changes_no_hash(net: dict[str, Any]) -> None:
    shuffled = copy.deepcopy(net)
    random.Random(0).shuffle(shuffled["config"]["layers"])
    assert shuffled != net
    assert hashes(shuffled) == hashes(net)


def test_the_order_of_keys_in_a_call_changes_no_hash() -> None:
    text = """\
modelspec: 1
name: net
inputs: {a: [3, 4], b: [5, 4]}
layers:
  - MultiHeadAttention: {num_heads: 1, key_dim: 2}
    from: {query: a, value: b, key: b}
"""
    one, two = config(text), config(text)
    (call,) = two["config"]["layers"][-1]["inbound_nodes"]
    call["kwargs"] = dict(reversed(call["kwargs"].items()))
    assert hashes(one) == hashes(two)


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("name: out", "name: logits", {"exact", "auto"}),
        ("name: net", "name: other", {"exact", "auto"}),
        ("image: [", "picture: [", {"exact", "auto"}),
        ("  - ReLU\n", "  - ReLU:\n    name: re_lu_7\n", {"exact"}),
        ("units: 2", "units: 3", {"exact", "auto", "structure"}),
        ("from: [re_lu, main]", "from: [main, re_lu]", {"exact", "auto", "structure"}),
        ("padding: same}\n", "padding: same}\n    trainable: false\n", {"exact", "auto", "structure"}),
        ("padding: same}\n", "padding: same}\n    dtype: mixed_float16\n", {"exact", "auto", "structure"}),
        ("layers:\n", "compile: {loss: mse, optimizer: sgd}\nlayers:\n", set()),
    ],
    ids=[
        "a name",
        "the model",
        "an input",
        "a number",
        "an argument",
        "wiring",
        "frozen",
        "dtype",
        "compile",
    ],
)
def test_each_hash_sees_what_it_is_of(net: dict[str, Any], old: str, new: str, changed: set[str]) -> None:
    text = NET.replace(old, new, 1)
    if old == "  - ReLU\n":
        text = text.replace("[re_lu, main]", "[re_lu_7, main]")
    one, two = hashes(net), hashes(config(text))
    assert {
        name for name in ("exact", "auto", "structure") if getattr(one, name) != getattr(two, name)
    } == changed


def test_layers_inside_layers_have_names_too() -> None:
    text = """\
modelspec: 1
name: net
inputs: {x: [5, 3]}
layers:
  - TimeDistributed: {layer: {Dense: {units: 2, name: inner}}}
    name: each
"""
    one, two = hashes(config(text)), hashes(config(text.replace("inner", "other")))
    assert one.exact != two.exact
    assert one.structure == two.structure


def test_compile_settings_have_a_hash_of_their_own(net: dict[str, Any]) -> None:
    assert hash_of_compile(read_architecture(net)) is None
    found = [
        hash_of_compile(read_architecture(config(f"{NET}compile: {{optimizer: {optimizer}, loss: mse}}\n")))
        for optimizer in ("adam", "{Adam: {learning_rate: 0.001}}", "sgd")
    ]
    assert found[0] == found[1] != found[2]


def test_a_model_that_is_no_graph_has_hashes() -> None:
    whole = {
        "module": "acme",
        "class_name": "Net",
        "config": {"units": 3},
        "registered_name": "acme>Net",
        "build_config": {"input_shape": [None, 2]},
    }
    assert hashes(whole) == hashes({**whole, "build_config": {}})
    assert hashes(whole).structure != hashes({**whole, "config": {"units": 4}}).structure


def test_the_exact_hash_under_another_name_is_that_of_the_renamed_model():
    graph, other = (
        read_architecture(config(text)).graph for text in (NET, NET.replace("name: net", "name: a"))
    )
    exact = tuple(hashes(config(text)).exact for text in (NET, NET.replace("name: net", "name: a")))
    assert exact_of(graph, "a") == exact
    assert exact_of(other, "net", "a") == (exact[1], exact[0], exact[1])
