"""Transfer learning: the layers of a trained model under a new head.

The document of the new model is laid over the old one's. Its values are copied here by Keras, layer by layer
of the same name; new_head.yaml has a document load them.
"""

import numpy as np

import modelspec

# The program that trained the model:
modelspec.load("mlp.yaml", {"weights.seed": 1}).model().save_weights("pretrained.weights.h5")

# A separate program:
pretrained = modelspec.load("mlp.yaml").model()
pretrained.load_weights("pretrained.weights.h5")

model = modelspec.load("mlp_new_head.yaml").model()
for layer in pretrained.layers[1:-1]:
    model.get_layer(layer.name).set_weights(layer.get_weights())

np.testing.assert_array_equal(model.get_layer("dense_2").kernel, pretrained.get_layer("dense_2").kernel)
print([layer.name for layer in model.layers[1:]], model.count_params())

# prints:
# ['dense_1', 'dense_2', 'dense_3'] 54725
