"""Every layer of Keras, told by itself and held against a model that Keras made: with its defaults, and on
demand with each argument off its default.
"""

from __future__ import annotations

import re

import pytest
from held_to_twin import Variant, document_of
from layer_samples import INPUTS, SAMPLES
from test_every_layer import SAMPLED, variants_of

from modelspec.catalog.entry import ClassEntry
from modelspec.compiler.layerwise.kept import KnownLayers
from modelspec.compiler.layerwise.telling import tell
from modelspec.compiler.stages import check_document, compile_checked
from modelspec.compiler.sweeping.planning.facts import told_of
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source

OPTIONS = Options(use_cache=False, cpu_only=True)
# A mask goes with what it gives; it draws a seed of its own; it gives several tensors.
LEFT_TO_KERAS = frozenset({"Masking", "RandomCrop", "MaxNumBoundingBoxes"})


def is_told(entry: ClassEntry, variant: Variant) -> bool:
    """Whether a layer is told without a mistake, and not left to Keras."""
    feed = str(variant.feed)
    inputs = {name: shape for name, shape in INPUTS.items() if re.search(rf"(?<!\w){name}(?!\w)", feed)}
    report = Report()
    source = Source("net.yaml", document_of([variant], inputs))
    checked = check_document(Text(source, ""), OPTIONS, report)
    told = tell(checked, OPTIONS, KnownLayers())
    if told is not None:
        assert told == told_of(compile_checked(checked, OPTIONS, report).linked), variant.name
    return told is not None


@pytest.mark.parametrize("entry", SAMPLED, ids=lambda entry: entry.short)
def test_a_layer_is_told_as_keras_makes_it(entry):
    left = entry.short in LEFT_TO_KERAS
    assert is_told(entry, variants_of(entry)[0]) is not left


@pytest.mark.slow
@pytest.mark.parametrize("entry", SAMPLED, ids=lambda entry: entry.short)
def test_a_layer_is_told_with_each_argument_off_its_default(entry):
    for variant in variants_of(entry)[1:]:
        is_told(entry, variant)


def test_the_list_names_layers_of_keras():
    assert {name.rpartition(".")[2] for name in SAMPLES} >= LEFT_TO_KERAS
