"""What a user of Keras would write."""

import sys

import keras

model = keras.applications.EfficientNetB0(weights=None)
model.save(sys.argv[1])
