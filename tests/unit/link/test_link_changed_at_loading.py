from __future__ import annotations

import keras
import numpy as np

import modelspec


class Scale(keras.layers.Layer):
    """Saves nothing of what its base takes."""

    def __init__(self, by, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def build(self, shape):
        self.factor = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, inputs):
        return inputs * self.by * self.factor

    def get_config(self):
        return {"by": self.by}


class Kept(Scale):
    """Saves all of it."""

    def get_config(self):
        return keras.layers.Layer.get_config(self) | {"by": self.by}


OBJECTS = {"Scale": Scale, "Kept": Kept}


def document(*items: str, head: str = "") -> modelspec.Document:
    layers = "".join(f"  - {item}\n" for item in items)
    text = f"modelspec: 1\n{head}inputs: {{x: [4]}}\nlayers:\n{layers}"
    return modelspec.loads(text, custom_objects=OBJECTS)


def told(made: modelspec.Document) -> list[tuple[str, str, int]]:
    return [(found.code, found.message, found.place.line) for found in made.check() if found.place]


def test_a_layer_whose_class_does_not_save_its_name_is_told_at_its_line():
    made = document(
        "Dense: {units: 4}", "Scale: {by: 2.0}\n    name: first", "Kept: {by: 2.0}\n    name: last"
    )
    assert told(made) == [
        ("changed-at-loading", "Keras loads `first` as `scale`, for `Scale` does not save it", 5)
    ]
    assert "config = super().get_config()" in str(made.check()[0].help)


def test_keras_does_load_it_so(tmp_path):
    made = document("Scale: {by: 2.0}\n    name: first", head="dtype: float16\n")
    made.build(tmp_path / "net.keras")
    keras.backend.clear_session()
    loaded = keras.saving.load_model(tmp_path / "net.keras", custom_objects=OBJECTS, safe_mode=True)
    layer = loaded.layers[-1]
    assert (layer.name, layer.dtype_policy.name) == ("scale", "float32")
    np.testing.assert_array_equal(np.asarray(layer.factor), np.ones(4))


def test_a_dtype_that_is_not_saved_is_told_whoever_gave_it():
    lost = "Keras loads `scale` with dtype `float32`, for `Scale` does not save it"
    beside = document("Scale: {by: 2.0}\n    dtype: float16")
    assert told(beside) == [("changed-at-loading", lost, 4)]
    everywhere = document("Scale: {by: 2.0}", head="dtype: float16\n")
    assert told(everywhere) == [("changed-at-loading", lost, 5)]
    assert told(document("Kept: {by: 2.0}", head="dtype: float16\n")) == []


def test_what_is_lost_together_is_told_together():
    made = document("Scale: {by: 2.0}\n    name: first\n    dtype: float16")
    message = "Keras loads `first` as `scale` and with dtype `float32`, for `Scale` does not save them"
    assert told(made) == [("changed-at-loading", message, 4)]


def test_a_layer_of_a_nested_model_is_told_at_its_line():
    head = (
        "models:\n  part:\n    inputs: {x: [4]}\n    layers:\n      - Scale: {by: 2.0}\n        name: inner\n"
    )
    made = document("part", "part", head=head)
    message = "Keras loads `inner` as `scale`, for `Scale` does not save it"
    assert told(made) == [("changed-at-loading", message, 6)]


def test_an_automatic_name_that_keras_gives_again_is_not_told():
    assert told(document("Scale: {by: 2.0}", "Scale: {by: 3.0}")) == []
