"""Seconds that a live model takes to get its values from a file, by Keras' own means or by modelspec's."""

import sys
import time

import keras

how, file = sys.argv[1:]
model = keras.applications.ResNet50(weights=None)
begun = time.perf_counter()
if how == "keras":
    model.load_weights(file)
else:
    from modelspec import attach

    attach(model, file)
print(time.perf_counter() - begun)
