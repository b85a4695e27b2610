"""Tuning by adapters: only they and the head train, and a plain archive is what Keras saves of it."""

import numpy as np

import modelspec

model = modelspec.load("lora_encoder.yaml").model()
kernel = np.array(model.get_layer("encoder_query")._kernel)
tokens = np.arange(64 * 32).reshape(64, 32) % 1000
model.fit(tokens, np.arange(64) % 4, epochs=1, verbose=0)

layer = model.get_layer("encoder_query")
print("kernel moved:", not np.array_equal(layer._kernel, kernel))
print("adapters moved:", bool(np.any(layer.lora_kernel_b)))
print("what is saved differs:", not np.array_equal(layer.kernel, kernel))

# prints:
# kernel moved: False
# adapters moved: True
# what is saved differs: True
