"""Weights from object to object: two layers, a functional model and its subclassed twin, past a Dropout."""

import keras
import numpy as np

import modelspec


def create_layer():
    layer = keras.layers.Dense(64, activation="relu", name="dense_2")
    layer.build((None, 784))
    return layer


layer_1, layer_2 = create_layer(), create_layer()
layer_2.set_weights(layer_1.get_weights())
np.testing.assert_array_equal(layer_1.kernel, layer_2.kernel)

functional = modelspec.load("mlp.yaml").model()
subclassed = modelspec.load("mlp_subclassed.yaml", allow=("my_models.py",)).model()
with_dropout = modelspec.load("mlp_dropout.yaml").model()

inputs = np.random.random((2, 784))
for other in (subclassed, with_dropout):
    other.set_weights(functional.get_weights())
    assert len(other.weights) == len(functional.weights)
    np.testing.assert_allclose(other.predict(inputs, verbose=0), functional.predict(inputs, verbose=0))
    print(type(other).__name__, len(other.layers), "layers", len(other.weights), "variables")

# prints:
# SubclassedModel 3 layers 6 variables
# Functional 5 layers 6 variables
