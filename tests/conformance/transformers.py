"""Encoders of twelve layers in the manner of BERT: with names of their own, and with those of Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

LAYERS, WIDTH, HEADS, WORDS, LENGTH = 12, 256, 4, 8000, 64


def bert(*, named: bool) -> keras.Model:
    """Three inputs, post-normalised layers under an attention mask, two named outputs."""

    def called(name: str) -> dict[str, Any]:
        return {"name": name} if named else {}

    def normalised(name: str) -> layers.LayerNormalization:
        return layers.LayerNormalization(epsilon=1e-12, **called(name))

    def summed(x: Any, y: Any, name: str) -> Any:
        return layers.Add(name=name)([x, y]) if named else x + y

    ids = keras.Input((LENGTH,), dtype="int32", name="ids")
    segments = keras.Input((LENGTH,), dtype="int32", name="segments")
    mask = keras.Input((LENGTH,), dtype="bool", name="mask")
    x = layers.Embedding(WORDS, WIDTH, **called("tok_emb"))(ids)
    x = summed(x, layers.Embedding(2, WIDTH, **called("seg_emb"))(segments), "emb_add")
    x = layers.Dropout(0.1, **called("emb_drop"))(normalised("emb_ln")(x))
    seen = ops.expand_dims(mask, 1)
    for number in range(LAYERS):
        scope = f"layer_{number}"
        attend = layers.MultiHeadAttention(HEADS, WIDTH // HEADS, dropout=0.1, **called(f"{scope}_attn"))
        y = layers.Dropout(0.1, **called(f"{scope}_attn_drop"))(attend(x, x, attention_mask=seen))
        x = normalised(f"{scope}_attn_ln")(summed(x, y, f"{scope}_attn_add"))
        y = layers.Dense(4 * WIDTH, activation="gelu", **called(f"{scope}_ffn_up"))(x)
        y = layers.Dense(WIDTH, **called(f"{scope}_ffn_down"))(y)
        y = layers.Dropout(0.1, **called(f"{scope}_ffn_drop"))(y)
        x = normalised(f"{scope}_ffn_ln")(summed(x, y, f"{scope}_ffn_add"))
    words = layers.Dense(WORDS, **called("mlm"))(x)
    pooled = layers.Dense(WIDTH, activation="tanh", **called("pooler"))(x[:, 0])
    following = layers.Dense(2, **called("nsp"))(pooled)
    return keras.Model(
        [ids, segments, mask],
        {"mlm": words, "nsp": following},
        name="bert_named" if named else "bert_auto",
    )
