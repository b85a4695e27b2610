"""Weights alone in a file: saved from one model, loaded into another of the same architecture."""

import numpy as np

import modelspec

document = modelspec.load("mlp_sequential.yaml")
trained = modelspec.load("mlp_sequential.yaml", {"weights.seed": 1}).model()
trained.save_weights("my_model.weights.h5")

model = document.model()
assert not np.array_equal(model.layers[0].kernel, trained.layers[0].kernel)
model.load_weights("my_model.weights.h5")
for one, two in zip(model.get_weights(), trained.get_weights(), strict=True):
    np.testing.assert_array_equal(one, two)
print(len(model.weights), "variables loaded")

# prints:
# 6 variables loaded
