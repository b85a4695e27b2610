"""Registered objects: the document names them, the caller allows the file, Keras finds them at loading."""

import keras
import numpy as np

import modelspec

document = modelspec.load("registered.yaml", allow=("my_layers.py",))
document.build("custom_model.keras")

import my_layers  # noqa: E402 - whoever loads the archive imports what registers its classes

model = keras.saving.load_model("custom_model.keras")
model.fit(np.random.random((4, 4)), np.random.random((4, 1)), verbose=0)
model.save("custom_model.keras")
again = keras.saving.load_model("custom_model.keras")

inputs = np.random.random((4, 4))
np.testing.assert_allclose(model.predict(inputs, verbose=0), again.predict(inputs, verbose=0))
assert type(again.layers[1]) is my_layers.CustomLayer
print(again.layers[1].factor, again.layers[2].activation.__name__)

# prints:
# 0.5 custom_fn
