"""Keys that have no order may stand in any: the same hash, the same cache key, the same config."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path

import pytest
from effort import tried
from hypothesis import given, settings
from hypothesis import strategies as st

import modelspec
from modelspec.compiler.fingerprint import fingerprint
from modelspec.compiler.keys import architecture, document_hash
from modelspec.compiler.stages import check_document
from modelspec.compiler.values import Checked, Options, Text
from modelspec.diagnostics import Report, Source
from modelspec.source.reader import read_tree
from modelspec.source.tree import Mapping, Node, Scalar, Sequence

CONFIGS = {path.stem: path.read_text() for path in sorted(Path(__file__).parents[2].glob("configs/*.yaml"))}

# Mappings whose order says something: variables and parameters may use those before them, and inputs are
# passed in document order.
ORDERED = {"vars", "params", "inputs"}

VARIED = """
modelspec: 1
name: varied
vars: {width: 8, act: {LeakyReLU: {negative_slope: 0.2}}}
defaults: {Dense: {use_bias: false, kernel_regularizer: {L2: {l2: 1e-4}}}, Dropout: {rate: 0.1, seed: 3}}
blocks:
  gate:
    inputs: [signal, control]
    params: {units: 4, mode: {type: str, default: sigmoid, choices: [sigmoid, tanh], help: how it closes}}
    layers:
      - Dense: {units: $units, activation: $mode}
        name: weights
        from: control
        dtype: float32
        trainable: false
      - Multiply:
        name: gated
        from: [signal, weights]
  tail:
    layers: [{Dense: {units: 4}, name: d}]
models:
  tower: {inputs: {t: [8]}, layers: [{Dense: {units: 4, activation: $act}, name: a}]}
  other: {inputs: {t: [8]}, layers: [{Dense: {units: 4}, name: a}]}
inputs: {x: [8], y: {shape: [null, 8], dtype: float32}}
layers:
  - {tower: null, name: t, from: x}
  - {other: null, name: o, from: x}
  - {gate: {units: 4, mode: tanh}, name: g, from: {signal: t, control: o}}
  - {MultiHeadAttention: {num_heads: 2, key_dim: 4}, name: mha, from: {query: y, value: y},
     call: {use_causal_mask: true, training: false}}
  - {GlobalAveragePooling1D: null, name: pool}
  - {tail: null, name: tail, from: g}
  - {Dense: {units: $(w * width), name: d$i} , each: {w: [1, 2], v: [3, 4]}, from: pool}
outputs: {class: tail, value: d1}
compile:
  optimizer:
    Adam: {learning_rate: {CosineDecay: {initial_learning_rate: 0.1, decay_steps: 100}}, beta_1: 0.8}
  loss: {class: mse, value: mae}
  loss_weights: {class: 1.0, value: 0.5}
  metrics: {class: [mae, mse]}
weights: {seed: 3, freeze: [tail/**]}
expect: {layers: {min: 5, max: 50}, output_shape: {class: [4], value: [16]}}
meta: {author: {name: someone, year: 2020}, tags: [b, a]}
""".replace("units: $(w * width), name: d$i}", "units: $(w * width)}, name: d$i")
DOCUMENTS = CONFIGS | {"varied": VARIED}


@cache
def tree_of(name: str) -> Node:
    report = Report()
    tree = read_tree(Source(f"{name}.yaml", DOCUMENTS[name]), report)
    assert tree is not None
    assert not report.has_errors
    return tree


def shuffled(node: Node, chance: random.Random, key: str = "") -> object:
    """The tree as plain data, the keys of each mapping that has no order in another one."""
    match node:
        case Mapping():
            entries = list(node.entries)
            if key not in ORDERED:
                chance.shuffle(entries)
            return {entry.key.text: shuffled(entry.value, chance, entry.key.text) for entry in entries}
        case Sequence():
            return [shuffled(item, chance) for item in node.items]
        case Scalar():
            return node.value


def check(name: str, text: str) -> Checked:
    return check_document(Text(Source(f"{name}.yaml", text), ""), Options(), Report())


def hashes(name: str, text: str) -> tuple[str, str]:
    """What the document says and what its architecture is, as the archive and the cache know them."""
    checked = check(name, text)
    return (
        document_hash(checked.spec),
        fingerprint(architecture(checked.program, checked.resolved), checked.selected),
    )


@cache
def hashes_as_written(name: str) -> tuple[str, str]:
    return hashes(name, DOCUMENTS[name])


@given(st.sampled_from(sorted(DOCUMENTS)), st.integers(0, 2**32))
@settings(max_examples=tried(80), deadline=None)
def test_the_order_of_keys_changes_no_hash(name, seed):
    text = json.dumps(shuffled(tree_of(name), random.Random(seed)))
    assert hashes(name, text) == hashes_as_written(name)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_keys_changes_no_byte_of_the_config(seed):
    text = json.dumps(shuffled(tree_of("varied"), random.Random(seed)))
    configs = [
        json.dumps(modelspec.loads(written, name="varied.yaml", use_cache=False).config())
        for written in (VARIED, text)
    ]
    assert configs[0] == configs[1]


def test_documents_that_differ_have_different_hashes():
    found = {name: hashes_as_written(name) for name in DOCUMENTS}
    assert len({document for document, _ in found.values()}) == len(DOCUMENTS)
    assert len({architecture for _, architecture in found.values()}) == len(DOCUMENTS)


@pytest.mark.parametrize(
    ("old", "new", "architecture"),
    [
        ("seed: 3, freeze", "seed: 4, freeze", False),
        ("year: 2020", "year: 2021", False),
        ("units: $units", "units: $(units + 1 - 1)", False),
        ("max: 50", "max: 51", False),
        ("beta_1: 0.8", "beta_1: 0.81", True),
        ("freeze: [tail/**]", "freeze: [tower/**]", True),
        ("negative_slope: 0.2", "negative_slope: 0.3", True),
        ("use_causal_mask: true", "use_causal_mask: false", True),
        ("{signal: t, control: o}", "{signal: o, control: t}", True),
        ("x: [8], y: {", "x: {shape: [8], dtype: float16}, y: {", True),
    ],
)
def test_a_change_is_seen_where_it_matters(old, new, architecture):
    assert old in VARIED
    before, after = hashes_as_written("varied"), hashes("varied", VARIED.replace(old, new))
    assert (before[1] != after[1]) is architecture
    assert architecture is False or before[0] != after[0]
