"""Freezing a layer inside a layer: the order of the variables stays as it was."""

import modelspec

model = modelspec.load("nested_layers.yaml", allow=("nested_layers.py",)).model()
names = [variable.name for variable in model.weights]
print("variables:", names)

model.get_layer("nested").dense_1.trainable = False
frozen = [variable.name for variable in model.trainable_weights]
print("trainable:", frozen)
print("order changed:", names != [variable.name for variable in model.weights])

# prints:
# variables: ['kernel', 'bias', 'kernel', 'bias']
# trainable: ['kernel', 'bias']
# order changed: False
