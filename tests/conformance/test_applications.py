"""All of `keras.applications` as Keras dicts, taken verbatim: the archive loads and equals the twin.

Nothing is drawn: the models have no values, one archive excepted.
"""

from __future__ import annotations

import copy
import json

import keras
import pytest
from held_to_twin import assert_same, compiled_of, loaded_from, quick_values, serialized

NAMES = tuple(
    name
    for name in sorted(dir(keras.applications))
    if name[0].isupper() and callable(getattr(keras.applications, name))
)
# Those whose graph cannot be smaller than their size of image says.
_SIZES = {"InceptionResNetV2": 75, "InceptionV3": 75, "Xception": 71}
# One of each family, the quickest; the others differ in numbers, and are slow.
QUICK = (
    "ConvNeXtTiny",
    "EfficientNetB0",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "ResNet50",
    "ResNet50V2",
    "VGG16",
    "Xception",
)


def twin_of(name: str) -> keras.Model:
    size = _SIZES.get(name, 32)
    with keras.StatelessScope(initialize_variables=False):
        return getattr(keras.applications, name)(
            weights=None, input_shape=(size, size, 3), include_top=False, pooling="avg"
        )


def check(name: str) -> None:
    twin = serialized(twin_of(name))
    compiled = compiled_of(json.dumps({"modelspec": 1, "model": twin}))
    keras.utils.clear_session(free_memory=False)
    with keras.StatelessScope(initialize_variables=False):
        ours = keras.saving.deserialize_keras_object(copy.deepcopy(compiled.linked.config), safe_mode=True)
        theirs = keras.saving.deserialize_keras_object(twin, safe_mode=True)
    keras.utils.clear_session(free_memory=False)
    assert_same(ours, theirs, frozenset(layer.name for layer in theirs.layers))
    assert [variable.shape for variable in compiled.linked.variables] == [
        tuple(variable.shape) for variable in theirs.weights
    ]


def test_all_forty_are_here():
    assert len(NAMES) >= 40
    assert set(QUICK) < set(NAMES)


@pytest.mark.parametrize("name", QUICK)
def test_an_application_given_as_a_keras_dict_equals_itself(name):
    check(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(NAMES) - set(QUICK)))
def test_every_application_given_as_a_keras_dict_equals_itself(name):
    check(name)


def test_the_archive_of_an_application_opens_in_keras():
    twin = serialized(twin_of("MobileNetV3Small"))
    ours = loaded_from(compiled_of(json.dumps({"modelspec": 1, "model": twin})))
    assert_same(ours, reloaded_from(twin), frozenset(layer.name for layer in ours.layers))


def reloaded_from(data: dict[str, object]) -> keras.Model:
    with quick_values():
        return keras.saving.deserialize_keras_object(copy.deepcopy(data), safe_mode=True)
