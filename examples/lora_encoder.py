"""Tuning by adapters: only they and the head train; then they are merged into a plain archive."""

import subprocess
import sys

import keras
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

model.save("tuned.keras")
merge = ["weights", "attach", "tuned.keras", "--merge-lora", "-o", "plain.keras", "--quiet"]
subprocess.run([sys.executable, "-m", "modelspec", *merge], check=True)
plain = keras.saving.load_model("plain.keras")
print("adapters left:", plain.get_layer("encoder_query").lora_enabled)
alike = np.allclose(plain.predict(tokens, verbose=0), model.predict(tokens, verbose=0), atol=1e-5)
print("predicts the same:", alike)

# prints:
# kernel moved: False
# adapters moved: True
# what is saved differs: True
# adapters left: False
# predicts the same: True
