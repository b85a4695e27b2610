"""What the guide's appendix shows of its two classes, from documents: objects in configs, and back again."""

import keras

import modelspec

allow = ("my_dense.py",)

holder = modelspec.load("my_dense.yaml", allow=allow).model().get_layer("holder")
config = keras.layers.serialize(holder)
print(config["class_name"], config["registered_name"], config["config"]["units"])
print(keras.layers.deserialize(config).hidden_units)

model = modelspec.load("complex_model.yaml", allow=allow).model()
again = keras.Model.from_config(model.get_config())
custom = again.get_layer("custom")
print(type(custom.first_layer).__name__, custom.second_layer.units, again.count_params())

# prints:
# MyDense MyLayers>KernelMult 64
# 64
# MyDense 8 392
