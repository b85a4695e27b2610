"""Under a Keras 2: the models of `past_nets` as that release saves them, and what each predicts.

    python tests/conformance/past_record.py FOLDER

writes of each `NAME.h5`, its weights alone, `NAME_alone.h5`, where the release can `NAME.keras`, and of all
`predictions.npz`. It needs TensorFlow, `tf_keras`, or with `KERAS_ALONE=1` the Keras that had backends, and
nothing of modelspec; any Python from 3.6 on will do.
"""

# ruff: noqa: T201

import os
import sys
import traceback
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
from past_nets import fill, inputs_of, nets, nets_for_cudnn


def keras_here():
    """The Keras 2 of this environment, and its release."""
    if os.environ.get("KERAS_ALONE"):
        import keras

        return keras, keras.__version__
    try:
        import tf_keras

        return tf_keras, tf_keras.__version__
    except ImportError:
        import tensorflow

        keras = tensorflow.keras
        return keras, getattr(keras, "__version__", tensorflow.__version__)


def archiving(version):
    """The options with which a release writes `.keras` archives; none where it writes none."""
    release = tuple(int(part) for part in version.split(".")[:2])
    if release < (2, 12):
        return None
    return {"save_format": "keras_v3"} if release == (2, 12) else {}


def layers_for_cudnn(keras):
    """Where the layers for cuDNN are, which need a GPU to run and none to be made."""
    if hasattr(keras.layers, "CuDNNLSTM"):
        return keras.layers
    import tensorflow

    return tensorflow.compat.v1.keras.layers


def record_for_cudnn(keras, folder, predictions):
    """Models with layers for cuDNN; what they predict is told by ordinary ones that Keras loads them into."""
    for name, (make, make_twin) in nets_for_cudnn(keras, layers_for_cudnn(keras)).items():
        keras.backend.clear_session()
        path = str(folder / f"{name}.h5")
        fill(make()).save(path)
        keras.backend.clear_session()
        twin = make_twin()
        twin.load_weights(path)
        predictions[name] = np.asarray(twin.predict(inputs_of(twin)))


def main():
    """Write what the command line asks for."""
    (keras, version), folder = keras_here(), Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    options = archiving(version)
    predictions = {}
    for name, make in nets(keras).items():
        keras.backend.clear_session()
        try:
            model = fill(make())
            model.save(str(folder / f"{name}.h5"))
            model.save_weights(str(folder / f"{name}_alone.h5"))
            if options is not None:
                model.save(str(folder / f"{name}.keras"), **options)
        except Exception as error:
            told = traceback.format_exception_only(type(error), error)[-1].strip()
            print(f"left out: {name}: {told[:150]}")
            continue
        predictions[name] = np.asarray(model.predict(inputs_of(model)))
    try:
        record_for_cudnn(keras, folder, predictions)
    except Exception as error:
        print(
            f"left out: layers for cuDNN: {traceback.format_exception_only(type(error), error)[-1].strip()}"
        )
    np.savez(str(folder / "predictions.npz"), **predictions)
    print(f"{version}: {len(predictions)} models")


if __name__ == "__main__":
    main()
