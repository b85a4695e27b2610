"""What a user of Keras would write to get weights of a file into an archive."""

import sys

import keras

model = keras.applications.ResNet50(weights=None)
model.load_weights(sys.argv[1])
model.save(sys.argv[2])
