"""The file of weights that the others load."""

import sys

import keras

keras.utils.set_random_seed(1)
keras.applications.ResNet50(weights=None).save_weights(sys.argv[1])
