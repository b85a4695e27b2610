"""The config of one of `keras.applications`, written to a file; its model has no values."""

import json
import sys

import keras

name, target = sys.argv[1:]
with keras.StatelessScope(initialize_variables=False):
    model = getattr(keras.applications, name)(weights=None)
    config = keras.saving.serialize_keras_object(model)
with open(target, "w") as file:  # noqa: PTH123
    json.dump(config, file)
