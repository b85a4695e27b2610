"""Every layer and operation of Keras, with each argument off its default, comes back equal."""

from __future__ import annotations

import keras
import pytest
import test_every_layer as of_layers
import test_every_operation as of_operations
from decompiled import check
from held_to_twin import document_of
from operation_samples import INPUTS as OPERANDS
from operation_samples import SAMPLES as CALLS

import modelspec
from modelspec.catalog.entry import ClassEntry

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(keras.version() < "3.15", reason="what Keras writes of a layer differs by release"),
]


@pytest.mark.parametrize("entry", of_layers.SAMPLED, ids=lambda entry: entry.short)
def test_a_layer_comes_back_equal(entry: ClassEntry) -> None:
    document = document_of(of_layers.variants_of(entry), of_layers.INPUTS)
    check(modelspec.loads(document, target="installed", use_cache=False).config())


@pytest.mark.parametrize("name", sorted(CALLS))
def test_an_operation_comes_back_equal(name: str) -> None:
    document = document_of([of_operations.variant_of(name, CALLS[name])], OPERANDS)
    check(modelspec.loads(document, target="installed", use_cache=False).config())
