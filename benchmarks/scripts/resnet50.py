"""What a user of Keras would write."""

import sys

import keras

model = keras.applications.ResNet50(weights=None)
model.save(sys.argv[1])
