"""A block is its hand expansion, and `repeat` is its copies: the same Keras config, names included."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import modelspec

few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])

STEMS = {"Dense": "dense", "Dropout": "dropout", "LayerNormalization": "layer_normalization", "ReLU": "re_lu"}


@dataclass(frozen=True)
class Layer:
    """An item of a chain: its class, its arguments, the name it was given, if any."""

    cls: str
    args: dict[str, object]
    name: str | None

    def item(self, name: str | None = None, **words: object) -> dict[str, object]:
        named = {"name": name or self.name} if name or self.name else {}
        return {self.cls: self.args or None, **named, **words}


ARGS = {
    "Dense": st.fixed_dictionaries({"units": st.integers(1, 4)}, optional={"activation": st.just("relu")}),
    "Dropout": st.fixed_dictionaries({"rate": st.sampled_from([0.0, 0.5])}),
    "LayerNormalization": st.fixed_dictionaries({}, optional={"epsilon": st.just(0.01)}),
    "ReLU": st.fixed_dictionaries({}, optional={"max_value": st.just(6.0)}),
}
LAYERS = st.sampled_from(sorted(ARGS)).flatmap(
    lambda cls: st.builds(Layer, st.just(cls), ARGS[cls], st.none())
)


@st.composite
def chains(draw: st.DrawFn) -> list[Layer]:
    """One to four layers, some of them named, no name twice."""
    layers = draw(st.lists(LAYERS, min_size=1, max_size=4))
    names = iter(draw(st.permutations(["a", "b", "c", "0"])))
    return [Layer(layer.cls, layer.args, next(names) if draw(st.booleans()) else None) for layer in layers]


def automatic(chain: list[Layer]) -> list[str]:
    """The names in a scope: those that are written, and Keras' counted ones."""
    seen: Counter[str] = Counter()
    names = []
    for layer in chain:
        stem = STEMS[layer.cls]
        if layer.name is None:
            names.append(stem if not seen[stem] else f"{stem}_{seen[stem]}")
            seen[stem] += 1
        else:
            names.append(layer.name)
    return names


def config_of(items: list[object], **sections: object) -> str:
    data = {"modelspec": 1, "name": "net", "inputs": {"x": [4]}, "layers": items, **sections}
    document = modelspec.loads(json.dumps(data), use_cache=False)
    return json.dumps(document.config())


@given(chains(), st.lists(st.sampled_from(["one", "two", "s3"]), min_size=1, max_size=3, unique=True))
@few
def test_a_block_is_its_hand_expansion(chain, uses):
    block = {"b": {"layers": [layer.item() for layer in chain]}}
    used = config_of([{"b": None, "name": use} for use in uses], blocks=block)
    by_hand = [
        layer.item(f"{use}_{name}")
        for use in uses
        for layer, name in zip(chain, automatic(chain), strict=True)
    ]
    assert used == config_of(by_hand)


@given(chains(), st.integers(1, 3))
@few
def test_a_block_with_parameters_is_its_hand_expansion(chain, width):
    inner = {"Dense": {"units": "$width", "use_bias": "$(width > 1)"}, "name": "wide"}
    block = {"b": {"params": {"width": 2}, "layers": [*(layer.item() for layer in chain), inner]}}
    used = config_of([{"b": None, "name": "u"}, {"b": {"width": width}, "name": "v"}], blocks=block)
    by_hand = []
    for use, units in (("u", 2), ("v", width)):
        by_hand += [layer.item(f"{use}_{name}") for layer, name in zip(chain, automatic(chain), strict=True)]
        by_hand.append({"Dense": {"units": units, "use_bias": units > 1}, "name": f"{use}_wide"})
    assert used == config_of(by_hand)


@given(chains(), st.sampled_from(["in", "prev"]))
@few
def test_a_block_with_a_residual_is_its_hand_expansion(chain, first):
    narrow = {"Dense": {"units": 4}, "name": "last"}
    block = {
        "b": {
            "layers": [
                *(layer.item() for layer in chain),
                narrow,
                {"Add": None, "name": "add", "from": ["in", "prev"]},
            ]
        }
    }
    used = config_of(["ReLU", {"b": None, "name": "u"}], blocks=block)
    by_hand: list[object] = [{"ReLU": None, "name": "re_lu"}]
    by_hand += [layer.item(f"u_{name}") for layer, name in zip(chain, automatic(chain), strict=True)]
    by_hand += [{**narrow, "name": "u_last"}, {"Add": None, "name": "u_add", "from": ["re_lu", "u_last"]}]
    assert used == config_of(by_hand)


@given(LAYERS, st.integers(1, 5))
@few
def test_a_repeat_is_its_copies(layer, count):
    repeated = config_of([layer.item("h", repeat=count)])
    copies = [layer.item("h" if not i else f"h_{i}") for i in range(count)]
    assert repeated == config_of(copies)


@given(LAYERS, st.integers(1, 5))
@few
def test_a_repeat_without_a_name_is_its_copies(layer, count):
    assert config_of([layer.item(repeat=count)]) == config_of([layer.item() for _ in range(count)])


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
@few
def test_each_is_its_rows(widths):
    rows = config_of([{"Dense": {"units": "$w"}, "name": "h$i", "each": {"w": widths}}])
    assert rows == config_of([{"Dense": {"units": w}, "name": f"h{i}"} for i, w in enumerate(widths)])


@given(chains(), st.integers(1, 3))
@few
def test_a_repeated_block_is_its_copies(chain, count):
    block = {"b": {"layers": [layer.item() for layer in chain]}}
    repeated = config_of([{"b": None, "name": "s$i", "repeat": count}], blocks=block)
    assert repeated == config_of([{"b": None, "name": f"s{i}"} for i in range(count)], blocks=block)


@given(st.integers(1, 4))
@few
def test_a_repeat_in_a_list_reads_the_copy_before(count):
    items = [
        {"Dense": {"units": 4}, "name": "d"},
        {"Add": None, "name": "s", "from": ["x", "prev"], "repeat": count},
    ]
    copies = [{"Add": None, "name": "s" if not i else f"s_{i}", "from": ["x", "prev"]} for i in range(count)]
    assert config_of(items) == config_of([items[0], *copies])


@given(chains())
@few
def test_when_false_is_as_if_it_were_not_there(chain):
    absent = {"Dense": {"units": 3}, "when": False}
    items = [layer.item(layer.name and f"n{layer.name}") for layer in chain]
    assert config_of([*items[:1], absent, *items[1:]]) == config_of(items)
