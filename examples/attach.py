"""Weights for a model that is there already: seen first, then attached, all of them or none."""

import keras
import numpy as np

import modelspec

modelspec.load("backbone.yaml").build("backbone.keras")

inputs = keras.Input((8, 8, 1))
x = inputs
for name, filters in (("early", 16), ("late", 32)):
    x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv2d")(x)
    x = keras.layers.BatchNormalization(name=f"{name}_bn")(x)
    x = keras.layers.ReLU()(x)
x = keras.layers.GlobalAveragePooling2D()(x)
model = keras.Model(inputs, keras.layers.Dense(2, name="parity")(x))

plan = modelspec.plan_attach(model, "backbone.keras")
print([diagnostic.code for diagnostic in plan.diagnostics])

plan = modelspec.attach(model, "backbone.keras", exclude=["parity"], unexpected="ignore")
print(sum(row.status == "loaded" for row in plan.rows), "loaded")

modelspec.attach(model, {"parity/bias": np.array([1.0, -1.0])}, only="parity/bias")
print(model.get_layer("parity").bias.numpy().tolist())

# prints:
# ['unexpected-weights', 'unexpected-weights', 'missing-weights', 'missing-weights']
# 10 loaded
# [1.0, -1.0]
