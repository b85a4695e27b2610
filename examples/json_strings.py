"""A model as JSON: `to_json` of a live one, and `modelspec config`, which prints the same of a document."""

import json

import keras

import modelspec

document = modelspec.load("mlp_sequential.yaml")
model = document.model()

again = keras.models.model_from_json(model.to_json())
assert again.get_config() == model.get_config()

# `modelspec config mlp_sequential.yaml -o mlp.json` writes this text.
made = keras.models.model_from_json(json.dumps(document.config()))
assert made.get_config() == model.get_config()
print(made.name, made.count_params())

# prints:
# 3_layer_mlp 55050
