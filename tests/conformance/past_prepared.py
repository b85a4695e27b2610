"""Models of the layers that prepare data, which both Kerases have: texts, numbers of categories, crops.

    python tests/conformance/past_prepared.py FOLDER

writes into the folder, under a Keras 2, `RELEASE.tar.xz`: of each model `NAME.h5` and where the release can
`NAME.keras`, and of all `predictions.npz`, what each output of each was there (`NAME/0`), texts as bytes.
Every release makes them, under Python 3.6 and newer, but for classes and arguments that it lacks; nothing of
modelspec is needed.
"""

# ruff: noqa: T201

import io
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

WORDS = ["red", "green", "blue", "Green!", "a pale blue", "red", "violet"]
NUMBERS = [10, 20, 30, 20, -4, 0, 7]
_VOCABULARY = ["red", "green", "blue"]
_BOUNDS = [-0.5, 0.0, 0.25]
_SENTENCES = ["red green", "the Green; house", "a house, a red house and a blue sea"]
_LETTERS = 3
_REALS = (np.sin(np.arange(80) * 1.7) + np.arange(80) % 4 * 0.3).reshape(20, 4).astype("float32")


def prepared(keras, tf):
    """What makes each model, by its name."""
    layers = _Layers(keras)
    return {name: _bound(keras, layers, tf, row) for name, row in _MODELS.items()}


def given_to(name):
    """The batch of each input of a model: texts as they are, others as arrays of numbers."""
    inputs, _ = _MODELS[name]
    return [_batch(called, shape, number) for number, (called, shape) in enumerate(inputs)]


def _batch(name, shape, number):
    size = (2, *shape)
    count = np.arange(int(np.prod(size)))
    kind = name.rstrip("0123456789")
    if kind == "given":
        return ((count * 37 + 11 * number) % 101 / 50.0 - 1.0).reshape(size).astype("float32")
    if kind == "places":
        return ((count * 37 + 11 * number) % 7).reshape(size)
    every = np.array(WORDS, dtype=object) if kind == "texts" else np.array(NUMBERS, "int64")
    return every[(count * 5 + number * 3) % len(WORDS)].reshape(size)


class _Layers:
    """Layers by their names, those that were experimental too."""

    def __init__(self, keras):
        self.keras = keras

    def __getattr__(self, name):
        layers = self.keras.layers
        return getattr(layers if hasattr(layers, name) else layers.experimental.preprocessing, name)


def _bound(keras, layers, tf, row):
    inputs, make = row

    def made():
        given = [
            layers.Input(shape, name=name, dtype=_DTYPES.get(name.rstrip("0123456789"), "float32"))
            for name, shape in inputs
        ]
        outputs = make(layers, tf, *given)
        return keras.Model(given if len(given) > 1 else given[0], outputs, name="prepared")

    return made


_DTYPES = {"texts": "string", "whole": "int64", "places": "int64"}
_TEXT = [("texts", (1,))]
_TEXTS = [("texts", (3,))]
_WHOLE = [("whole", (3,))]
_REAL = [("given", (4,))]


def _one(make):
    """A layer by itself."""
    return lambda L, tf, *given: make(L)(given if len(given) > 1 else given[0])


def _adapted(make, data):
    """A layer that has learnt from data."""

    def call(L, tf, *given):
        layer = make(L)
        layer.adapt(tf.constant(data))
        return layer(given[0])

    return call


def _chained(L, tf, texts):
    """A vocabulary that was learnt at the head of a network."""
    words = L.TextVectorization(output_sequence_length=5, name="words")
    words.adapt(tf.constant(_SENTENCES))
    x = L.Embedding(20, 4, mask_zero=True, name="embed")(words(texts))
    return L.Dense(2, name="score")(L.LSTM(3, name="lstm")(x))


def _two(L, tf, texts, whole):
    """Two layers of one class, of which the first has learnt its vocabulary and the second was given it."""
    one = L.StringLookup(name="learnt", num_oov_indices=2)
    one.adapt(tf.constant([["red"], ["violet"]]))
    two = L.StringLookup(name="told", vocabulary=_VOCABULARY)
    ids = L.IntegerLookup(name="ids", output_mode="multi_hot")
    ids.adapt(tf.constant([[10], [20], [20]]))
    return [two(texts), one(texts), ids(whole)]


def _inside(L, tf, one, two):
    """A vocabulary that was learnt in a model inside, which is applied twice."""
    given = L.Input((1,), name="inner_texts", dtype="string")
    lookup = L.StringLookup(name="lookup", output_mode="one_hot")
    lookup.adapt(tf.constant([["red"], ["violet"]]))
    inner = L.keras.Model(given, L.Dense(2, name="inner_dense")(lookup(given)), name="inner")
    return L.Concatenate(name="join")([inner(one), inner(two)])


_MODELS = {
    "StringLookup": (_TEXTS, _one(lambda L: L.StringLookup(vocabulary=_VOCABULARY, name="one"))),
    "StringLookupMasked": (
        _TEXTS,
        _one(
            lambda L: L.StringLookup(
                vocabulary=_VOCABULARY, mask_token="violet", num_oov_indices=2, name="one"
            )
        ),
    ),
    "StringLookupAdapted": (
        _TEXTS,
        _adapted(
            lambda L: L.StringLookup(max_tokens=4, name="one"), [["red"], ["red"], ["green"], ["violet"]]
        ),
    ),
    "StringLookupMultiHot": (
        _TEXTS,
        _adapted(lambda L: L.StringLookup(output_mode="multi_hot", name="one"), [["red"], ["green"]]),
    ),
    "StringLookupTfIdf": (
        _TEXTS,
        _adapted(
            lambda L: L.StringLookup(output_mode="tf_idf", name="one"),
            [["red", "green"], ["red", "blue"], ["red", "sea"]],
        ),
    ),
    "StringLookupWeighed": (
        _TEXTS,
        _one(
            lambda L: L.StringLookup(
                vocabulary=_VOCABULARY, idf_weights=[0.5, 0.25, 2.0], output_mode="tf_idf", name="one"
            )
        ),
    ),
    "IntegerLookup": (_WHOLE, _one(lambda L: L.IntegerLookup(vocabulary=[20, 10, -4], name="one"))),
    "IntegerLookupHashed": (
        _WHOLE,
        _one(lambda L: L.IntegerLookup(vocabulary=[20, 10], num_oov_indices=3, name="one")),
    ),
    "IntegerLookupAdapted": (
        _WHOLE,
        _adapted(lambda L: L.IntegerLookup(mask_token=0, name="one"), [[10], [20], [20], [-4], [0]]),
    ),
    "IntegerLookupInverted": (
        _WHOLE,
        _one(lambda L: L.IntegerLookup(vocabulary=list(range(100, 112)), invert=True, name="one")),
    ),
    "StringLookupInverted": (
        _WHOLE,
        _one(lambda L: L.StringLookup(vocabulary=list("abcdefghijkl"), invert=True, name="one")),
    ),
    "IntegerLookupTfIdf": (
        _WHOLE,
        _adapted(lambda L: L.IntegerLookup(output_mode="tf_idf", name="one"), [[10, 20], [20, -4], [7, 20]]),
    ),
    "TextVectorization": (_TEXT, _one(lambda L: L.TextVectorization(vocabulary=_VOCABULARY, name="one"))),
    "TextVectorizationAdapted": (_TEXT, _adapted(lambda L: L.TextVectorization(name="one"), _SENTENCES)),
    "TextVectorizationNgrams": (
        _TEXT,
        _adapted(lambda L: L.TextVectorization(ngrams=2, output_mode="count", name="one"), _SENTENCES),
    ),
    "TextVectorizationLetters": (
        _TEXT,
        _adapted(
            lambda L: L.TextVectorization(
                split="character", standardize="lower", output_sequence_length=_LETTERS, name="one"
            ),
            _SENTENCES,
        ),
    ),
    "TextVectorizationTfIdf": (
        _TEXT,
        _adapted(lambda L: L.TextVectorization(output_mode="tf_idf", max_tokens=6, name="one"), _SENTENCES),
    ),
    "Discretization": (_REAL, _one(lambda L: L.Discretization(bin_boundaries=_BOUNDS, name="one"))),
    "DiscretizationBins": (_REAL, _one(lambda L: L.Discretization(bins=_BOUNDS, name="one"))),
    "DiscretizationMultiHot": (
        _REAL,
        _one(lambda L: L.Discretization(bin_boundaries=_BOUNDS, output_mode="multi_hot", name="one")),
    ),
    "DiscretizationAdapted": (
        _REAL,
        _adapted(lambda L: L.Discretization(num_bins=4, name="one"), _REALS),
    ),
    "NormalizationAdapted": (
        _REAL,
        _adapted(lambda L: L.Normalization(name="one"), _REALS),
    ),
    "NormalizationGiven": (
        _REAL,
        _one(lambda L: L.Normalization(mean=[1.0, 0.0, 0.5, 2.0], variance=[1.0, 2.0, 0.5, 4.0], name="one")),
    ),
    "CategoryEncoding": ([("places", (3,))], _one(lambda L: L.CategoryEncoding(num_tokens=7, name="one"))),
    "CategoryEncodingOneHot": (
        [("places", (1,))],
        _one(lambda L: L.CategoryEncoding(num_tokens=7, output_mode="one_hot", name="one")),
    ),
    "CategoryEncodingCount": (
        [("places", (3,))],
        _one(lambda L: L.CategoryEncoding(num_tokens=7, output_mode="count", name="one")),
    ),
    "CategoryEncodingBinary": (
        [("places", (3,))],
        _one(lambda L: L.CategoryEncoding(max_tokens=7, output_mode="binary", name="one")),
    ),
    "CategoryEncodingWeighed": (
        [("places", (3,)), ("given", (3,))],
        lambda L, tf, places, given: L.CategoryEncoding(num_tokens=7, output_mode="count", name="one")(
            places, count_weights=given
        ),
    ),
    "Hashing": (_TEXTS, _one(lambda L: L.Hashing(num_bins=5, name="one"))),
    "HashingSalted": (_TEXTS, _one(lambda L: L.Hashing(num_bins=5, salt=[3, 7], mask_value="", name="one"))),
    "HashingNumbers": (_WHOLE, _one(lambda L: L.Hashing(num_bins=5, output_mode="multi_hot", name="one"))),
    "HashedCrossing": (
        [("texts0", (1,)), ("texts1", (1,))],
        _one(lambda L: L.HashedCrossing(num_bins=5, name="one")),
    ),
    "HashedCrossingOneHot": (
        [("texts", (1,)), ("whole", (1,))],
        _one(lambda L: L.HashedCrossing(num_bins=5, output_mode="one_hot", name="one")),
    ),
    "Identity": (_REAL, _one(lambda L: L.Identity(name="one"))),
    "RandomCrop": ([("given", (8, 9, 3))], _one(lambda L: L.RandomCrop(4, 5, name="one"))),
    "RandomCropLarger": ([("given", (4, 5, 3))], _one(lambda L: L.RandomCrop(8, 6, name="one"))),
    "SpatialDropout3D": ([("given", (2, 2, 2, 3))], _one(lambda L: L.SpatialDropout3D(0.3, name="one"))),
    "chained": (_TEXT, _chained),
    "inside": ([("texts0", (1,)), ("texts1", (1,))], _inside),
    "two": ([("texts", (1,)), ("whole", (2,))], _two),
}


def _saved(model, name, folder, options):
    """Save a model in each form that the release can; whether it can any."""
    done = False
    for form, arguments in ((".h5", {}), (".keras", options)):
        path = folder / (name + form)
        if arguments is None:
            continue
        try:
            model.save(str(path), **arguments)
            done = True
        except NotImplementedError:  # of a vocabulary that was learnt, which HDF5 does not hold
            path.unlink()
    return done


def _recorded(keras, tf, folder, options):
    """What each model predicts that could be saved."""
    found = {}
    for name, make in prepared(keras, tf).items():
        keras.backend.clear_session()
        try:
            model = make()
            given = [tf.constant(batch) for batch in given_to(name)]
            outputs = model.predict(given if len(given) > 1 else given[0])
        except Exception as error:
            print(f"left out: {name}: {str(error)[:150]}")
            continue
        if _saved(model, name, folder, options):
            for number, output in enumerate(outputs if isinstance(outputs, list) else [outputs]):
                array = np.asarray(output)
                found[f"{name}/{number}"] = array.astype("S") if array.dtype == object else array
    return found


def _packed(folder, target):
    with tarfile.open(str(target), "w:xz", preset=9) as archive:
        for path in sorted(folder.iterdir(), key=lambda path: (path.suffix, path.name)):
            data = path.read_bytes()
            member = tarfile.TarInfo(path.name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def main():
    """Write what the command line asks for."""
    import tensorflow
    from past_record import archiving, keras_here

    keras, version = keras_here()
    alone = keras.__name__ == "tf_keras"
    number = version if alone else tensorflow.__version__
    release = ("tfk" if alone else "tf") + ".".join(number.split(".")[:2])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        found = _recorded(keras, tensorflow, folder, archiving(version))
        np.savez_compressed(str(folder / "predictions.npz"), **found)
        _packed(folder, Path(sys.argv[1]) / (release + ".tar.xz"))
    print(f"{release}: {len(found)} outputs")


if __name__ == "__main__":
    main()
