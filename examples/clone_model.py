"""A copy of a model in memory: the same architecture, with values of its own."""

import keras
import numpy as np

import modelspec

model = modelspec.load("whole_model.yaml").model()
clone = keras.models.clone_model(model)

assert clone.to_json() == model.to_json()
assert not np.array_equal(clone.layers[1].kernel, model.layers[1].kernel)
print([layer.name for layer in clone.layers], clone.count_params())

# prints:
# ['x', 'dense'] 33
