"""What `lint` knows of masks is what Keras' own layers say of themselves."""

from __future__ import annotations

import keras
import pytest
from catalogued import classes
from layer_samples import SAMPLES
from spoken import public_class, python_arguments

from modelspec.lint.kinds import EMBEDDINGS, KEEP_MASKS, READ_MASKS

# Abstract, and those whose answer is that of the layer inside.
_NOT_ASKED = {"keras.layers.Layer", "keras.layers.Wrapper", "keras.layers.SpectralNormalization"}
NEWER = {"keras.layers.ReversibleEmbedding"}  # since 3.13
ENTRIES = tuple(
    entry
    for entry in classes("layer")
    if entry.name in SAMPLES and entry.name.startswith("keras.layers.") and entry.name not in _NOT_ASKED
)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.short)
def test_a_layer_hands_masks_on_where_the_table_says_so(entry):
    with keras.StatelessScope(initialize_variables=False):
        layer = public_class(entry.name)(**python_arguments(SAMPLES[entry.name].needs))
    assert layer.supports_masking is (entry.name in KEEP_MASKS)


def test_the_tables_have_classes_of_keras_only():
    assert (KEEP_MASKS | READ_MASKS | EMBEDDINGS) - {entry.name for entry in classes("layer")} <= NEWER


def test_an_embedding_makes_a_mask_where_it_says_so():
    layer = keras.layers.Embedding(4, 2, mask_zero=True)
    assert layer.supports_masking
