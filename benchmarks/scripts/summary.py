"""What a user of Keras would write to see what is in a config."""

import json
import sys

import keras

with open(sys.argv[1]) as file:  # noqa: PTH123
    model = keras.saving.deserialize_keras_object(json.load(file))
model.summary()
