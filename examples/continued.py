"""Training that goes on in a new archive as if it had never stopped: the optimizer's state is loaded too."""

import numpy as np

import modelspec

rng = np.random.default_rng(0)
x, y = rng.normal(size=(64, 4)), rng.normal(size=(64, 1))

model = modelspec.load("continued.yaml", {"weights.load": None}).model()
model.fit(x, y, epochs=3, shuffle=False, verbose=0)
model.save("stopped.keras")

again = modelspec.load("continued.yaml").model()
print("steps so far:", int(again.optimizer.iterations))
for one in (model, again):
    one.fit(x, y, epochs=1, shuffle=False, verbose=0)
pairs = zip(model.get_weights(), again.get_weights(), strict=True)
print("the same from here on:", all(np.array_equal(ours, theirs) for ours, theirs in pairs))

# prints:
# steps so far: 6
# the same from here on: True
