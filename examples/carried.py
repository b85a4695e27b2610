"""The statistics of a `Normalization` that was adapted, carried into a new network."""

import keras
import numpy as np

import modelspec

sizes = np.array([[1.0, 10.0, 100.0], [3.0, 30.0, 300.0]], "float32")
scale = keras.layers.Normalization(name="scale")
scale.adapt(sizes)
keras.Sequential([keras.Input((3,)), scale]).save("adapted.keras")

model = modelspec.load("carried.yaml").model()
print(keras.ops.convert_to_numpy(model.get_layer("scale")(sizes)).tolist())

# prints:
# [[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]]
