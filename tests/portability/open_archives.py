"""Runs under some release of Keras: opens archives, predicts, and writes down what came out.

`python open_archives.py FOLDER RESULT.json` opens every `.keras` file of a folder. With `SAVED NAME...` after
it, it opens those named, writes down their predictions in full, and saves them into the folder `SAVED`.
Nothing of modelspec is here, for it does not run on the oldest of these releases.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "numpy")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import keras
import numpy as np

BATCH, SIZE = 2, 8


def main() -> None:
    """Write, for each archive, its predictions and arguments, or what Keras said when it failed."""
    folder, result, names = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[4:]
    found = {}
    for path in sorted(folder.glob("*.keras")):
        if names and path.stem not in names:
            continue
        keras.backend.clear_session(free_memory=False)  # to free it takes ten times as long as all else
        try:
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                model = keras.saving.load_model(path, safe_mode=True)
                told = sorted({str(one.message) for one in warned if issubclass(one.category, UserWarning)})
            found[path.stem] = {
                **computed(model, full=bool(names)),
                "config": json.loads(json.dumps(keras.saving.serialize_keras_object(model), default=repr)),
                "weights": [digest(np.asarray(keras.ops.convert_to_numpy(one))) for one in model.weights],
                "warnings": told,
            }
            if names:
                model.save(Path(sys.argv[3]) / path.name)
        except Exception as error:
            found[path.stem] = {"error": f"{type(error).__name__}: {error}"}
    result.write_text(json.dumps({"keras": keras.__version__, "archives": found}), encoding="utf-8")


def computed(model: keras.Model, *, full: bool) -> dict[str, object]:
    """Its predictions, or why this backend of Keras has none."""
    try:
        found = predictions(model)
    except Exception as error:
        return {"outputs": None, "backend": f"{type(error).__name__}: {error}"}
    values = [value.astype("float64").ravel().tolist() for value in found] if full else None
    return {"outputs": [digest(value) for value in found], "values": values, "backend": None}


def predictions(model: keras.Model) -> list[np.ndarray]:
    """What the model gives for inputs that are the same in every release, its outputs in Keras' order."""
    random = np.random.default_rng(0)
    wanted = model.inputs[0] if isinstance(model, keras.Sequential) else model._inputs_struct
    given = keras.tree.map_structure(lambda tensor: values(tensor, random), wanted)
    keras.utils.set_random_seed(0)  # some operations draw whatever the mode is
    outputs = model(given, training=False)
    return [np.asarray(keras.ops.convert_to_numpy(value)) for value in keras.tree.flatten(outputs)]


def values(tensor: keras.KerasTensor, random: np.random.Generator) -> np.ndarray:
    """Values for one input: small numbers, which are an index wherever one is wanted.

    What comes first is not 0, which may be padding: Keras before 3.10 reads everything where all is masked.
    """
    sizes = tensor.shape[1:] if tensor.shape else ()
    shape = ((tensor.shape[0] or BATCH) if tensor.shape else BATCH, *(size or SIZE for size in sizes))
    if "int" in tensor.dtype:
        whole = random.integers(0, 2, size=shape)
        whole[..., :1] = 1
        return whole.astype(tensor.dtype)
    return random.uniform(size=shape).astype(tensor.dtype)


def digest(value: np.ndarray) -> str:
    """Shape, dtype and every bit of an array, as text."""
    return f"{value.dtype}{list(value.shape)}:{hashlib.sha256(value.tobytes()).hexdigest()}"


if __name__ == "__main__":
    main()
