"""Files of weights that are matched in order."""

from __future__ import annotations

import hashlib

import keras
import pytest

from modelspec.compiler.lint import lint_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source
from modelspec.lint.choice import Asked


@pytest.fixture
def linted(tmp_path, monkeypatch):
    """Lint a document of two dense layers that loads the weights of other layers."""
    monkeypatch.chdir(tmp_path)

    def run(layers: list[keras.layers.Layer], load: str) -> list[tuple[str, tuple[str, ...]]]:
        keras.Sequential([keras.Input((8,)), *layers]).save_weights(tmp_path / "old.weights.h5")
        written = f"""\
modelspec: 1
inputs: {{x: [8]}}
layers:
  - Dense: {{units: 4, activation: relu}}
  - Dense: {{units: 2}}
weights:
  load: {{file: old.weights.h5, {load}}}
"""
        source = Source("net.yaml", written, folder=tmp_path)
        text = Text(source, hashlib.sha256(written.encode()).hexdigest())
        found = lint_document(text, Options(root=tmp_path), Asked(), Report()).findings
        return [(item.rule, item.notes) for item in found]

    return run


def einsum(units: int) -> keras.layers.Layer:
    return keras.layers.EinsumDense("ab,bc->ac", output_shape=units, bias_axes="c")


def test_layers_of_other_classes_are_told(linted):
    assert linted([einsum(4), keras.layers.Dense(2)], "match: order") == [
        (
            "name-order-weights",
            ("`dense`: 1 in the file, 2 here", "`einsum_dense`: 1 in the file, 0 here"),
        )
    ]


def test_layers_of_the_same_classes_are_in_order(linted):
    layers = [keras.layers.Dense(4), keras.layers.ReLU(), keras.layers.Dense(2)]
    assert linted(layers, "match: order") == []


@pytest.mark.parametrize("load", ["match: name", "match: order, only: [dense]"])
def test_what_is_matched_otherwise_is_not_counted(linted, load):
    assert linted([einsum(4), keras.layers.Dense(2)], load) == []
