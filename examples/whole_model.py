"""A whole model in one file: architecture, weights, what it was compiled with, and the optimizer's state."""

import keras
import numpy as np

import modelspec

model = modelspec.load("whole_model.yaml").model()

inputs = np.random.random((128, 32))
targets = np.random.random((128, 1))
model.fit(inputs, targets, verbose=0)

model.save("my_model.keras")
again = keras.saving.load_model("my_model.keras")

np.testing.assert_allclose(model.predict(inputs, verbose=0), again.predict(inputs, verbose=0))
print(again.loss, again.optimizer.name, "after", int(again.optimizer.iterations), "steps")

# prints:
# mean_squared_error adam after 4 steps
