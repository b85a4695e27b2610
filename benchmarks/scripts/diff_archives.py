"""What a user of Keras would write to see how two models differ."""

import difflib
import json
import sys

import keras

one, two = (
    json.dumps(json.loads(keras.saving.load_model(path).to_json()), indent=1).splitlines()
    for path in sys.argv[1:]
)
print("\n".join(difflib.unified_diff(one, two, lineterm="")))
