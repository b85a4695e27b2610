"""What counts as Keras' own."""

from __future__ import annotations

import pytest

from modelspec.catalog.own import is_of_keras, is_own


@pytest.mark.parametrize("module", ["keras", "keras.layers", "keras.src.layers.core.dense"])
def test_a_module_of_the_package_is_of_keras(module):
    assert is_of_keras(module)


@pytest.mark.parametrize("module", ["keras_hub.models", "kerasy", "acme.keras", "", None, 3])
def test_a_module_that_is_merely_called_alike_is_not(module):
    assert not is_of_keras(module)


def test_a_class_of_keras_has_no_registered_name_or_its_own():
    dense = {"module": "keras.layers", "class_name": "Dense"}
    assert is_own(dense | {"registered_name": None})
    assert is_own(dense | {"registered_name": "Dense"})
    assert is_own(dense)
    assert not is_own(dense | {"registered_name": "acme>Dense"})


def test_a_registered_class_is_not_own_whatever_it_is_called():
    assert not is_own({"module": "keras_hub.layers", "class_name": "Net", "registered_name": "Net"})
    assert not is_own({"module": None, "class_name": "Net", "registered_name": "Net"})
