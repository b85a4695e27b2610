"""The ranker: two texts that share an encoder, numbers, two outputs, a layer of the package `acme`."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterator
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras import layers
from trap_documents import saved_and_loaded

import modelspec

RANKER = Path(__file__).parent / "ranker.yaml"
SIZES = {"vocab": 50, "seq": 8, "dim": 16, "heads": 4, "depth": 2}


@pytest.fixture(autouse=True)
def clean_registry() -> Iterator[None]:
    objects = keras.saving.get_custom_objects()
    before = dict(objects)
    yield
    objects.clear()
    objects.update(before)


@pytest.fixture
def ranker() -> modelspec.Document:
    """The document at small sizes, without the values that it loads."""
    sizes = {f"vars.{name}": value for name, value in SIZES.items()}
    return modelspec.load(RANKER, {**sizes, "weights.load": None}, allow=("acme",))


def twin(*, vocab: int, seq: int, dim: int, heads: int, depth: int, drop: float = 0.1) -> keras.Model:
    """The same by hand."""
    pool = importlib.import_module("acme.layers").AttentionPool

    ids = keras.Input((seq,), dtype="int32", name="ids")
    x = layers.Embedding(vocab, dim, name="tokens")(ids)
    for _ in range(depth):
        normal = layers.LayerNormalization(epsilon=1e-6)(x)
        attention = layers.MultiHeadAttention(num_heads=heads, key_dim=dim // heads, dropout=drop)
        r1 = layers.Add()([x, attention(query=normal, value=normal, use_causal_mask=False)])
        y = layers.LayerNormalization(epsilon=1e-6)(r1)
        y = layers.Dense(dim * 4, activation="gelu")(y)
        y = layers.Dropout(drop)(layers.Dense(dim)(y))
        x = layers.Add()([r1, y])
    encoder = keras.Model(ids, pool(heads=heads, name="pool")(x), name="text_encoder")

    title = keras.Input((seq,), dtype="int32", name="title")
    review = keras.Input((seq,), dtype="int32", name="review")
    numeric = keras.Input((12,), name="numeric")
    vectors = [encoder(title), encoder(review), layers.Dense(dim, activation="relu")(numeric)]
    trunk = layers.Dense(dim, activation="gelu", name="trunk")(layers.Concatenate()(vectors))
    outputs = {
        "stars": layers.Dense(5, activation="softmax", name="stars")(trunk),
        "price": layers.Dense(1, name="price")(trunk),
    }
    model = keras.Model([title, review, numeric], outputs, name="product_ranker")
    for layer in encoder.layers:
        layer.trainable = layer.name == "pool"
    return model


def compiled(model: keras.Model) -> keras.Model:
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate=3e-4, weight_decay=0.01),
        loss={"stars": "sparse_categorical_crossentropy", "price": keras.losses.Huber(delta=1.0)},
        loss_weights={"stars": 1.0, "price": 0.2},
        metrics={"stars": ["accuracy"], "price": ["mae"]},
    )
    return model


def test_the_ranker_is_its_twin(ranker, tmp_path):
    # Loaded, for Keras forgets that the layers inside of an attention are frozen.
    model, by_hand = ranker.model(), compiled(saved_and_loaded(twin(**SIZES), tmp_path))
    assert [tuple(w.shape) for w in model.weights] == [tuple(w.shape) for w in by_hand.weights]
    assert len(model.trainable_weights) == len(by_hand.trainable_weights)
    by_hand.set_weights(model.get_weights())

    batch = {
        "title": np.arange(16, dtype="int32").reshape(2, 8),
        "review": np.arange(16, 32, dtype="int32").reshape(2, 8),
        "numeric": np.linspace(-1, 1, 24, dtype="float32").reshape(2, 12),
    }
    targets = {"stars": np.array([1, 4]), "price": np.array([[0.5], [2.0]])}
    ours, theirs = model(batch), by_hand(batch)
    assert ours.keys() == theirs.keys() == {"stars", "price"}
    for name in ours:
        np.testing.assert_array_equal(np.asarray(ours[name]), np.asarray(theirs[name]))
    told = [net.evaluate(batch, targets, return_dict=True, verbose=0) for net in (model, by_hand)]
    assert told[0] == told[1]
    assert {"stars_accuracy", "price_mae"} <= told[0].keys()


def test_the_ranker_shares_its_encoder_and_trains_only_the_pool_of_it(ranker):
    rows = {row.path: row for row in ranker.layers()}
    assert rows["title_vec"].params > 0
    assert rows["review_vec"].params == 0
    encoder = ranker.model().get_layer("text_encoder")
    assert [layer.name for layer in encoder.layers if layer.trainable and layer.weights] == ["pool"]


def test_the_ranker_takes_the_values_of_its_encoder_by_name(ranker, tmp_path):
    encoder = ranker.with_overrides({"weights.seed": 99}).model().get_layer("text_encoder")
    encoder.save_weights(tmp_path / "text_encoder.weights.h5")
    with h5py.File(tmp_path / "text_encoder.weights.h5", "r+") as file:
        file["layers/embedding/vars"].attrs["name"] = "embedding"
    digest = hashlib.sha256((tmp_path / "text_encoder.weights.h5").read_bytes()).hexdigest()
    text = RANKER.read_text().replace("9f2c...", digest)
    (tmp_path / "ranker.yaml").write_text(text)
    sizes = {f"vars.{name}": value for name, value in SIZES.items()}
    loaded = modelspec.load(tmp_path / "ranker.yaml", sizes, allow=("acme",)).model()
    found = loaded.get_layer("text_encoder").get_weights()
    for ours, theirs in zip(found, encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    untouched = ranker.model()
    np.testing.assert_array_equal(
        loaded.get_layer("trunk").get_weights()[0], untouched.get_layer("trunk").get_weights()[0]
    )


def test_the_ranker_needs_its_module_allowed_and_a_checksum():
    with pytest.raises(modelspec.SpecError) as caught:
        modelspec.load(RANKER).check()
    assert {found.code for found in caught.value.diagnostics} == {"module-not-allowed", "wrong-kind"}
