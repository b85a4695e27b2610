"""Custom objects that are not registered: given by hand when building, and when loading in either way."""

import keras
import numpy as np

import modelspec


class CustomLayer(keras.layers.Layer):
    """Multiplies by a factor."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return x * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


def custom_fn(x):
    """The square."""
    return x**2


objects = {"CustomLayer": CustomLayer, "custom_fn": custom_fn}
model = modelspec.load("custom_objects.yaml", custom_objects=objects).model()
model.save("custom_model.keras")

passed = keras.saving.load_model("custom_model.keras", custom_objects=objects)
with keras.saving.custom_object_scope(objects):
    scoped = keras.saving.load_model("custom_model.keras")

inputs = np.random.random((4, 4))
for again in (passed, scoped):
    np.testing.assert_allclose(model.predict(inputs, verbose=0), again.predict(inputs, verbose=0))
print(passed.layers[1].factor, scoped.layers[2].activation is custom_fn)

# prints:
# 0.5 True
